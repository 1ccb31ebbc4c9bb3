import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ModelProvider } from '../../contracts/model-aliases.ts'
import { machineClock } from '../../host/clock.ts'
import { readDelta } from '../../protocol/model-delta.ts'
import { assemble } from './assemble.ts'
import { ProviderFailure } from './failure.ts'
import { createProviders } from './providers.ts'
import { withRetries } from './retries.ts'

const chunk = (delta: object, more = {}) => ({ id: 'x', model: 'm', choices: [{ index: 0, delta, ...more }] })

test('an answer in pieces comes to the same as one in one piece', () => {
  const whole = assemble()
  whole.add(chunk({ role: 'assistant', content: null }))
  whole.add(chunk({ content: 'Hel' }))
  whole.add(chunk({ content: 'lo', reasoning_content: 'hm' }))
  whole.add(
    chunk({ tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } }] }),
  )
  whole.add(chunk({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }))
  whole.add(chunk({ tool_calls: [{ index: 1, id: 'd', type: 'function', function: { name: 'g' } }] }))
  const told = whole.add(chunk({}, { finish_reason: 'tool_calls' }))
  assert.deepEqual(told, [{ delta: {}, finish_reason: 'tool_calls' }])
  whole.add({ choices: [], usage: { prompt_tokens: 1 } })
  assert.deepEqual(whole.result(), {
    id: 'x',
    model: 'm',
    object: 'chat.completion',
    usage: { prompt_tokens: 1 },
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Hello',
          reasoning_content: 'hm',
          tool_calls: [
            { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } },
            { id: 'd', type: 'function', function: { name: 'g', arguments: '' } },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
  })
})

test('what we do not know of an answer in pieces passes through, joined as it came', () => {
  const whole = assemble()
  const logprobs = (token: string) => ({ logprobs: { content: [{ token, logprob: -1 }], refusal: null } })
  const [told] = whole.add({ ...chunk({ content: 'a' }, logprobs('a')), citations: ['x'] })
  assert.deepEqual(told, { delta: { content: 'a' }, more: logprobs('a'), around: { citations: ['x'] } })
  whole.add(chunk({ content: 'b', function_call: { name: 'f', arguments: '{' } }, logprobs('b')))
  whole.add(chunk({ function_call: { arguments: '}' }, __proto__: null }, { logprobs: null }))
  whole.add(JSON.parse('{"choices": [{"delta": {"__proto__": {"polluted": 1}}}]}'))
  const { choices, citations } = whole.result() as { choices: object[]; citations: unknown }
  assert.deepEqual(citations, ['x'])
  assert.deepEqual(JSON.parse(JSON.stringify(choices[0])), {
    index: 0,
    finish_reason: 'stop',
    logprobs: {
      content: [...logprobs('a').logprobs.content, ...logprobs('b').logprobs.content],
      refusal: null,
    },
    message: {
      role: 'assistant',
      content: 'ab',
      function_call: { name: 'f', arguments: '{}' },
      ...JSON.parse('{"__proto__": {"polluted": 1}}'),
    },
  })
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

test('of whatever a provider sends, each delta is one that the gateway takes, and says all that came', () => {
  const names = fc.constantFrom('role', 'content', 'refusal', 'reasoning_content', 'tool_calls', 'own')
  const calls = fc.array(fc.dictionary(fc.constantFrom('index', 'id', 'type', 'function'), fc.jsonValue()))
  const delta = fc.dictionary(names, fc.oneof(fc.jsonValue(), calls))
  const choice = fc.record({ index: fc.jsonValue(), delta, finish_reason: fc.jsonValue() })
  fc.assert(
    fc.property(fc.array(choice), (choices) => {
      const whole = assemble()
      for (const told of choices.flatMap((one) => whole.add({ choices: [one] }))) {
        const sent = JSON.parse(JSON.stringify(told))
        assert.deepEqual(readDelta(sent), sent)
      }
    }),
  )
  const odd = { content: { parts: ['a'] }, refusal: 7, reasoning_content: null, role: 1, tool_calls: null }
  assert.deepEqual(assemble().add(chunk(odd)), [
    { delta: { content: '{"parts":["a"]}', refusal: '7', reasoning_content: null } },
  ])
})

test('whatever a provider sends is put together without a fault', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), (choices, calls) => {
      const whole = assemble()
      whole.add({ choices } as never)
      whole.add(chunk({ tool_calls: calls, content: choices }))
      whole.add(chunk({ tool_calls: [{ index: 2 ** 31 }, { index: -1 }] }))
      JSON.stringify(whole.result())
    }),
  )
})

function setUp(...failures: ProviderFailure[]) {
  const waited: number[] = []
  let attempts = 0
  const run = (retries: number, signal = new AbortController().signal) =>
    withRetries(
      retries,
      signal,
      {
        wait: async (ms) => {
          waited.push(ms)
          signal.throwIfAborted()
        },
        random: () => 0,
      },
      async () => {
        attempts++
        const failure = failures.shift()
        if (failure) throw failure
        return 'done'
      },
    )
  return { run, waited, attempts: () => attempts }
}
const failure = (code: ProviderFailure['code'], retryAfterMs?: number) =>
  new ProviderFailure(code, code, retryAfterMs === undefined ? {} : { retryAfterMs })

test('what passes is repeated with growing pauses, or after the one that is asked for', async () => {
  const passing = setUp(failure('unavailable'), failure('timeout'), failure('rate_limited', 3000))
  assert.equal(await passing.run(5), 'done')
  assert.deepEqual(passing.waited, [500, 1000, 3000])
})

test('what does not pass, passes too late, or too often, is not', async () => {
  for (const code of ['unauthorized', 'invalid_request', 'unknown_model', 'broken_answer'] as const) {
    const lasting = setUp(failure(code))
    await assert.rejects(lasting.run(5), { code })
    assert.equal(lasting.attempts(), 1)
  }
  const patient = setUp(failure('rate_limited', 60_000))
  await assert.rejects(patient.run(5), { retryAfterMs: 60_000 })
  const often = setUp(...Array.from({ length: 9 }, () => failure('unavailable')))
  await assert.rejects(often.run(2))
  assert.equal(often.attempts(), 3)
})

test('a caller that goes is not waited for', async () => {
  const gone = setUp(failure('unavailable'))
  await assert.rejects(gone.run(5, AbortSignal.abort(new Error('gone'))), /gone/)
  assert.equal(gone.attempts(), 1)
})

test('a pause that a provider asks for is reported, and ends at once when the caller goes', {
  timeout: 10_000,
}, async () => {
  let asked = 0
  const server = createServer((_, res) => {
    asked++
    res.writeHead(429, { 'retry-after': '19', 'content-type': 'application/json' }).end('{"error": {}}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  try {
    const provider = { name: 'p', baseUrl, secret: 'p', timeoutMs: 5000, retries: 5 } as ModelProvider
    const providers = createProviders({
      aliases: () => Promise.reject(new Error('not asked for')),
      keyOf: async () => undefined,
      clock: machineClock,
    })
    const target = { provider, modelName: 'm' }
    for (const way of ['ask', 'stream'] as const) {
      const caller = new AbortController()
      const told: boolean[] = []
      const onPause = (isPausing: boolean) => {
        told.push(isPausing)
        setImmediate(() => caller.abort(new Error('gone')))
      }
      const work =
        way === 'ask'
          ? providers.ask(target, '/chat/completions', {}, caller.signal, onPause)
          : providers.stream(target, '/chat/completions', {}, caller.signal, () => {}, onPause)
      await assert.rejects(work, /gone/)
      assert.deepEqual(told, [true])
    }
    assert.equal(asked, 2)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
