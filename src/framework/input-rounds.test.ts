import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ClientCapabilities, type InputRequiredResult, META, type Result } from '../protocol/mcp.ts'
import { type HarnessOptions, harness } from './harness.ts'
import { question, sampleServer } from './testing/sample-server.ts'

const EVERYTHING: ClientCapabilities = { elicitation: {}, sampling: {}, roots: {} }

async function start(options: HarnessOptions = {}) {
  const { server, validators, seen } = sampleServer()
  const running = await harness(server, validators, { clientCapabilities: EVERYTHING, ...options })
  const call = (name: string, rest: object = {}) =>
    running.connection.request('tools/call', { name, ...rest })
  return { running, call, seen, [Symbol.asyncDispose]: () => running.close() }
}

const text = (result: Result) => (result.content as { text: string }[])[0]?.text
const asked = (result: Result) => {
  assert.equal(result.resultType, 'input_required')
  return result as InputRequiredResult & { requestState: string }
}
const accept = { action: 'accept' }

test('a question ends the call, and the call with the answer runs to its end', async () => {
  await using it = await start()
  const first = asked(await it.call('asksOnce'))
  assert.deepEqual(Object.keys(first).sort(), ['inputRequests', 'requestState', 'resultType'])
  assert.deepEqual(first.inputRequests, { sure: question })
  const { requestState } = first
  assert.equal(
    text(await it.call('asksOnce', { inputResponses: { sure: accept }, requestState })),
    'answer: accept',
  )
  assert.deepEqual(it.seen.calls, ['asksOnce', 'asksOnce'])
})

test('an answer that is there from the start needs no round', async () => {
  await using it = await start()
  assert.equal(
    text(await it.call('asksOnce', { inputResponses: { sure: { action: 'decline' } } })),
    'answer: decline',
  )
})

test('answers of earlier rounds are remembered, and only what is missing is asked', async () => {
  await using it = await start()
  const first = asked(await it.call('asksTwice'))
  assert.deepEqual(Object.keys(first.inputRequests ?? {}), ['first'])
  const second = asked(
    await it.call('asksTwice', { inputResponses: { first: accept }, requestState: first.requestState }),
  )
  assert.deepEqual(Object.keys(second.inputRequests ?? {}), ['second', 'third'])
  const third = asked(
    await it.call('asksTwice', {
      inputResponses: { third: { action: 'cancel' } },
      requestState: second.requestState,
    }),
  )
  assert.deepEqual(Object.keys(third.inputRequests ?? {}), ['second'])
  const last = await it.call('asksTwice', {
    inputResponses: { second: { action: 'decline' } },
    requestState: third.requestState,
  })
  assert.equal(text(last), 'accept decline cancel')
})

test('questions that a handler asks at once are asked in one round', async () => {
  await using it = await start()
  assert.deepEqual(Object.keys(asked(await it.call('asksAtOnce')).inputRequests ?? {}), ['a', 'b'])
})

test('a handler that swallows the end of its call does not answer in its stead', async () => {
  await using it = await start()
  asked(await it.call('swallowsQuestion'))
})

test('answers to what was not asked are overlooked', async () => {
  await using it = await start()
  asked(await it.call('asksOnce', { inputResponses: { other: accept } }))
  const done = await it.call('asksOnce', { inputResponses: { sure: accept, other: accept } })
  assert.equal(text(done), 'answer: accept')
})

test('malformed answers are refused', async () => {
  await using it = await start()
  const bad = (name: string, inputResponses: unknown, message: RegExp) =>
    assert.rejects(it.call(name, { inputResponses }), { code: -32602, message })
  for (const value of [null, 5, 'x', [], { sure: 5 }, { sure: null }, { sure: [] }])
    await bad('asksOnce', value, /inputResponses/)
  await bad('asksOnce', { sure: { action: 'yes' } }, /"sure".*accept, decline, cancel/)
  await bad('asksOnce', { sure: { action: 'accept', content: 5 } }, /content/)
  await bad('asksModel', { reply: { role: 'assistant' } }, /content/)
  await bad('asksModel', { reply: { role: 'robot', content: {} } }, /role/)
  await bad('asksRoots', { roots: { roots: {} } }, /array/)
})

