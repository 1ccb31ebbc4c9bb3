/** Any JSON in any place of any request, at every entry: a clean answer, nothing done that was not meant, and no client hangs. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import { served } from '../src/admin/testing/client.ts'
import { ADMIN_VERBS } from '../src/contracts/admin-helper.ts'
import type { Rule } from '../src/contracts/admin-rules.ts'
import { CURRENT_VERSION, META } from '../src/protocol/mcp.ts'
import { type Appliance, FIXTURE_SERVER, startAppliance } from './support/appliance.ts'
import { envelope, headersOf, type Reply, send } from './support/http.ts'
import { ODD_VALUES, oddly } from './support/odd-values.ts'

const INTERNAL = -32603
/** How long anything may take to be answered, in milliseconds. */
const ANSWERED_WITHIN_MS = 15_000

let a: Appliance
before(async () => {
  a = await startAppliance({
    ...FIXTURE_SERVER,
    config: 'consent: {ask: false}\n',
  })
})
after(() => a?.stop())

const _meta = {
  ...envelope,
  [META.logLevel]: 'info',
  [META.clientInfo]: { name: 'odd', version: '1' },
  progressToken: 1,
}
const ref = { type: 'ref/prompt', name: 'fixture_test_prompt_with_arguments' }

/** Each method with parameters that it takes. */
const METHODS: [method: string, params: Record<string, unknown>][] = [
  ['tools/call', { name: 'fs_list_directory', arguments: { path: '/' } }],
  [
    'tools/call',
    { name: 'call_tool', arguments: { name: 'time_get_current_time', args: { timezone: 'UTC' } } },
  ],
  ['tools/call', { name: 'search_tools', arguments: { query: 'file', limit: 3, server: 'fs' } }],
  ['tools/call', { name: 'get_tool_details', arguments: { name: 'fs_list_directory' } }],
  ['tools/list', { cursor: 'x' }],
  ['prompts/list', {}],
  ['prompts/get', { name: ref.name, arguments: { arg1: 'a', arg2: 'b' } }],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['resources/read', { uri: 'test://static-text' }],
  ['completion/complete', { ref, argument: { name: 'arg1', value: 'p' }, context: { arguments: {} } }],
  ['tools/call', { name: 'fs_list_directory', arguments: {}, inputResponses: { a: {} }, requestState: 'x' }],
]
const LISTEN = {
  toolsListChanged: true,
  promptsListChanged: false,
  resourcesListChanged: true,
  resourceSubscriptions: ['test://watched-resource'],
}
const request = (method: string, params: object) => ({ jsonrpc: '2.0', id: 7, method, params })

/** An answer that is not one of ours gone wrong. */
function assertClean(answer: unknown, what: string): void {
  for (const one of Array.isArray(answer) ? answer : [answer]) {
    assert.ok(typeof one === 'object' && one !== null, what)
    const { error } = one as { error?: { code: unknown; message: unknown } }
    if (error) assert.notEqual(error.code, INTERNAL, `${what}: ${JSON.stringify(error)}`)
  }
}
const inTime = <T>(promise: Promise<T>, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer to ${what}`)), ANSWERED_WITHIN_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

async function overHttp(url: string, headers: Record<string, string>, text: string): Promise<Reply> {
  const reply = await inTime(send(url, { headers, body: text }), text)
  assert.ok(reply.status < 500, `${reply.status} for ${text}: ${reply.text}`)
  if (reply.text !== '') assertClean(reply.json, text)
  return reply
}

test('the current revision over HTTP', async () => {
  for (const [method, params] of METHODS) {
    const name = (params.name ?? params.uri) as string | undefined
    const headers = headersOf(a.token, method, name)
    for (const { text } of oddly(request(method, { ...params, _meta }))) await overHttp(a.url, headers, text)
  }
})

test('a call is never of another tool than its header says', async () => {
  const names = ODD_VALUES.concat(
    '"fs_create_directory"',
    '["fs_create_directory"]',
    '{"toString":"fs_create_directory"}',
  )
  const odd = fc.constantFrom(...names)
  await fc.assert(
    fc.asyncProperty(
      odd,
      fc.constantFrom('fs_read_text_file', 'time_get_current_time'),
      async (name, header) => {
        const params = `{"name":${name},"arguments":{"path":"/never"},"_meta":${JSON.stringify(envelope)}}`
        const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`
        const { status, json } = await overHttp(a.url, headersOf(a.token, 'tools/call', header), text)
        assert.equal(json.result, undefined, text)
        assert.ok(status === 400 || json.error.code === -32602, text)
        assert.ok(!existsSync(join(a.files, 'never')))
      },
    ),
    { numRuns: 60 },
  )
})

