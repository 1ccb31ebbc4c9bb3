import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { until } from '../../framework/testing/until.ts'
import { llmServer, user } from './testing/models.ts'

/** The processes that hold a model for this one. */
const workers = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [, , parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/\(.*\)/, '')
          .split(/\s+/)
        return (
          Number(parent) === process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('llm-local/worker')
        )
      } catch {
        return false
      }
    })
    .map(Number)

test('a process that is killed while it answers fails that request alone; the next starts it anew', async () => {
  await using llm = await llmServer({ noise: {} })
  let pieces = 0
  const answer = llm.stream(
    'chat',
    { messages: user('Hello'), max_tokens: 1900 },
    { onMessage: () => pieces++ },
  )
  await until('the answer begins', () => pieces > 1)
  for (const pid of workers()) process.kill(pid, 'SIGKILL')
  const { reply } = await answer
  assert.equal(reply.structuredContent.error.code, 'worker_died')
  const next = await llm.call('chat', { messages: user('Hello'), max_tokens: 1 })
  assert.equal(next.isError, undefined)
})

test('nothing is loaded before the first request, and nothing is left when the server ends', async () => {
  const llm = await llmServer({ noise: {}, vectors: { embedding: true } })
  await llm.call('models', {})
  assert.deepEqual(workers(), [])
  await llm.call('chat', { messages: user('Hello'), max_tokens: 1 })
  await llm.call('embed', { input: 'Hello' })
  assert.equal(workers().length, 2)
  await llm[Symbol.asyncDispose]()
  assert.deepEqual(workers(), [])
})

test('requests at once are answered in their order, and each gets its place', async () => {
  await using llm = await llmServer({ noise: {} })
  await llm.call('chat', { messages: user('Hello'), max_tokens: 1 })
  const order: number[] = []
  const streams = Array.from({ length: 16 }, async (_, i) => {
    const streamed = await llm.stream('chat', { messages: user(`Hello ${i}`), max_tokens: 4 })
    order.push(i)
    return streamed
  })
  const all = await Promise.all(streams)
  assert.deepEqual(
    order,
    Array.from({ length: 16 }, (_, i) => i),
  )
  const places = all.at(-1)?.messages.flatMap(({ queued }) => (queued ? [queued.position] : []))
  assert.equal(places?.at(-1), 1)
  assert.deepEqual(
    places,
    places?.toSorted((a, b) => b - a),
  )
})

test('a request that is given up while waiting is not served, and the others are', async () => {
  await using llm = await llmServer({ noise: {} })
  const running = llm.stream('chat', { messages: user('Hello'), max_tokens: 200 })
  const giveUp = new AbortController()
  let isQueued = false
  const waiting = llm.stream(
    'chat',
    { messages: user('Hello'), max_tokens: 4 },
    { signal: giveUp.signal, onMessage: () => (isQueued = true) },
  )
  const outcome = waiting.catch((error: Error) => error)
  await until('it waits', () => isQueued)
  giveUp.abort(new Error('no patience'))
  assert.match(String(await outcome), /no patience/)
  assert.equal((await running).reply.isError, undefined)
})
