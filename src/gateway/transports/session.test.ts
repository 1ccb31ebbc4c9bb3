import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation } from '../../protocol/cancellation.ts'
import { META, METHOD, NOTIFICATION, type Result } from '../../protocol/mcp.ts'
import type { Gate, Inbound, Principal } from '../call/call.ts'
import { Memory } from '../call/memory.ts'
import { initialize, Session, type SessionFacts } from './session.ts'

const ENDPOINT = {
  principal: { id: 'token:1', user: 'ann' } as Principal,
  transport: 'http',
  server: undefined,
  toolset: 'all',
  session: 's1',
} as const
const FACTS: SessionFacts = {
  ...ENDPOINT,
  version: '2025-11-25',
  client: { capabilities: {}, info: undefined, logLevel: undefined },
}
const untilAborted = ({ signal }: Inbound): Promise<Result> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

function setUp(answer: (inbound: Inbound) => Promise<Result> | Result) {
  const memory = new Memory({ perCallerBytes: 1024 * 1024, inAllBytes: 1024 * 1024 })
  const ended: string[] = []
  const asked: Inbound[] = []
  const gate = {
    memory,
    run: async (inbound: Inbound) => {
      asked.push(inbound)
      return inbound.method === METHOD.listen &&
        !('resourceSubscriptions' in (inbound.params.notifications as object))
        ? untilAborted(inbound)
        : answer(inbound)
    },
    sessionEnded: (session: string) => ended.push(session),
    onDecided: () => () => {},
  } as unknown as Gate
  const told: object[] = []
  const open = (facts = FACTS) => new Session(gate, facts, (message) => void told.push(message))
  const say: Record<string, unknown>[] = []
  const ask = (session: Session, method: string, params?: Record<string, unknown>) =>
    session.answer(
      { jsonrpc: '2.0', id: 1, method, ...(params ? { params } : {}) },
      new Cancellation(),
      (message) => void say.push(message as Record<string, unknown>),
      undefined,
    )
  return { gate, memory, ended, asked, told, open, ask, say }
}
const DONE: Result = { resultType: 'complete', tools: [], ttlMs: 1, cacheScope: 'private' }

test('initialize agrees on the version that is asked for, and on the latest for one that is not known', async () => {
  const { gate } = setUp(() => ({ resultType: 'complete', capabilities: { tools: {} } }))
  for (const [asked, agreed] of [
    ['2025-03-26', '2025-03-26'],
    ['1999-01-01', '2025-11-25'],
  ]) {
    const { facts, result } = await initialize(gate, ENDPOINT, { protocolVersion: asked, capabilities: {} })
    assert.equal(facts.version, agreed)
    assert.equal((result as { protocolVersion: string }).protocolVersion, agreed)
  }
  for (const params of [undefined, {}, { protocolVersion: 1 }, { protocolVersion: 'x', capabilities: [] }])
    await assert.rejects(initialize(gate, ENDPOINT, params), /initialize needs/)
})

test('a result loses what legacy revisions do not know, and a request keeps its session', async () => {
  const { open, ask, asked } = setUp(() => DONE)
  const result = JSON.parse(JSON.stringify(await ask(open(), METHOD.listTools)))
  assert.deepEqual(result, { tools: [] })
  assert.equal(asked.at(-1)?.session, 's1')
})

test('content that the revision of a session does not know comes as a text', async () => {
  const link = { type: 'resource_link', uri: 'a:1', name: 'one' }
  const { open, ask } = setUp(() => ({ resultType: 'complete', content: [link] }))
  const contentFor = async (version: string) =>
    ((await ask(open({ ...FACTS, version }), METHOD.callTool)) as { content: unknown }).content
  assert.deepEqual(await contentFor('2025-06-18'), [link])
  assert.deepEqual(await contentFor('2024-11-05'), [{ type: 'text', text: '[one, a:1]' }])
})

test('methods of the current revision alone are not there in a session', async () => {
  const { open, ask } = setUp(() => DONE)
  const session = open()
  for (const method of [METHOD.discover, METHOD.listen])
    await assert.rejects(ask(session, method), /There is no method/)
  assert.deepEqual(await ask(session, 'ping'), {})
})

test('a log level is kept for the requests that come after it, and one that is none is refused', async () => {
  const { open, ask, asked } = setUp(() => DONE)
  const session = open()
  await assert.rejects(ask(session, 'logging/setLevel', { level: 'loud' }), /params\.level must be one of/)
  assert.equal(session.client.logLevel, 'info')
  await ask(session, 'logging/setLevel', { level: 'error' })
  await ask(session, METHOD.listTools)
  assert.equal(asked.at(-1)?.client.logLevel, 'error')
})

test('what its server needs to know is asked as a request of its own, and the call is made again with the answer', async () => {
  const { open, ask, asked, say } = setUp(({ params }) =>
    params.inputResponses
      ? { resultType: 'complete', content: [] }
      : {
          resultType: 'input_required',
          inputRequests: { name: { method: 'elicitation/create', params: { message: 'Which?' } } },
          requestState: 'sealed',
        },
  )
  const session = open()
  const answer = ask(session, METHOD.callTool, { name: 'x', inputResponses: 'from outside' })
  while (say.length === 0) await new Promise(setImmediate)
  assert.equal(asked.at(-1)?.params.inputResponses, undefined, 'no client answers before it is asked')
  assert.equal(say[0]?.method, 'elicitation/create')
  session.answered({
    jsonrpc: '2.0',
    id: say[0]?.id as string,
    result: { action: 'accept', content: { a: 1 } },
  })
  assert.deepEqual(JSON.parse(JSON.stringify(await answer)), { content: [] })
  assert.equal(asked.at(-1)?.params.requestState, 'sealed')
  assert.deepEqual(asked.at(-1)?.params.inputResponses, {
    name: { action: 'accept', content: { a: 1 } },
  })
})

test('a resource is watched once its server has agreed, and the watching ends with the session', async () => {
  const { open, ask, asked, memory, ended, told } = setUp((inbound) => {
    const { notifications } = inbound.params as { notifications: { resourceSubscriptions: string[] } }
    const isThere = notifications.resourceSubscriptions[0] === 'a:there'
    inbound.notify(NOTIFICATION.acknowledged, { notifications: isThere ? notifications : {} })
    inbound.notify('notifications/resources/updated', { uri: 'a:there', _meta: { [META.subscriptionId]: 1 } })
    return untilAborted(inbound)
  })
  const session = open()
  await ask(session, 'resources/subscribe', { uri: 'a:there' })
  await ask(session, 'resources/subscribe', { uri: 'a:there' })
  assert.equal(
    asked.filter(({ method }) => method === METHOD.listen).length,
    2,
    'of lists, and of the resource',
  )
  assert.equal(told.length, 1)
  await assert.rejects(
    ask(session, 'resources/subscribe', { uri: 'a:gone' }),
    /does not exist or does not tell/,
  )
  await assert.rejects(ask(session, 'resources/subscribe', {}), /params\.uri must be a string/)
  await assert.rejects(
    ask(session, 'resources/subscribe', { uri: 'x'.repeat(9000) }),
    /8192 characters at most/,
  )
  session.end()
  for (const { method, signal } of asked) if (method === METHOD.listen) assert.ok(signal.aborted)
  assert.deepEqual(ended, ['s1'])
  assert.equal(memory.usedBy('ann'), 0)
})