test('a session over HTTP', async () => {
  const headers = {
    authorization: `Bearer ${a.token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const clientInfo = { name: 'odd', version: '1' }
  const opening = request('initialize', {
    protocolVersion: '2025-11-25',
    clientInfo,
    capabilities: { elicitation: { form: {} }, roots: {}, sampling: {} },
  })
  for (const { text } of oddly(opening)) await overHttp(a.url, headers, text)
  const opened = await send(a.url, { headers, body: JSON.stringify(opening) })
  const own = { ...headers, 'mcp-session-id': opened.headers['mcp-session-id'] as string }
  for (const [method, params] of [
    ...METHODS,
    ['logging/setLevel', { level: 'error' }],
    ['resources/subscribe', { uri: 'test://watched-resource' }],
    ['resources/unsubscribe', { uri: 'test://watched-resource' }],
    ['ping', {}],
  ] as typeof METHODS)
    for (const { text } of oddly(request(method, { ...params, _meta: { progressToken: 1 } })))
      await overHttp(a.url, own, text)
  for (const method of ['notifications/cancelled', 'notifications/initialized', 'notifications/progress'])
    for (const { text } of oddly({ jsonrpc: '2.0', method, params: { requestId: 7, reason: 'x' } }))
      await overHttp(a.url, own, text)
  for (const { text } of oddly({ jsonrpc: '2.0', id: 'ask-1', result: { action: 'accept' } }))
    await overHttp(a.url, own, text)
})

/** A connection of JSON texts, and what comes on it. */
interface Texts {
  ask(text: string): Promise<unknown>
  close(): void
}

function overUnix(): Texts {
  const socket: Socket = createConnection(a.socket)
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  return {
    async ask(text) {
      socket.write(`${text}\n`)
      return JSON.parse((await inTime(lines.next(), text)).value as string)
    },
    close: () => void socket.destroy(),
  }
}

async function overWebSocket(): Promise<Texts> {
  const socket = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${a.token}` },
  })
  await once(socket, 'open')
  return {
    async ask(text) {
      const answer = once(socket, 'message')
      socket.send(text)
      return JSON.parse(`${(await inTime(answer, text))[0]}`)
    },
    close: () => socket.terminate(),
  }
}

