import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Response } from '../../protocol/jsonrpc.ts'
import type { Gate } from '../call/call.ts'
import { Questions } from './questions.ts'

const FORM = { consent: { method: 'elicitation/create' as const, params: { message: 'May it?' } } }

function asking(
  t: TestContext,
  { progressToken, ticket = 'abc' }: { progressToken?: unknown; ticket?: string } = {},
) {
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
    })
  const answer = (fields: object) => {
    const { id } = said.findLast(({ method }) => method === 'elicitation/create') as { id: string }
    questions.answered({ jsonrpc: '2.0', id, ...fields } as Response)
  }
  return { questions, ask, answer, said, controller, decide: () => decide() }
}
const methods = (said: Record<string, unknown>[]) => said.map(({ method }) => method)

test('a client that was never seen to answer is told at once how else to go on', async (t) => {
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

test('without a token for progress it is told by a log message', (t) => {
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
