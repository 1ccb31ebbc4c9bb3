/** Providers that answer in other ways than OpenAI's reference has it, through the whole of the appliance. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import OpenAI from 'openai'
import { type Appliance, startAppliance } from './support/appliance.ts'
import { failureOf } from './support/failure-of.ts'
import { ANSWER, type Dictated, type Provider, startProvider } from './support/provider.ts'

const messages = [{ role: 'user' as const, content: 'What colour is the sky?' }]
const EVENTS = { 'content-type': 'text/event-stream' }

let provider: Provider
let a: Appliance
let openai: OpenAI
/** What a provider has shown that it takes is remembered, so that each test has a model of its own. */
let model = ''
let tests = 0

before(async () => {
  provider = await startProvider()
  const names = Array.from({ length: 120 }, (_, i) => `m${i}`)
  a = await startAppliance({
    models: `
providers:
${names.map((name) => `  ${name}: {api_base_url: "${provider.url}/${name}/..", timeout_seconds: 2, retries: 0}`).join('\n')}
  good: {api_base_url: "${provider.url}", retries: 0}
models:
${names.map((name) => `  ${name}: {provider: ${name}}\n  ${name}-or-sky: {provider: ${name}, model_name: ${name}, fallback: [sky]}`).join('\n')}
  sky: {provider: good}
`,
  })
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
})
beforeEach(() => {
  model = `m${tests++}`
})
after(async () => {
  await a?.stop()
  await provider?.[Symbol.asyncDispose]()
})

const ask = (answer: Dictated, more: object = {}) =>
  openai.chat.completions.create({ model, messages, ...more, metadata: { answer } as never })
const read = async (answer: Dictated, more: object = {}) => {
  const stream = await openai.chat.completions.create({
    model,
    messages,
    stream: true,
    ...more,
    metadata: { answer } as never,
  })
  const chunks: OpenAI.ChatCompletionChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  const said = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
  return { chunks, said, reason: chunks.map(({ choices }) => choices[0]?.finish_reason).find(Boolean) }
}
const asked = () => provider.asked.filter(({ body }) => body.model === model).map(({ body }) => body)

const whole = (content: string, more: object = {}) =>
  JSON.stringify({
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    system_fingerprint: 'fp',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', ...more }],
  })