const OLDER: [method: string, params: unknown][] = [
  ['mcp.hello', {}],
  ['mcp.listCapabilities', []],
  ['mcp.licence.check', {}],
  ['mcp.fs.list', ['/']],
  ['mcp.fs.read', { path: '/', encoding: 'text' }],
  ['mcp.time.get_current_time', { timezone: 'UTC' }],
  ['mcp.llm.listModels', []],
]
/** Of the fs server, for what can't be done: its own codes begin below -32010. */
const ownCodes = (text: string) => (/"mcp\.llm/.test(text) ? [INTERNAL] : [])

for (const [where, open] of [
  ['a UNIX socket', async () => overUnix()],
  ['a WebSocket', overWebSocket],
] as const)
  test(`the three dialects over ${where}`, async () => {
    const connection = await open()
    for (const [method, params] of METHODS)
      for (const { text } of oddly(request(method, { ...params, _meta: { ...envelope } })))
        assertClean(await connection.ask(text), text)
    for (const [method, params] of OLDER)
      for (const { text } of oddly({ id: 1, method, params })) {
        const answer = (await connection.ask(text)) as { error?: { code: number } }
        if (!ownCodes(text).includes(answer.error?.code ?? 0)) assertClean(answer, text)
      }
    connection.close()
    // What is opened for good answers once, and stays: a connection for each.
    for (const { text } of oddly(
      request('subscriptions/listen', { notifications: LISTEN, _meta: envelope }),
    )) {
      const listening = await open()
      assertClean(await listening.ask(text), text)
      listening.close()
    }
  })

test('a batch of odd messages is answered as one', async () => {
  const connection = overUnix()
  const items = [...oddly(request('tools/list', { _meta: envelope }))].map(({ text }) => text)
  assertClean(await connection.ask(`[${items.slice(0, 900).join(',')}]`), 'a batch')
  connection.close()
})

test('plain HTTP', async () => {
  const headers = { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' }
  const plain = async (path: string, text: string) => {
    const reply = await inTime(send(`${a.origin}${path}`, { headers, body: text }), text)
    assert.ok(reply.status < 500, `${reply.status} for ${text}: ${reply.text}`)
    assert.notEqual(reply.json?.error?.code, INTERNAL, `${text}: ${reply.text}`)
  }
  for (const { text } of oddly({ name: 'fs_list_directory', parameters: { path: '/' } }))
    await plain('/execute', text)
  for (const { text } of oddly({ path: '/' })) await plain('/mcp/tools/fs_list_directory', text)
  for (const value of ODD_VALUES)
    for (const path of ['/execute', '/mcp/tools/fs_list_directory']) await plain(path, value)
})

test('OpenAI’s shape, where there is no model', async () => {
  const headers = { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' }
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'x' }] }]
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }]
  const sampling = { model: 'x', temperature: 1, max_tokens: 5, stop: ['x'], stream: false }
  for (const [path, body] of [
    [
      '/v1/chat/completions',
      { messages, tools, tool_choice: 'auto', response_format: { type: 'text' }, ...sampling },
    ],
    ['/v1/completions', { prompt: 'x', ...sampling }],
    ['/v1/embeddings', { input: ['x'], model: 'x', encoding_format: 'float' }],
    [
      '/v1/responses',
      { input: [{ role: 'user', content: [{ type: 'input_text', text: 'x' }] }], ...sampling },
    ],
  ] as const)
    for (const { text } of oddly(body)) {
      const reply = await inTime(send(`${a.origin}${path}`, { headers, body: text }), text)
      const { code, type } = reply.json?.error ?? {}
      assert.ok(reply.status < 500 || code === 'no_model', `${reply.status} for ${text}: ${reply.text}`)
      if (code !== 'no_model') assert.notEqual(type, 'server_error', `${text}: ${reply.text}`)
    }
})

test('the owner’s methods', async () => {
  const connection = overUnix()
  for (const [method, params] of [
    [
      'token/create',
      { name: 'odd', user: 'x', expiresInSeconds: 1, tier: 'FREE', trust: ['x'], tools: ['x'] },
    ],
    ['token/list', {}],
    ['token/change', { token: 'x', tier: 'FREE', trust: ['fs.write'], tools: ['fs_*'] }],
    ['token/revoke', { token: 'x' }],
    ['approval/list', {}],
    ['approval/decide', { id: 'x', allow: true }],
    ['status', {}],
  ] as const)
    for (const { text } of oddly(request(`admin/${method}`, { ...params, _meta: envelope })))
      assertClean(await connection.ask(text), text)
  connection.close()
})

test('the root helper does nothing whose parameters are of another kind', async () => {
  await using helper = await served()
  const root = helper.client(0)
  const parsed = ODD_VALUES.map((value) => JSON.parse(value))
  for (const [verb, { params }] of Object.entries(ADMIN_VERBS)) {
    const rules = Object.entries(params as Record<string, Rule<unknown>>)
    for (const [name, rule] of rules)
      for (const value of parsed.filter((value) => !rule.fits(value))) {
        // With others that fit it would be done.
        const others = rules.filter(([other]) => other !== name)
        const fitting = others.flatMap(([other, { fits }]) => {
          const found = parsed.find((one) => fits(one))
          return found === undefined ? [] : [[other, found]]
        })
        const { error } = await inTime(
          root.call(verb, { ...Object.fromEntries(fitting), [name]: value }),
          verb,
        )
        assert.equal(error?.code, -32602, `${verb} ${name} ${JSON.stringify(value)}`)
      }
    for (const params of ['x', [], [1], 7]) assert.ok((await root.call(verb, params)).error, verb)
  }
  assert.deepEqual(helper.machine.ran, [])
})

test('it still serves, and nothing was logged as broken', async () => {
  const headers = headersOf(a.token, 'tools/call', 'time_get_current_time')
  const params = { name: 'time_get_current_time', arguments: { timezone: 'UTC' }, _meta: envelope }
  const reply = await overHttp(a.url, headers, JSON.stringify(request('tools/call', params)))
  assert.equal(reply.json.result.isError, undefined)
  assert.equal(envelope[META.version], CURRENT_VERSION)
  assert.doesNotMatch(a.log(), /TypeError|RangeError|RawJSON/)
})
