import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MirroredHeader } from '../../call/call.ts'
import { checkHeaders } from './headers.ts'

const VERSION = '2026-07-28'
const MIRRORED = [{ header: 'mcp-param-region', path: ['where', 'region'] }] as unknown as MirroredHeader[]
const check = (headers: Record<string, string>, method: string, params: Record<string, unknown>) =>
  checkHeaders(
    { 'mcp-protocol-version': VERSION, 'mcp-method': method, ...headers },
    VERSION,
    method,
    params,
    (tool) => (tool === 'weather' ? MIRRORED : []),
  )
const encoded = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`
const call = (region: unknown, headers: Record<string, string> = {}) =>
  check({ 'mcp-name': 'weather', ...headers }, 'tools/call', {
    name: 'weather',
    arguments: { where: { region } },
  })
const MISMATCH = { code: -32020 }

test('headers that say what the body says are taken', () => {
  check({}, 'tools/list', {})
  check({ 'mcp-name': 'a' }, 'prompts/get', { name: 'a' })
  check({ 'mcp-name': encoded('file:///ä') }, 'resources/read', { uri: 'file:///ä' })
  call('eu', { 'mcp-param-region': 'eu' })
  call(1.5, { 'mcp-param-region': ' 1.50 ' })
  call(true, { 'mcp-param-region': 'true' })
  call(undefined)
  call(null)
})

test('a header that is missing, or says something else, is refused with its name', () => {
  const base = { 'mcp-protocol-version': VERSION, 'mcp-method': 'tools/list' }
  const run = (headers: Record<string, string>) => () =>
    checkHeaders(headers, VERSION, 'tools/list', {}, () => [])
  assert.throws(run({ 'mcp-method': 'tools/list' }), { message: /MCP-Protocol-Version is missing/ })
  assert.throws(run({ ...base, 'mcp-protocol-version': '2025-11-25' }), {
    message: /MCP-Protocol-Version does not say the same/,
  })
  assert.throws(run({ 'mcp-protocol-version': VERSION }), { message: /Mcp-Method is missing/ })
  assert.throws(run({ ...base, 'mcp-method': 'tools/call' }), { message: /Mcp-Method does not say the same/ })
  for (const [method, params] of [
    ['tools/call', { name: 'a' }],
    ['prompts/get', { name: 'a' }],
    ['resources/read', { uri: 'a' }],
  ] as const) {
    assert.throws(() => check({}, method, params), { message: /Mcp-Name is missing/ })
    assert.throws(() => check({ 'mcp-name': 'b' }, method, params), {
      message: /Mcp-Name does not say the same/,
    })
    assert.throws(() => check({ 'mcp-name': 'a' }, method, {}), { message: /must be a string/ })
  }
})

test('an argument that is mirrored must be there in both, or in neither', () => {
  assert.throws(() => call('eu'), { message: /mcp-param-region is missing/ })
  assert.throws(() => call(undefined, { 'mcp-param-region': 'eu' }), {
    message: /is there, but the argument is not/,
  })
  assert.throws(() => call('eu', { 'mcp-param-region': 'us' }), { message: /does not say the same/ })
  assert.throws(() => call(1, { 'mcp-param-region': '2' }), { message: /does not say the same/ })
  assert.throws(() => call({ a: 1 }, { 'mcp-param-region': '[object Object]' }), {
    message: /can't say what the argument is/,
  })
  assert.throws(
    () =>
      check({ 'mcp-name': 'weather', 'mcp-param-region': 'eu' }, 'tools/call', {
        name: 'weather',
        arguments: 'odd',
      }),
    {
      message: /is there, but the argument is not/,
    },
  )
})

test('a value that no header can carry comes as base64, and only whole', () => {
  for (const bad of ['=?base64?***?=', '=?base64?YQ?YQ?=', 'ä', 'a\u0007'])
    assert.throws(() => check({ 'mcp-name': bad }, 'prompts/get', { name: 'a' }), {
      message: /is not valid base64|must be sent as =\?base64/,
    })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) =>
      check({ 'mcp-name': encoded(name) }, 'prompts/get', { name }),
    ),
  )
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, other) => {
      if (name !== other) assert.throws(() => check({ 'mcp-name': encoded(other) }, 'prompts/get', { name }))
    }),
  )
})

test('every refusal is the error of a mismatch, which clients know', () => {
  assert.throws(() => check({}, 'prompts/get', { name: 'a' }), MISMATCH)
  assert.throws(() => call('eu'), MISMATCH)
})
