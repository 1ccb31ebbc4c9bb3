import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerRequestHandler } from '../../client/peer-requests.ts'
import { describeThirdParty } from '../../contracts/third-party.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import type { RpcError } from '../../protocol/jsonrpc.ts'
import { META, type Result } from '../../protocol/mcp.ts'
import type { AnswerRoom } from '../call/answer-room.ts'
import type { CallTrace, ConsentedCall, Grant, Inbound, ResidentServer } from '../call/call.ts'
import type { Backends, CallerRequest } from './backends.ts'
import { Catalogue } from './catalogue.ts'
import { createRouter, type LocalMethod, relay } from './router.ts'

const GRANT: Grant = {
  tier: 'OWNER',
  allows: () => true,
  rate: undefined,
  llm: undefined,
  ofUser: { tier: 'OWNER', rate: undefined, tokensPerDay: undefined },
}
const RESULT: Result = { resultType: 'complete', content: [] }
const OWN_RESULT: Result = { resultType: 'complete', content: [], resident: true }

const NOTES: Descriptor = {
  ...describeThirdParty({
    name: 'notes',
    offer: {
      tools: [{ name: 'search', description: '', inputSchema: { type: 'object' } }],
      prompts: [{ name: 'summary' }],
      resources: [{ uri: 'note://1', name: 'one' }],
      resourceTemplates: [{ uriTemplate: 'old://{id}', name: 'old' }],
    },
    pins: {},
  }),
  subscribe: true,
}
const LLM: Descriptor = {
  ...NOTES,
  service_name: 'llm',
  prompts: [],
  resources: [],
  resourceTemplates: [],
  tools: NOTES.tools.map(({ untrusted: _, ...tool }) => tool),
}

const PEER_REQUESTS = {} as PeerRequestHandler

interface Sent {
  server: string
  user: string
  method: string
  params: Record<string, unknown> & { _meta: Record<string, unknown> }
  options: CallerRequest
  trace: CallTrace
}

/** A router in front of a server that only writes down what it is sent, and one that is part of the gateway. */
function setUp(local: Record<string, LocalMethod> = {}) {
  const catalogue = new Catalogue({ title: 'all', version: '7', instructions: 'Ask.' }, [LLM])
  catalogue.replace(new Map([['notes', NOTES]]))
  const sent: Sent[] = []
  const ended: unknown[] = []
  const asked: unknown[] = []
  const backends = {
    get: ({ service_name: server }: Descriptor, user: string) => ({
      async request(method: string, params: Sent['params'], options: CallerRequest, trace: CallTrace) {
        sent.push({ server, user, method, params, options, trace })
        return RESULT
      },
    }),
    notifyAll: (method: string, params: object) => void ended.push([method, params]),
  } as unknown as Backends
  const resident: ResidentServer = {
    descriptor: LLM,
    async answer(_, target) {
      asked.push(target.name)
      return OWN_RESULT
    },
  }
  const answers = { take: (...given: unknown[]) => void asked.push(given) } as unknown as AnswerRoom
  const router = createRouter({
    catalogue,
    backends,
    local,
    resident: [resident],
    serverName: 'llmbasedos',
    answers,
    peerRequests: (...given) => {
      asked.push(given)
      return PEER_REQUESTS
    },
  })
  /** What the stages before have found out. */
  const givenBefore = {
    client: { capabilities: {}, info: undefined, logLevel: undefined },
    timeoutMs: 0,
    grant: GRANT,
    principal: { id: 'token:1', user: 'ada' },
    signal: new AbortController().signal,
  }
  const call = (method: string, params: Record<string, unknown> = {}, extra: object = {}): ConsentedCall => {
    const inbound = { method, params, server: undefined, toolset: 'all', ...extra } as Inbound
    const resolved = router.resolve(inbound)
    return {
      ...givenBefore,
      checkAgain() {},
      ...inbound,
      params: resolved.params,
      resolved,
    } as unknown as ConsentedCall
  }
  const route = async (method: string, params?: Record<string, unknown>, extra?: object) =>
    (await router.route(call(method, params, extra), {})) as Record<string, unknown>
  const says = async (method: string, params?: Record<string, unknown>, extra?: object): Promise<string> => {
    const error = await route(method, params, extra).then(
      () => assert.fail(`${method} is answered`),
      (why: RpcError) => why,
    )
    return `${error.code} ${error.message}`
  }
  return { router, sent, ended, asked, call, route, says }
}

