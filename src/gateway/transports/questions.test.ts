import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Response } from '../../protocol/jsonrpc.ts'
import type { Gate } from '../call/call.ts'
import { Memory } from '../call/memory.ts'
import { Questions } from './questions.ts'

const FORM = { consent: { method: 'elicitation/create' as const, params: { message: 'May it?' } } }

function asking(
  t: TestContext,
  { progressToken, ticket = 'abc' }: { progressToken?: unknown; ticket?: string } = {},
) {
  const memory = new Memory({ perCallerBytes: 1024 * 1024, inAllBytes: 1024 * 1024 })
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const said: Record<string, unknown>[] = []
  let decide = () => {}
  const gate = {
    onDecided: (_: string, listener: () => void) => {
      decide = listener
      return () => {}
    },
  } as unknown as Gate
  const questions = new Questions(gate)
  const controller = new AbortController()
  const ask = (given = ticket) =>
    questions.askAll(FORM, {
      say: (message) => void said.push(message as Record<string, unknown>),
      signal: controller.signal,
      client: { capabilities: {}, info: undefined, logLevel: 'info' },
      progressToken,
      ticket: given === '' ? undefined : given,
      heldCall: undefined,
      held: memory.hold('ada', 'calls'),
    })
  const answer = (fields: object) => {
    const { id } = said.findLast(({ method }) => method === 'elicitation/create') as { id: string }
    questions.answered({ jsonrpc: '2.0', id, ...fields } as Response)
  }
  return { questions, ask, answer, said, controller, memory, decide: () => decide() }
}
const methods = (said: Record<string, unknown>[]) => said.map(({ method }) => method)

test('a client that was never seen to answer learns at once how else to go on', async (t) => {
  const { ask, answer, said } = asking(t, { progressToken: 7 })
  const first = ask()
  assert.deepEqual(methods(said).sort(), ['elicitation/create', 'notifications/progress'])
  const { params } = said.find(({ method }) => method === 'notifications/progress') as {
    params: { message: string }
  }
  assert.match(params.message, /"luca approve abc"/)
  answer({ result: { action: 'accept', content: {} } })
  assert.deepEqual(await first, { consent: { action: 'accept', content: {} } })
  const second = ask()
  assert.equal(
    methods(said).filter((method) => method === 'notifications/progress').length,
    1,
    'it was seen to',
  )
  answer({ result: { action: 'decline' } })
  await second
})

test('without a token for progress it gets a log message', (t) => {
  const { ask, said } = asking(t)
  void ask()
  assert.ok(methods(said).includes('notifications/message'))
})

test('one that stays silent is one that can’t be asked, well before its call is out of time', async (t) => {
  const { ask, said } = asking(t)
  const given = ask()
  t.mock.timers.tick(45_000)
  assert.deepEqual(await given, { consent: { action: 'cancel' } })
  assert.equal(said.at(-1)?.method, 'notifications/cancelled', 'the question is taken back')
})

test('one that has answered before has longer', async (t) => {
  const { ask, answer } = asking(t)
  const first = ask()
  answer({ result: { action: 'accept' } })
  await first
  const second = ask()
  t.mock.timers.tick(60_000)
  answer({ result: { action: 'accept' } })
  assert.deepEqual(await second, { consent: { action: 'accept' } })
})

test('what is decided elsewhere takes the question back', async (t) => {
  const { ask, said, decide, answer } = asking(t)
  const given = ask()
  decide()
  assert.equal(await given, undefined)
  assert.equal(said.at(-1)?.method, 'notifications/cancelled')
  answer({ result: { action: 'accept' } }) // too late, and dropped
})

test('a server’s own question has no other way, and is waited for', async (t) => {
  const { ask, said } = asking(t, { ticket: '' })
  const given = ask()
  t.mock.timers.tick(9 * 60_000)
  assert.deepEqual(methods(said), ['elicitation/create'])
  const late = assert.rejects(given, /did not answer elicitation\/create within 10 minutes/)
  t.mock.timers.tick(60_000)
  await late
})

test('a number is no answer to what was asked by a text', (t) => {
  const { ask, questions } = asking(t)
  void ask()
  for (const id of [1, null, ['ask-1'], { toString: () => 'ask-1' }])
    questions.answered({ jsonrpc: '2.0', id, result: { action: 'accept' } } as Response)
})

test('an answer counts as memory of its user, and one for which there is none is refused by the limit', async (t) => {
  const { ask, answer, memory } = asking(t)
  const first = ask()
  answer({ result: { action: 'accept', content: { text: 'x'.repeat(500_000) } } })
  await first
  assert.ok(memory.byKind.calls > 500_000)
  const second = ask()
  answer({ result: { action: 'accept', content: { text: 'x'.repeat(800_000) } } })
  await assert.rejects(second, (error: { data: { limit: string } }) => error.data.limit.startsWith('memory.'))
})

test('where the client refuses one of several questions, the others are taken back', async (t) => {
  const { questions, said } = asking(t)
  const roots = { method: 'roots/list' as const }
  const given = questions.askAll(
    { first: roots, second: roots },
    {
      say: (message) => void said.push(message as Record<string, unknown>),
      signal: new AbortController().signal,
      client: { capabilities: {}, info: undefined, logLevel: undefined },
      progressToken: undefined,
      ticket: undefined,
      heldCall: undefined,
      held: new Memory({ perCallerBytes: 1e6, inAllBytes: 1e6 }).hold('ada', 'calls'),
    },
  )
  const { id } = said[0] as { id: string }
  questions.answered({ jsonrpc: '2.0', id, error: { code: -1, message: 'no' } })
  await assert.rejects(given, /refused roots\/list/)
  assert.deepEqual(said.at(-1), {
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: (said[1] as { id: string }).id, reason: 'This needs no answer any longer.' },
  })
})