test('models and roots are asked and answered, too', async () => {
  await using it = await start()
  const reply = { role: 'assistant', content: { type: 'text', text: 'Paris' }, model: 'm' }
  assert.equal(text(await it.call('asksModel', { inputResponses: { reply } })), JSON.stringify(reply))
  const roots = { roots: [{ uri: 'file:///x' }] }
  assert.equal(text(await it.call('asksRoots', { inputResponses: { roots } })), JSON.stringify(roots))
})

const LACKING: [string, ClientCapabilities, object][] = [
  ['asksOnce', { sampling: {} }, { elicitation: {} }],
  ['asksOnce', { elicitation: { url: {} } }, { elicitation: { form: {} } }],
  ['asksModel', {}, { sampling: {} }],
  ['asksRoots', { elicitation: {} }, { roots: {} }],
]
for (const [name, declared, requiredCapabilities] of LACKING)
  test(`${name} is refused for a client that declares only ${JSON.stringify(declared)}`, async () => {
    await using it = await start({ clientCapabilities: declared })
    await assert.rejects(it.call(name), { code: -32021, data: { requiredCapabilities } })
  })

test('a state that was tampered with, or belongs to another call or caller, is refused', async () => {
  await using it = await start()
  const { requestState } = asked(await it.call('asksOnce'))
  const refusal = { code: -32602, message: /start the call again/ }
  const inputResponses = { sure: accept }
  await assert.rejects(
    it.call('asksOnce', { inputResponses, requestState: `${requestState}-TAMPERED` }),
    refusal,
  )
  await assert.rejects(it.call('asksOnce', { inputResponses, requestState: 5 }), refusal)
  await assert.rejects(it.call('asksTwice', { inputResponses, requestState }), refusal)
  await assert.rejects(it.call('asksOnce', { inputResponses, requestState, arguments: { x: 1 } }), refusal)
  const _meta = { [META.caller]: 'eve' }
  await assert.rejects(it.call('asksOnce', { inputResponses, requestState, _meta }), refusal)
})

test('a state is refused even by a handler that asks nothing', async () => {
  await using it = await start()
  await assert.rejects(it.call('echo', { arguments: { text: 'a' }, requestState: 'x' }), { code: -32602 })
})

test('a state outlives the process if the server has a state directory, and only then', async () => {
  const state = await mkdtemp(join(tmpdir(), 'rounds-'))
  try {
    const stateOf = async (options: HarnessOptions) => {
      await using it = await start(options)
      return asked(await it.call('asksOnce')).requestState
    }
    const inputResponses = { sure: accept }
    const kept = await stateOf({ directories: { state } })
    await using later = await start({ directories: { state } })
    assert.equal(text(await later.call('asksOnce', { inputResponses, requestState: kept })), 'answer: accept')
    await assert.rejects(later.call('asksOnce', { inputResponses, requestState: await stateOf({}) }), {
      code: -32602,
    })
  } finally {
    await rm(state, { recursive: true })
  }
})

test('prompts and resources may ask, too, and what comes of answers is not for a cache', async () => {
  await using it = await start()
  const { connection } = it.running
  asked(await connection.request('prompts/get', { name: 'asking' }))
  const inputResponses = { sure: accept }
  const prompt = await connection.request('prompts/get', { name: 'asking', inputResponses })
  assert.equal((prompt.messages as { content: { text: string } }[])[0]?.content.text, 'accept')
  const uri = 'sample://items/asking'
  const first = asked(await connection.request('resources/read', { uri }))
  assert.equal(first.ttlMs, undefined)
  const { contents, ttlMs } = await connection.request('resources/read', { uri, inputResponses })
  assert.deepEqual([contents, ttlMs], [[{ uri, text: 'item asking' }], 0])
})

test('methods that cannot ask overlook answers', async () => {
  await using it = await start()
  assert.equal(
    (await it.running.connection.request('tools/list', { inputResponses: null })).resultType,
    'complete',
  )
})