test('a tool, a prompt and a resource go to the server that has them, as the user who asks, under its own names', async () => {
  const { route, sent } = setUp()
  for (const [method, params, own] of [
    ['tools/call', { name: 'notes_search', arguments: { q: 1 } }, { name: 'search', arguments: { q: 1 } }],
    ['prompts/get', { name: 'notes_summary' }, { name: 'summary' }],
    ['resources/read', { uri: 'note://1' }, { uri: 'note://1' }],
    [
      'completion/complete',
      { ref: { type: 'ref/prompt', name: 'notes_summary' }, argument: { name: 'a', value: '' } },
      { ref: { type: 'ref/prompt', name: 'summary' }, argument: { name: 'a', value: '' } },
    ],
    [
      'completion/complete',
      { ref: { type: 'ref/resource', uri: 'old://{id}' } },
      { ref: { type: 'ref/resource', uri: 'old://{id}' } },
    ],
    ['mcp.notes.search', { q: 1 }, { q: 1 }],
  ] as const) {
    assert.equal(await route(method, params), RESULT, method)
    const { params: given, ...where } = sent.at(-1) as Sent
    const { _meta, ...rest } = given
    assert.deepEqual([where.server, where.user, where.method], ['notes', 'ada', method])
    assert.deepEqual(rest, own)
  }
})

test('a tool of a server that is part of the gateway is answered by it, and reaches no other', async () => {
  const { route, sent, asked } = setUp()
  assert.equal(await route('tools/call', { name: 'llm_search' }), OWN_RESULT)
  assert.deepEqual([asked, sent], [['search'], []])
})

test('a server receives what only the gateway may say, and a client can say nothing of that itself', async () => {
  const { route, sent } = setUp()
  const own = { progressToken: 1, 'x.y/z': 2 }
  await route(
    'tools/call',
    {
      name: 'notes_search',
      _meta: { ...own, [META.caller]: 'token:0', [META.agreed]: true, 'io.llmbasedos/new': 1 },
    },
    {
      session: 's',
      timeoutMs: 90_000,
      agreed: 'state',
      attaches: true,
      client: { capabilities: { roots: {} }, info: { name: 'c', version: '1' }, logLevel: 'error' },
    },
  )
  const { [META.version]: version, ...meta } = (sent[0] as Sent).params._meta
  assert.equal(typeof version, 'string')
  assert.deepEqual(meta, {
    ...own,
    [META.clientCapabilities]: { roots: {} },
    [META.clientInfo]: { name: 'c', version: '1' },
    [META.logLevel]: 'error',
    [META.caller]: 'token:1',
    [META.session]: 's',
    [META.timeoutMs]: 90_000,
    [META.agreed]: 'state',
    [META.namePrefix]: 'notes_',
    [META.may]: ['notes.use'],
    [META.attach]: true,
  })
})

test('what does not hold for a call is not said of it', async () => {
  const { route, sent } = setUp()
  await route('tools/call', { name: 'search' }, { server: 'notes', grant: { ...GRANT, allows: () => false } })
  const { _meta } = (sent[0] as Sent).params
  assert.deepEqual(Object.keys(_meta).sort(), [META.caller, META.clientCapabilities, META.version].sort())
  assert.equal((sent[0] as Sent).options.timeoutMs, undefined)
})

test('the wait for a server ends with the time of the call, by an error that names the setting', async () => {
  const { route, sent } = setUp()
  await route('tools/call', { name: 'notes_search' }, { timeoutMs: 2000 })
  const { options } = sent[0] as Sent
  assert.equal(options.timeoutMs, 2000)
  assert.match(String(options.late?.()), /longer than 2 seconds \(calls\.timeoutSeconds\).*not known/)
})

test('a server that waits is asked again whether the call may be made, and long answers are given room first', async () => {
  const { router, call, sent, asked } = setUp()
  let looks = 0
  const made = call('tools/call', { name: 'notes_search' }, { checkAgain: () => void looks++ })
  await router.route(made, {})
  const { options } = sent[0] as Sent
  options.checkAgain()
  assert.equal(looks, 1)
  options.room?.(5000)
  assert.deepEqual(asked, [[made, 5000]])
  assert.equal(options.signal, made.signal)
})

test('a notification is passed on without the number that only the wire to the server needs', () => {
  const told: unknown[] = []
  const drained = Promise.resolve()
  const call = {
    notify(...given: unknown[]) {
      told.push(given)
      return drained
    },
  } as unknown as ConsentedCall
  assert.equal(
    relay(call, 'notifications/progress', { progress: 1, _meta: { [META.requestId]: 4 } }),
    drained,
    'who gives much waits until it is taken',
  )
  relay(call, 'notifications/message', { data: 'x', _meta: { [META.requestId]: 4, a: 1 } })
  relay(call, 'notifications/message', { data: 'x' })
  assert.deepEqual(told, [
    ['notifications/progress', { progress: 1 }],
    ['notifications/message', { data: 'x', _meta: { a: 1 } }],
    ['notifications/message', { data: 'x' }],
  ])
})

