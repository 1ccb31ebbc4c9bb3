import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  approvalsIn,
  caIn,
  entriesIn,
  fileTextOf,
  hasMore,
  modelsIn,
  newTokenIn,
  pathsIn,
  promptPageIn,
  promptTextIn,
  statusIn,
  toolPageIn,
  toolResultIn,
  understood,
  unitsIn,
} from './answers.ts'

test('an answer that is not understood is a failure that says so, and an error stays itself', () => {
  assert.deepEqual(understood({ ok: true, value: 3 }, newTokenIn), {
    ok: false,
    error: 'The answer is not one that this luca understands; the gateway may be of another version.',
  })
  const failed = { ok: false, error: 'no' } as const
  assert.equal(understood(failed, newTokenIn), failed)
  const token = { name: 'phone', token: 'lb_x' }
  assert.deepEqual(understood({ ok: true, value: { ...token, more: 1 } }, newTokenIn), {
    ok: true,
    value: token,
  })
})

test('a status without its servers is none, and figures that it lacks are left open', () => {
  assert.equal(statusIn({ version: '1' }), undefined)
  const status = statusIn({
    uptimeSeconds: 'long',
    servers: [{ name: 'fs', inFlight: Number.NaN }, { state: 'awake' }, 7],
    listening: [{ protocol: 'http', address: '::1', port: 8000 }, { protocol: 'http' }],
    problems: { '/x.cap.json': 'it is no JSON', '/y': 1 },
    damaged: ['/gateway.db.damaged-1', 7],
  })
  assert.deepEqual(status, {
    version: undefined,
    uptimeSeconds: undefined,
    sessions: undefined,
    servers: [{ name: 'fs', state: 'unknown', inFlight: undefined, tools: undefined }],
    listening: [{ protocol: 'http', address: '::1', port: 8000 }],
    problems: [{ path: '/x.cap.json', why: 'it is no JSON' }],
    damaged: ['/gateway.db.damaged-1'],
  })
})

test('a call that does not say what it is can not be allowed: it is not shown', () => {
  const call = { id: 'a', who: 'phone', tool: 'fs_delete_file', arguments: '{}' }
  for (const part of ['id', 'who', 'tool', 'arguments'])
    assert.deepEqual(approvalsIn({ approvals: [{ ...call, [part]: undefined }] }), [], part)
  assert.deepEqual(approvalsIn({ approvals: [{ ...call, warning: 7 }] }), [
    { ...call, waitingSeconds: undefined, what: undefined, text: undefined, warning: undefined },
  ])
})

test('the memory of a unit that sleeps is not shown: only files are counted then', () => {
  const units = [
    { name: 'a', memory: 5, status: 'asleep' },
    { name: 'b', memory: 5, status: 'awake' },
  ]
  assert.deepEqual(unitsIn({ units }), [
    { name: 'a', memory: undefined },
    { name: 'b', memory: 5 },
  ])
})

test('a machine without a CA is distinguished from one whose answer is not understood', () => {
  assert.deepEqual(caIn({ ca: null }), { fingerprint: null })
  assert.deepEqual(caIn({ ca: { fingerprint: 'AA' } }), { fingerprint: 'AA' })
  assert.deepEqual([caIn({}), caIn({ ca: {} })], [undefined, undefined])
})

test('a model is what its server says of it, as far as that can be understood', () => {
  assert.deepEqual(modelsIn({ data: [{ id: 'm', is_default: 'yes', loaded: true }, {}] }), [
    { id: 'm', owner: undefined, context: undefined, bytes: undefined, isDefault: false, isLoaded: true },
  ])
})

test('a link to a folder opens as one, and a broken one says why it shows nothing', () => {
  const entry = (own: object) => entriesIn([{ name: 'a', path: '/a', size: 1, ...own }])?.[0]
  assert.equal(entry({ type: 'directory' })?.isFolder, true)
  assert.equal(entry({ type: 'symlink', leads_to: 'directory' })?.isFolder, true)
  assert.match(entry({ type: 'symlink', leads_to: 'nothing' })?.unreadable ?? '', /broken/)
  assert.equal(entry({ type: 'file', size: 'big' })?.size, -1)
})

test('tools without a name are left out, and a page says where the next begins', () => {
  const page = toolPageIn({ tools: [{ name: 'a', inputSchema: 'x' }, { description: 'b' }], nextCursor: 'c' })
  assert.deepEqual(page, { tools: [{ name: 'a', description: '', inputSchema: {} }], nextCursor: 'c' })
  assert.equal(toolPageIn({ tools: 'x' }), undefined)
})

test('a block of a kind that is not known is named, and the others are kept', () => {
  const text = { type: 'text', text: 'a' }
  const given = toolResultIn({
    content: [text, { type: 'text' }, { type: 'resource', resource: {} }, 7],
    isError: 1,
  })
  const unknown = { type: 'text', text: '[content of a kind that luca does not know]' }
  assert.deepEqual(given, { resultType: 'complete', content: [text, unknown, unknown, unknown] })
  assert.equal(toolResultIn('x'), undefined)
})

test('the text of a file is the structured one, else that of the blocks, and may go on', () => {
  const content = [{ type: 'text' as const, text: 'shown' }]
  const plain = { resultType: 'complete' as const, content }
  assert.equal(fileTextOf({ ...plain, structuredContent: { content: 'whole' } }), 'whole')
  assert.equal(fileTextOf(plain), 'shown')
  assert.deepEqual(
    [hasMore(plain), hasMore({ ...plain, structuredContent: { nextOffset: 5 } })],
    [false, true],
  )
  assert.deepEqual(pathsIn({ ...plain, content: [{ type: 'text', text: '/a\nNo more.\n/b' }] }), ['/a', '/b'])
})

test('prompts have their names and what they take, and what one says is a text', () => {
  const given = [{ name: 'topic', required: true }, { name: 'style' }, { required: true }]
  assert.deepEqual(promptPageIn({ prompts: [{ name: 'a', arguments: given }, { description: 'b' }] }), {
    prompts: [
      {
        name: 'a',
        description: '',
        arguments: [
          { name: 'topic', required: true },
          { name: 'style', required: false },
        ],
      },
    ],
    nextCursor: undefined,
  })
  const message = (text: string) => ({ role: 'user', content: { type: 'text', text } })
  assert.equal(promptTextIn({ messages: [message('One.'), message('Two.'), 7] }), 'One.\n\nTwo.')
  assert.deepEqual([promptTextIn({ messages: [] }), promptTextIn({})], [undefined, undefined])
})
