import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputRequests, Result } from '../protocol/mcp.ts'
import { requestWithAnswers } from './ask.ts'

const QUESTION: InputRequests = { a: { method: 'elicitation/create', params: { message: 'Go on?' } } }
const ask = (requestState: string): Result => ({
  resultType: 'input_required',
  inputRequests: QUESTION,
  requestState,
})

test('the request is repeated with the answers and the state of the latest question, until it is done', async () => {
  const sent: Record<string, unknown>[] = []
  const answers: Result[] = [ask('one'), ask('two'), { resultType: 'complete', value: 1 }]
  const result = await requestWithAnswers(
    async (params) => {
      sent.push(params)
      return answers.shift() as Result
    },
    { name: 'x' },
    async (requests) => {
      assert.deepEqual(requests, QUESTION)
      return { a: { action: 'accept' } }
    },
  )
  assert.equal(result.value, 1)
  const inputResponses = { a: { action: 'accept' } }
  assert.deepEqual(sent, [
    { name: 'x' },
    { name: 'x', inputResponses, requestState: 'one' },
    { name: 'x', inputResponses, requestState: 'two' },
  ])
})

test('a server that only asks is given up', async () => {
  let rounds = 0
  const endless = requestWithAnswers(
    async () => ask(String(rounds++)),
    {},
    async () => ({}),
  )
  await assert.rejects(endless, /16 times/)
  assert.equal(rounds, 16)
})

test('an answer that fails fails the request', async () => {
  const refused = requestWithAnswers(
    async () => ask('one'),
    {},
    async () => {
      throw new Error('Nobody is here.')
    },
  )
  await assert.rejects(refused, /Nobody/)
})
