import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Carrier, classifyAnyEra, type Era, eraOf } from './era.ts'
import { CURRENT_VERSION, LEGACY_VERSIONS, META } from './mcp.ts'

const ENVELOPE = { _meta: { [META.version]: CURRENT_VERSION } }
const STREAM: Carrier = { inSession: false }
const STREAM_SESSION: Carrier = { inSession: true }
const http = (headers: { version?: unknown; method?: unknown } = {}, inSession = false): Carrier => ({
  inSession,
  headers: { version: headers.version, method: headers.method },
})

type Case = [what: string, message: { method?: string; params?: unknown }, carrier: Carrier, era: Era]
const OVER_STREAMS: Case[] = [
  ['a version in _meta', { method: 'tools/list', params: ENVELOPE }, STREAM, 'current'],
  [
    'a version in _meta, within a session',
    { method: 'tools/list', params: ENVELOPE },
    STREAM_SESSION,
    'current',
  ],
  ['a version in _meta of initialize', { method: 'initialize', params: ENVELOPE }, STREAM, 'current'],
  ['a version in _meta of a v1 method', { method: 'mcp.hello', params: ENVELOPE }, STREAM, 'current'],
  ['initialize', { method: 'initialize', params: {} }, STREAM, 'legacy'],
  ['a method in a session', { method: 'tools/list' }, STREAM_SESSION, 'legacy'],
  ['server/discover in a session', { method: 'server/discover' }, STREAM_SESSION, 'legacy'],
  ['a v1 method', { method: 'mcp.hello', params: [] }, STREAM, 'v1'],
  ['a v1 method in a session', { method: 'mcp.hello' }, STREAM_SESSION, 'v1'],
  [
    'a method without anything, whose error says what is missing',
    { method: 'tools/list' },
    STREAM,
    'current',
  ],
  ['_meta without a version', { method: 'tools/list', params: { _meta: {} } }, STREAM, 'current'],
  ['a method whose name only begins alike', { method: 'mcpx' }, STREAM, 'current'],
]
const OVER_HTTP: Case[] = [
  ['a version in _meta', { method: 'tools/list', params: ENVELOPE }, http(), 'current'],
  [
    'a version in _meta, and a session',
    { method: 'tools/list', params: ENVELOPE },
    http({}, true),
    'current',
  ],
  ['initialize', { method: 'initialize' }, http(), 'legacy'],
  ['initialize with a header', { method: 'initialize' }, http({ version: CURRENT_VERSION }), 'legacy'],
  ['a session', { method: 'server/discover' }, http({ version: CURRENT_VERSION }, true), 'legacy'],
  ['a response in a session', {}, http({}, true), 'legacy'],
  [
    'the header of the current version',
    { method: 'tools/list' },
    http({ version: CURRENT_VERSION }),
    'current',
  ],
  ['the header of no version there is', { method: 'tools/list' }, http({ version: '1999' }), 'current'],
  ['a header that names the method', { method: 'tools/list' }, http({ method: 'tools/list' }), 'current'],
  ['server/discover alone', { method: 'server/discover' }, http(), 'current'],
  ['nothing at all, whose error says to begin a session', { method: 'tools/list' }, http(), 'legacy'],
  ['a v1 method, which HTTP does not take', { method: 'mcp.hello' }, http(), 'legacy'],
  ...LEGACY_VERSIONS.map(
    (version): Case => [
      `the header of ${version}`,
      { method: 'tools/list' },
      http({ version, method: 'x' }),
      'legacy',
    ],
  ),
]

describe('over a stream (WebSocket, UNIX socket, stdio) the era follows from', () => {
  for (const [what, message, carrier, era] of OVER_STREAMS)
    test(`${what}: ${era}`, () => assert.equal(eraOf(message, carrier), era))
})

describe('over HTTP the era follows from', () => {
  for (const [what, message, carrier, era] of OVER_HTTP)
    test(`${what}: ${era}`, () => assert.equal(eraOf(message, carrier), era))
})

test('whatever comes has an era', () => {
  const carrier = fc.record({
    inSession: fc.boolean(),
    headers: fc.option(fc.record({ version: fc.anything(), method: fc.anything() }), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.record({ method: fc.anything(), params: fc.anything() }), carrier, (message, given) =>
      ['current', 'legacy', 'v1'].includes(eraOf(message, given)),
    ),
  )
})

test('a v1 method may lack the version of JSON-RPC, and nothing else may', () => {
  assert.equal(classifyAnyEra({ id: 1, method: 'mcp.hello' }).kind, 'request')
  assert.equal(classifyAnyEra({ id: 1, method: 'tools/list' }).kind, 'refused')
  assert.equal(classifyAnyEra({ id: 1, method: 'mcp.hello', jsonrpc: '1.0' }).kind, 'refused')
})
