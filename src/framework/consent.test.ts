import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONSENT_REQUIRED, META, type Result } from '../protocol/mcp.ts'
import { harness } from './harness.ts'
import { question, sampleServer } from './testing/sample-server.ts'

async function start() {
  const { server, validators, seen } = sampleServer()
  const running = await harness(server, validators, { clientCapabilities: { elicitation: {} } })
  const call = (args: object, agreed?: unknown, rest: object = {}) =>
    running.connection.request('tools/call', {
      name: 'destroys',
      arguments: args,
      ...rest,
      ...(agreed === undefined ? {} : { _meta: { [META.agreed]: agreed } }),
    })
  return { call, seen, [Symbol.asyncDispose]: () => running.close() }
}

const text = (result: Result) => (result.content as { text: string }[])[0]?.text

test('without consent nothing is done, and the question says what it would be', async () => {
  await using it = await start()
  const needed = { resultType: CONSENT_REQUIRED, what: 'destroy "it"', state: 'v1' }
  for (const agreed of [undefined, 'v0', '', false, 1, {}])
    assert.deepEqual(await it.call({}, agreed), needed)
  assert.deepEqual(it.seen.calls, [])
  for (const agreed of ['v1', true]) assert.equal(text(await it.call({}, agreed)), 'destroyed: not asked')
})

test('a handler that swallows the end of its call does not answer in its stead', async () => {
  await using it = await start()
  assert.equal((await it.call({ swallows: true })).resultType, CONSENT_REQUIRED)
})

test('answers of the client are kept while a person is asked', async () => {
  await using it = await start()
  const asked = await it.call({ asks: true }, 'v0')
  assert.deepEqual(asked.inputRequests, { sure: question })
  const inputResponses = { sure: { action: 'accept' } }
  const { requestState } = await it.call({ asks: true }, 'v0', {
    inputResponses,
    requestState: asked.requestState,
  })
  assert.equal(typeof requestState, 'string')
  assert.equal(text(await it.call({ asks: true }, 'v1', { requestState })), 'destroyed: accept')
})