test('lists come in one piece, may be kept for a while by who asked alone, and no cursor leads on', async () => {
  const { route, says } = setUp()
  for (const [method, part, count] of [
    ['tools/list', 'tools', 2],
    ['prompts/list', 'prompts', 1],
    ['resources/list', 'resources', 1],
    ['resources/templates/list', 'resourceTemplates', 1],
  ] as const) {
    const { [part]: list, ...rest } = await route(method, { cursor: '' })
    assert.equal((list as unknown[]).length, count, method)
    assert.deepEqual(rest, { resultType: 'complete', ttlMs: 60_000, cacheScope: 'private' })
    assert.match(await says(method, { cursor: 'x' }), /-32602 This cursor is not known here/)
  }
})

test('the tools that find others are offered alone to those who ask for them, and answered here', async () => {
  const { route, sent } = setUp()
  const { tools } = await route('tools/list', {}, { toolset: 'search' })
  assert.deepEqual(
    (tools as { name: string }[]).map(({ name }) => name),
    ['search_tools', 'get_tool_details', 'call_tool'],
  )
  const found = await route('tools/call', { name: 'search_tools', arguments: { query: 'search' } })
  assert.match(JSON.stringify(found), /notes_search/)
  assert.deepEqual(sent, [])
  await route('tools/call', { name: 'call_tool', arguments: { name: 'notes_search' } })
  assert.equal((sent as Sent[])[0]?.params.name, 'search')
})

test('discovery tells what is offered, at the gateway and at one server', async () => {
  const { route } = setUp()
  const all = await route('server/discover')
  assert.deepEqual(all._meta, { [META.serverInfo]: { name: 'llmbasedos', title: 'all', version: '7' } })
  assert.match(String(all.instructions), /^Ask\./)
  const one = await route('server/discover', {}, { server: 'notes' })
  assert.equal((one._meta as Record<string, { title: string }>)[META.serverInfo]?.title, NOTES.title)
  assert.ok(!('instructions' in one))
})

test('what the gateway answers itself is given the call, and comes before a server’s method of that name', async () => {
  const { route, sent } = setUp({ 'mcp.notes.search': async ({ params }) => ({ own: params.q }) })
  assert.deepEqual(await route('mcp.notes.search', { q: 3 }), { resultType: 'complete', own: 3 })
  assert.deepEqual(sent, [])
})

test('the error for what does not exist says what was meant, or with what shows what there is', async () => {
  const { says } = setUp()
  for (const [method, params, message] of [
    [
      'tools/call',
      { name: 'notes_serch' },
      /-32602 There is no tool "notes_serch"; did you mean "notes_search"/,
    ],
    ['tools/call', { name: 'quite else' }, /-32602 .*tools\/list lists/],
    ['tools/call', { name: 7 }, /-32602 params\.name must be a string/],
    ['prompts/get', { name: 'notes_sumary' }, /-32602 There is no prompt .* "notes_summary"/],
    ['resources/read', { uri: 'note://2' }, /-32602 There is no such resource; resources\/list/],
    ['resources/read', {}, /-32602 params\.uri must be a string/],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'x' } }, /-32602 There is no prompt "x"/],
    ['completion/complete', { ref: { type: 'ref/resource', uri: 'x' } }, /-32602 There is no such resource/],
    ['completion/complete', { ref: 'x' }, /-32602 params\.ref must be/],
    ['mcp.notes.nothing', {}, /-32601 There is no method "mcp\.notes\.nothing"/],
    ['constructor', {}, /-32601 There is no method "constructor"/],
    ['x'.repeat(1000), {}, /-32601 There is no method "x{100}"/],
  ] as const)
    assert.match(await says(method, params), message, method)
  assert.match(
    await says('tools/call', { name: 'serch' }, { server: 'notes' }),
    /in the server "notes"; did you mean "search"/,
  )
  assert.match(await says('tools/list', {}, { server: 'none' }), /-32601 There is no server "none" here/)
})

test('a client that listens for resources is subscribed at their server, as its user', async () => {
  const { router, call, sent } = setUp()
  const stop = new AbortController()
  const told: unknown[] = []
  const listening = router.route(
    call(
      'subscriptions/listen',
      { notifications: { resourceSubscriptions: ['note://1', 'note://2'] } },
      { signal: stop.signal, notify: (...given: unknown[]) => void told.push(given) },
    ),
    {},
  )
  stop.abort()
  assert.deepEqual(await listening, { resultType: 'complete' })
  const [{ server, user, params }] = sent as [Sent]
  assert.deepEqual([server, user], ['notes', 'ada'])
  assert.deepEqual(params.notifications, { resourceSubscriptions: ['note://1'] })
  assert.equal(params._meta[META.caller], 'token:1')
  assert.deepEqual(told, [
    ['notifications/subscriptions/acknowledged', { notifications: { resourceSubscriptions: ['note://1'] } }],
  ])
})

test('servers are notified of a client’s session that has ended', () => {
  const { router, ended } = setUp()
  router.sessionEnded('s1')
  assert.equal(ended.length, 1)
  assert.deepEqual((ended[0] as unknown[])[1], { session: 's1' })
  assert.deepEqual([router.hasServer('notes'), router.hasServer('none')], [true, false])
})
