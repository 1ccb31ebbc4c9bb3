/** What a server of models sends of an answer, on its way through the gateway. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestOptions } from '../../client/request.ts'
import { readModelAliases } from '../../contracts/testing/read-model-aliases.ts'
import { META, NOTIFICATION, type Result } from '../../protocol/mcp.ts'
import type { AnswerRoom } from '../call/answer-room.ts'
import type { CallTrace, ConsentedCall, Drained } from '../call/call.ts'
import { answer } from './answer.ts'
import type { Chunk } from './chunks.ts'
import { modelServers } from './model-server.ts'
import { readRequest } from './request.ts'
import { TokenUsage } from './token-usage.ts'

type Send = (method: string, params: Record<string, unknown>) => unknown
const USAGE = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
const whole = (content: string, more: object = {}) => ({
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', ...more }],
  usage: USAGE,
})

/** Asks through a server of models that does what it is given, and gives what its caller got. */
async function asked(
  serve: (send: Send, signal: AbortSignal) => Promise<object>,
  { stream = true, onChunk = () => undefined }: { stream?: boolean; onChunk?: () => Drained } = {},
) {
  const metas: Record<string, unknown>[] = []
  const backend = {
    async request(
      _: string,
      params: Record<string, unknown>,
      options: RequestOptions & { signal: AbortSignal },
    ) {
      metas.push(params._meta as Record<string, unknown>)
      const send: Send = (method, fields) => options.onNotification?.(method, fields)
      const structuredContent = await serve(send, options.signal)
      return { resultType: 'complete', content: [], structuredContent } as Result
    },
  }
  const slot: string[] = []
  const grant = { tier: 'OWNER', llm: { allowsModel: () => true }, ofUser: { tier: 'OWNER' } }
  const call = {
    grant,
    principal: { id: 'p', user: 'u' },
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    deadline: performance.now() + 60_000,
    slot: { suspend: () => slot.push('suspend'), resume: () => slot.push('resume') },
    checkAgain() {},
  } as unknown as ConsentedCall
  const models = {
    aliases: () => readModelAliases({}),
    callServer: modelServers(() => backend, {} as AnswerRoom),
    usage: new TokenUsage({ load: () => [], async save() {} }),
    onFallback() {},
  }
  const chunks: Chunk[] = []
  const queued: number[] = []
  const listener = {
    chunk(chunk: Chunk) {
      chunks.push(chunk)
      return onChunk()
    },
    queued: (position: number) => void queued.push(position),
  }
  const request = readRequest('chat', { messages: [{ role: 'user', content: 'Hi' }], stream })
  const work = answer(models, call, {} as CallTrace, request, stream ? listener : undefined)
  const outcome = await work.then(
    (value) => ({ value, error: undefined }),
    (error) => ({ value: undefined, error }),
  )
  return { ...outcome, chunks, queued, slot, metas }
}

const textOf = (chunks: readonly Chunk[]) =>
  chunks.map(({ choices: [choice] }) => (choice && 'delta' in choice ? choice.delta.content : '')).join('')

test('deltas become chunks in their order, and the answer adds what was not sent yet', async () => {
  const { chunks, queued, slot, metas } = await asked(async (send) => {
    send(NOTIFICATION.modelStatus, { queued: { position: 2 } })
    send(NOTIFICATION.modelStatus, { pausing: true })
    send(NOTIFICATION.modelStatus, { pausing: false })
    send(NOTIFICATION.delta, { delta: { content: 'a' } })
    send(NOTIFICATION.delta, {
      delta: { content: 'b', own: 1 },
      more: { logprobs: {} },
      around: { citations: [] },
    })
    return whole('ab')
  })
  assert.equal(metas[0]?.[META.deltas], true)
  assert.deepEqual([queued, slot.slice(0, 2)], [[2], ['suspend', 'resume']])
  assert.equal(textOf(chunks), 'ab')
  assert.deepEqual(
    chunks.map(({ choices: [choice] }) => choice?.finish_reason),
    [null, null, 'stop'],
  )
  const { citations, choices } = chunks[1] as Chunk & { citations: unknown }
  assert.deepEqual(citations, [])
  assert.deepEqual(choices[0], {
    index: 0,
    delta: { content: 'b', own: 1 },
    finish_reason: null,
    logprobs: {},
  })
})

test('a delta is acknowledged to its server once the caller has taken its chunk', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { error } = await asked(
    async (send) => {
      assert.equal(send(NOTIFICATION.delta, { delta: { content: 'a' } }), promise)
      resolve()
      await promise
      return whole('a')
    },
    { onChunk: () => promise },
  )
  assert.equal(error, undefined)
})

test('without a stream the server is asked for no deltas', async () => {
  const { value, chunks, metas } = await asked(async () => whole('a'), { stream: false })
  assert.equal(metas[0]?.[META.deltas], undefined)
  assert.deepEqual([value?.usage, chunks], [USAGE, []])
})

test('a delta that can’t be read ends the answer, which would have a hole without it', async () => {
  const { error, chunks } = await asked(async (send, signal) => {
    send(NOTIFICATION.delta, { delta: { content: 'a' } })
    send(NOTIFICATION.delta, { delta: { content: 5 } })
    assert.ok(signal.aborted, 'the server is asked to stop')
    send(NOTIFICATION.delta, { delta: { content: 'b' } })
    throw signal.reason
  })
  assert.equal(textOf(chunks), 'a')
  assert.deepEqual(
    [error.data.code, error.message],
    ['broken_answer', 'The language model gave an answer that is none.'],
  )
})

test('an answer that is none is reported as that, whatever it is', async () => {
  for (const given of [
    ...[{}, { choices: {} }, { choices: ['x'] }, { choices: [{ message: { content: 5 } }] }],
    ...[{ choices: [{ index: -1, text: 'x' }] }, { choices: [{ message: { tool_calls: ['x'] } }] }],
  ])
    for (const stream of [true, false])
      assert.equal((await asked(async () => given, { stream })).error?.data.code, 'broken_answer')
})

test('what is no delta and no status is passed over', async () => {
  const { error, chunks } = await asked(async (send) => {
    send(NOTIFICATION.progress, {
      progressToken: 'answer',
      progress: 1,
      message: '{"delta":{"content":"x"}}',
    })
    send(NOTIFICATION.modelStatus, { queued: 'long' })
    return whole('a')
  })
  assert.equal(error, undefined)
  assert.equal(textOf(chunks), 'a')
})