const event = (value: unknown) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`
const piece = (content: string, more: object = {}, around: object = {}) =>
  event({
    id: 'x',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    ...around,
    choices: [{ index: 0, delta: { content }, finish_reason: null, ...more }],
  })

const SAYS_ERROR: readonly [name: string, body: string, status: number, code: string][] = [
  ['an error', '{"error": {"message": "It is out of order."}}', 502, 'broken_answer'],
  [
    'an error in a choice',
    '{"choices": [{"index": 0, "message": {"content": ""}, "finish_reason": "error", "error": {"message": "It is out of order.", "code": 503}}]}',
    503,
    'unavailable',
  ],
  [
    'an error of vLLM',
    '{"object": "error", "message": "It is out of order.", "type": "InternalServerError", "param": null, "code": 500}',
    503,
    'unavailable',
  ],
  ['words alone', '{"detail": "It is out of order."}', 502, 'broken_answer'],
  [
    'a list of errors',
    '{"success": false, "errors": [{"code": 7, "message": "It is out of order."}], "result": null}',
    502,
    'broken_answer',
  ],
  [
    'an error of Anthropic',
    '{"type": "error", "error": {"type": "overloaded_error", "message": "It is out of order."}}',
    503,
    'unavailable',
  ],
  [
    'an error of Gemini',
    '[{"error": {"code": 429, "message": "It is out of order.", "status": "RESOURCE_EXHAUSTED"}}]',
    429,
    'rate_limit_exceeded',
  ],
  [
    'an error of another that is quoted',
    '{"error": {"message": "Provider returned error", "code": 503, "metadata": {"raw": "{\\"error\\":{\\"message\\":\\"It is out of order.\\"}}", "provider_name": "X"}}}',
    503,
    'unavailable',
  ],
  ['an error that is a text', '{"error": "It is out of order."}', 502, 'broken_answer'],
  ['an error in a list', '[{"error": {"message": "It is out of order.", "code": 503}}]', 503, 'unavailable'],
  [
    'an error with a status',
    '{"error": {"message": "It is out of order.", "code": 429}}',
    429,
    'rate_limit_exceeded',
  ],
]
for (const [name, body, status, code] of SAYS_ERROR)
  test(`200 with ${name} is that error, and another model answers instead`, async () => {
    const streamed = { headers: EVENTS, body: [event(body)] }
    for (const work of [() => ask({ body: [body] }), () => read({ body: [body] }), () => read(streamed)]) {
      const error = await failureOf(work())
      assert.deepEqual([error.status, error.code], [status, code])
      assert.match(error.message, /It is out of order/)
    }
    const own = model
    model = `${own}-or-sky`
    for (const answer of [{ body: [body] }, streamed]) {
      // The one that stands in is asked the same, and does as it is asked, too.
      const before = provider.asked.length
      await failureOf(ask(answer))
      await failureOf(read(answer))
      const models = provider.asked.slice(before).map((one) => one.body.model)
      assert.deepEqual(models, [own, 'sky', own, 'sky'])
    }
  })

test('what is neither an answer nor an error is none, in whatever way it was asked for', async () => {
  for (const body of [
    '{}',
    '{"choices": null}',
    '{"choices": []}',
    '"hello"',
    '[]',
    'null',
    '{"message": "hi"}',
  ])
    for (const work of [ask, read]) {
      const error = await failureOf(work({ body: [body] }))
      assert.deepEqual([error.status, error.code], [502, 'broken_answer'], body)
    }
})

test('an answer in one piece is sent in pieces, and one in pieces as a whole', async () => {
  const { said, reason } = await read({ body: [whole('The sky is blue.')] })
  assert.deepEqual([said, reason], ['The sky is blue.', 'stop'])
  const body = [piece('The sky '), piece('is blue.'), event('[DONE]')]
  const { choices } = await ask({ headers: EVENTS, body })
  assert.equal(choices[0]?.message.content, 'The sky is blue.')
})

test('a message in a stream is what is said, and one at its end is not said again', async () => {
  const message = { delta: undefined, message: { role: 'assistant', content: 'blue' }, finish_reason: 'stop' }
  for (const body of [[piece('', message)], [piece('blue'), piece('', message)]])
    assert.equal((await read({ headers: EVENTS, body })).said, 'blue')
})

for (const [name, body] of [
  ['[DONE] without a reason', [piece('blue'), event('[DONE]')]],
  ['null as a reason in one piece', [whole('blue', { finish_reason: null })]],
  ['a reason of Gemini', [piece('blue', { finish_reason: 'STOP' }), event('[DONE]')]],
  ['a reason of Anthropic', [piece('blue', { finish_reason: 'end_turn' }), event('[DONE]')]],
  ['an empty reason in each piece', [piece('blue', { finish_reason: '' }), event('[DONE]')]],
  [
    'usage behind it without [DONE]',
    [piece('blue'), event({ object: 'chat.completion.chunk', choices: [], usage: { total_tokens: 3 } })],
  ],
  ['[DONE] without an empty line behind it', [piece('blue'), 'data: [DONE]']],
  ['a reason without [DONE]', [piece('blue', { finish_reason: 'stop' })]],
] as const)
  test(`${name} is an end`, async () => {
    const { said, reason } = await read({ headers: EVENTS, body })
    assert.deepEqual([said, reason], ['blue', 'stop'])
    const { choices } = await ask({ headers: EVENTS, body })
    assert.deepEqual([choices[0]?.message.content, choices[0]?.finish_reason], ['blue', 'stop'])
  })

for (const [name, body] of [
  ['with carriage returns', [piece('blue').replaceAll('\n', '\r\n'), 'data: [DONE]\r\n\r\n']],
  ['with carriage returns alone', [`${piece('blue')}${event('[DONE]')}`.replaceAll('\n', '\r')]],
  ['behind a mark of the order of bytes', [`\uFEFF${piece('blue')}`, event('[DONE]')]],
  ['without a space behind the colon', [piece('blue').replace('data: ', 'data:'), 'data:[DONE]\n\n']],
  [
    'between comments and other fields',
    [`: ping\n\nid: 1\nretry: 5\n${piece('blue')}: ping\n`, event('[DONE]')],
  ],
  ['over several lines', [piece('blue').replace(',"choices"', '\ndata: ,"choices"'), event('[DONE]')]],
] as const)
  test(`events ${name} are read`, async () => {
    assert.equal((await read({ headers: EVENTS, body })).said, 'blue')
    assert.equal((await ask({ headers: EVENTS, body })).choices[0]?.message.content, 'blue')
  })

test('empty lines that keep a connection alive are no part of an answer in one piece', async () => {
  for (const headers of [{}, EVENTS])
    for (const body of [['\n\n', '\n', whole('blue')], [`\uFEFF\n${whole('blue')}`]]) {
      assert.equal((await ask({ headers, body })).choices[0]?.message.content, 'blue')
      assert.equal((await read({ headers, body })).said, 'blue')
    }
})

test('usage that is given in another place, or with every piece, is passed on as it is', async () => {
  const usage = { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 }
  const each = piece('blue', {}, { usage: { ...usage, completion_tokens: 0 } })
  const last = piece('', { delta: {}, finish_reason: 'stop' }, { usage, x_groq: { id: 'q' } })
  const { choices, usage: told } = await ask({ headers: EVENTS, body: [each, last, event('[DONE]')] })
  assert.equal(choices[0]?.message.content, 'blue')
  assert.equal(told?.completion_tokens, 1)
})

test('neither a reason nor [DONE] is no end', async () => {
  assert.match((await failureOf(read({ headers: EVENTS, body: [piece('blue')] }))).message, /half-way/)
})

for (const [name, broken] of [
  ['in a field of its own', 'error: {"code": 503, "message": "It is out of order."}\n\n'],
  ['without the form of an event', '{"error": {"code": 503, "message": "It is out of order."}}\n'],
  ['as an event of that name', 'event: error\ndata: {"code": 503, "message": "It is out of order."}\n\n'],
  ['as a choice with that reason', piece('', { finish_reason: 'error' })],
] as const)
  test(`an answer that is broken off by an error ${name} is not taken for a whole one`, async () => {
    for (const before of [[': it works\n\n'], [piece('blue')]]) {
      const error = await failureOf(read({ headers: EVENTS, body: [...before, broken, event('[DONE]')] }))
      assert.match(
        error.message,
        name.startsWith('as a choice') ? /ended with an error/ : /It is out of order/,
      )
    }
  })

test('what is said to be of another type is read as what it is', async () => {
  assert.equal((await ask({ headers: EVENTS, body: [whole('blue')] })).choices[0]?.message.content, 'blue')
  assert.equal((await read({ body: [piece('blue'), event('[DONE]')] })).said, 'blue')
  assert.equal(
    (await read({ headers: { 'content-type': 'text/plain' }, body: [whole('blue')] })).said,
    'blue',
  )
})

/** Calls of tools as providers tell them, each of which is two whole calls. */
const named = (name: string, args: unknown) => ({ type: 'function', function: { name, arguments: args } })
const TWO_CALLS: Readonly<Record<string, object[]>> = {
  'without an index': [
    { id: 'a', ...named('f', '{}') },
    { id: 'b', ...named('g', '{}') },
  ],
  'with one index for all': [
    { index: 0, id: 'a', ...named('f', '{}') },
    { index: 0, id: 'b', ...named('g', '{}') },
  ],
  'that begin at 1': [
    { index: 1, id: 'a', ...named('f', '{}') },
    { index: 2, id: 'b', ...named('g', '{}') },
  ],
  'whose id is taken back': [
    { index: 0, id: 'a', ...named('f', '') },
    { index: 0, id: '', function: { name: null, arguments: '{}' } },
    { index: 1, id: 'b', ...named('g', '') },
    { index: 1, id: '', function: { name: '', arguments: '{}' } },
  ],
  'with arguments that are no text': [
    { index: 0, id: 'a', ...named('f', {}) },
    { index: 1, id: 'b', ...named('g', {}) },
  ],
}
for (const [name, calls] of Object.entries(TWO_CALLS))
  test(`calls of tools ${name} are distinguished`, async () => {
    const answer = {
      headers: EVENTS,
      body: [...calls.map((call) => piece('', { delta: { tool_calls: [call] } })), event('[DONE]')],
    }
    const right = [
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
      { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
    ]
    assert.deepEqual((await ask(answer)).choices[0]?.message.tool_calls, right)
    // As the official client puts them together.
    const run = openai.chat.completions.stream({ model, messages, metadata: { answer } as never })
    const [choice] = (await run.finalChatCompletion()).choices
    const { tool_calls: made } = JSON.parse(JSON.stringify(choice?.message))
    assert.deepEqual(
      made.map(({ id, type, function: { name, arguments: args } }: (typeof right)[0]) => ({
        id,
        type,
        function: { name, arguments: args },
      })),
      right,
    )
  })

test('a call of a tool without an id is given one', async () => {
  const body = [piece('', { delta: { tool_calls: [{ id: '', ...named('f', '{}') }] } }), event('[DONE]')]
  const { choices } = await ask({ headers: EVENTS, body })
  assert.match(choices[0]?.message.tool_calls?.[0]?.id ?? '', /^call_/)
})

test('what is said in parts is said as a text, and what is thought beside it', async () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
    { type: 'text', text: 'blue' },
  ]
  const body = [piece('', { delta: { content } }), event('[DONE]')]
  const { said, chunks } = await read({ headers: EVENTS, body })
  assert.equal(said, 'blue')
  const delta = { ...chunks[0]?.choices[0]?.delta } as { reasoning_content?: string }
  assert.equal(delta.reasoning_content, 'Hm.')
  const answered = await ask({ body: [whole('', { message: { role: 'assistant', content } })] })
  assert.equal(answered.choices[0]?.message.content, 'blue')
})

test('what comes before the first choice is sent with it', async () => {
  const filtered = { prompt_filter_results: [{ prompt_index: 0 }] }
  const first = event({ choices: [], id: '', model: '', object: '', ...filtered })
  const { chunks, said } = await read({ headers: EVENTS, body: [first, piece('blue'), event('[DONE]')] })
  assert.equal(said, 'blue')
  assert.deepEqual({ ...chunks[0], ...filtered }, chunks[0])
})

test('a prompt that is too long is that, in whatever words', async () => {
  for (const error of [
    { message: "This model's maximum context length is 8192 tokens.", type: 'BadRequestError', code: 400 },
    {
      message: 'the request exceeds the available context size',
      type: 'exceed_context_size_error',
      code: 400,
    },
    { message: 'prompt is too long: 9000 tokens > 8192 maximum', type: 'invalid_request_error' },
    {
      message: 'The input token count (9000) exceeds the maximum number of tokens allowed (8192).',
      code: 400,
    },
  ]) {
    const told = await failureOf(ask({ status: 400, body: [JSON.stringify({ error })] }))
    assert.deepEqual([told.status, told.code], [400, 'context_length_exceeded'], error.message)
  }
})

test('calls of tools that end without a reason are calls of tools', async () => {
  const call = { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
  const body = [piece('', { delta: { tool_calls: [call] } }), event('[DONE]')]
  assert.equal((await read({ headers: EVENTS, body })).reason, 'tool_calls')
})

test('usage that a provider will not be asked for is left out, and it is not asked again', async () => {
  const { said } = await read({ refuses: ['stream_options'] })
  assert.equal(said, ANSWER)
  const { chunks } = await read({ refuses: ['stream_options'] }, { stream_options: { include_usage: true } })
  assert.ok((chunks.at(-1)?.usage?.total_tokens ?? 0) > 0, 'it is counted here')
  assert.deepEqual(
    asked().map((body) => 'stream_options' in body),
    [true, false, false],
  )
})

test('a refusal that a form of FastAPI tells is understood', async () => {
  const body =
    '{"detail":[{"type":"extra_forbidden","loc":["body","{name}"],"msg":"Extra inputs are not permitted"}]}'
  const answer = { refuses: ['stream_options'], refusal: { status: 422, body } }
  assert.equal((await read(answer)).said, ANSWER)
})

for (const given of ['max_tokens', 'max_completion_tokens'])
  test(`the limit that is given as ${given} goes under the name that the provider takes`, async () => {
    await ask({ refuses: ['max_tokens'] }, { [given]: 20 })
    await ask({ refuses: ['max_tokens'] }, { [given]: 20 })
    assert.deepEqual(
      asked().map((body) => [body.max_tokens, body.max_completion_tokens]),
      [
        [20, undefined],
        [undefined, 20],
        [undefined, 20],
      ],
    )
  })

test('a limit that is too large is reported, and not tried under another name', async () => {
  const body =
    '{"error":{"message":"max_tokens is too large: 20. This model supports at most 10 tokens.","param":"max_tokens"}}'
  const error = await failureOf(
    ask({ refuses: ['max_tokens'], refusal: { status: 400, body } }, { max_tokens: 20 }),
  )
  assert.match(error.message, /too large/)
  assert.equal(asked().length, 1)
})

test('a refusal of what the client said itself is the client’s', async () => {
  const error = await failureOf(ask({ refuses: ['temperature'] }, { temperature: 2 }))
  assert.deepEqual([error.status, error.code], [400, 'unsupported_parameter'])
  assert.equal(asked().length, 1)
})

test('probabilities, and fields that are unknown here, come through in both ways', async () => {
  const logprobs = {
    content: [{ token: 'blue', logprob: -0.5, bytes: null, top_logprobs: [] }],
    refusal: null,
  }
  const filter = { content_filter_results: { hate: { filtered: false } } }
  const answered = await ask({ body: [whole('blue', { logprobs, ...filter })] })
  assert.deepEqual(answered.choices[0]?.logprobs, logprobs)
  const body = [
    piece('blue', { logprobs, ...filter }, { system_fingerprint: 'fp', citations: ['x'] }),
    piece('', { delta: {}, finish_reason: 'stop' }),
    event('[DONE]'),
  ]
  const { chunks } = await read({ headers: EVENTS, body })
  const [first] = chunks
  assert.deepEqual(first?.choices[0]?.logprobs, logprobs)
  assert.deepEqual({ ...first?.choices[0], ...filter }, first?.choices[0])
  assert.equal(first?.system_fingerprint, 'fp')
  assert.deepEqual((first as unknown as { citations: unknown }).citations, ['x'])
  for (const answer of [{ body: [whole('blue', { logprobs })] }, { headers: EVENTS, body }]) {
    const { choices } = await ask(answer)
    assert.deepEqual(choices[0]?.logprobs, logprobs)
    const { chunks: told } = await read(answer)
    assert.deepEqual(told[0]?.choices[0]?.logprobs, logprobs)
  }
})

const REFUSALS: readonly [status: number, error: object, code: string | null][] = [
  [
    400,
    { message: 'The prompt was filtered.', type: 'invalid_request_error', code: 'content_filter' },
    'content_filter',
  ],
  [402, { message: 'There is no credit left.', code: 'insufficient_credits' }, 'insufficient_credits'],
  [402, { message: 'There is no credit left.' }, 'payment_required'],
  [413, { message: 'The request is too large.', type: 'request_too_large' }, 'invalid_request'],
  [422, { message: 'It has no such voice.', param: 'voice', code: 'bad_voice' }, 'bad_voice'],
  [429, { message: 'The quota is used up.', code: 'insufficient_quota' }, 'insufficient_quota'],
]
for (const [status, error, code] of REFUSALS)
  test(`${status} with the code ${code} stays that`, async () => {
    for (const work of [ask, read]) {
      const told = await failureOf(work({ status, body: [JSON.stringify({ error })] }))
      assert.deepEqual([told.status, told.code], [status, code])
      if ('param' in error) assert.equal(told.param, error.param)
      if (status !== 429 && 'type' in error) assert.equal(told.type, error.type)
    }
  })

test('a refusal in any shape says what it says', async () => {
  for (const [body, said] of [
    ['{"message": "No such day."}', /No such day/],
    ['{"detail": "No such day."}', /No such day/],
    ['{"detail": [{"loc": ["body", "n"], "msg": "too many"}]}', /body\.n: too many/],
    ['No such day.', /No such day/],
    ['<html><h1>Oops</h1></html>', /refuses the request: HTTP 400/],
    ['', /HTTP 400/],
    ['[[[', /refuses/],
  ] as const)
    assert.match((await failureOf(ask({ status: 400, body: [body] }))).message, said)
})

test('one that goes silent in the middle of an answer in one piece is given up', async () => {
  const error = await failureOf(ask({ body: ['{"choices": ['], stays: true }))
  assert.deepEqual([error.status, error.code], [504, 'timeout'])
})
