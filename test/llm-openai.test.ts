/** `/v1`, asked by the official client: conversations, texts, vectors and the list of models. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { type Appliance, until } from './support/appliance.ts'
import { type LanguageModels, QUESTION, SCHEMA, startLanguageModels } from './support/language-models.ts'
import { ANSWER, type Provider, SECRET_KEY } from './support/provider.ts'

const TOOLS = [
  {
    type: 'function' as const,
    function: { name: 'get_current_time', parameters: { type: 'object', properties: {} } },
  },
]

let models: LanguageModels
let a: Appliance
let provider: Provider
let openai: OpenAI
before(async () => {
  models = await startLanguageModels()
  ;({ appliance: a, provider, openai } = models)
})
after(() => models?.[Symbol.asyncDispose]())
const lastAsked = () => provider.asked.at(-1)

for (const [model, words] of [
  ['sky', ANSWER],
  ['tiny', 'I am tiny.'],
  ['pocket', 'I am tiny.'],
  ['fixture:1', ANSWER],
] as const)
  test(`the model ${model} answers in one piece and in pieces`, async () => {
    const whole = await openai.chat.completions.create({ model, messages: QUESTION })
    assert.equal(whole.object, 'chat.completion')
    assert.equal(whole.model, model)
    assert.equal(whole.choices[0]?.message.content, words)
    assert.equal(whole.choices[0]?.finish_reason, 'stop')
    assert.ok((whole.usage?.completion_tokens ?? 0) > 0)
    const stream = await openai.chat.completions.create({
      model,
      messages: QUESTION,
      stream: true,
      stream_options: { include_usage: true },
    })
    let said = ''
    const reasons: unknown[] = []
    let usage: OpenAI.CompletionUsage | null | undefined
    let first = true
    for await (const chunk of stream) {
      if (first) assert.equal(chunk.choices[0]?.delta.role, 'assistant')
      first = false
      said += chunk.choices[0]?.delta.content ?? ''
      if (chunk.choices[0]?.finish_reason) reasons.push(chunk.choices[0].finish_reason)
      usage = chunk.usage ?? usage
      assert.equal(chunk.model, model)
    }
    assert.equal(said, words)
    assert.deepEqual(reasons, ['stop'])
    assert.deepEqual(usage, whole.usage)
  })

test('a provider is asked for its own model, with its own key, and for nothing that is the gateway’s', async () => {
  await openai.chat.completions.create({
    model: 'sky',
    messages: QUESTION,
    temperature: 0.5,
    seed: 7,
    max_tokens: 20,
    user: 'ada',
  })
  assert.equal(lastAsked()?.key, SECRET_KEY)
  assert.deepEqual(lastAsked()?.body, {
    messages: QUESTION,
    temperature: 0.5,
    seed: 7,
    max_tokens: 20,
    user: 'ada',
    model: 'sky-1',
  })
})

test('complexity chooses a model of the provider', async () => {
  const body = { messages: QUESTION, complexity: 2 } as unknown as OpenAI.ChatCompletionCreateParams
  await openai.chat.completions.create(body)
  assert.equal(lastAsked()?.body.model, 'best-1')
})

test('a tool is called in one piece, in pieces, and its result is given back', async () => {
  const request = { model: 'sky', messages: QUESTION, tools: TOOLS }
  const whole = await openai.chat.completions.create(request)
  const [call] = whole.choices[0]?.message.tool_calls ?? []
  assert.equal(call?.type === 'function' && call.function.arguments, '{"timezone":"UTC"}')
  const final = await openai.chat.completions.stream(request).finalChatCompletion()
  assert.deepEqual(final.choices[0]?.message.tool_calls?.[0]?.id, call?.id)
  assert.equal(final.choices[0]?.finish_reason, 'tool_calls')
  const next = await openai.chat.completions.create({
    ...request,
    messages: [
      ...QUESTION,
      whole.choices[0]?.message as OpenAI.ChatCompletionMessage,
      { role: 'tool', tool_call_id: call?.id ?? '', content: '12:00' },
    ],
  })
  assert.equal(next.choices[0]?.message.content, ANSWER)
})

test('a JSON schema reaches the provider, and the answer that follows it the client', async () => {
  const parsed = await openai.chat.completions.parse({
    model: 'sky',
    messages: QUESTION,
    response_format: { type: 'json_schema', json_schema: { name: 'sky', schema: SCHEMA, strict: true } },
  })
  assert.deepEqual(lastAsked()?.body.response_format.json_schema.schema, SCHEMA)
  assert.equal(parsed.choices[0]?.message.content, '{"colour":"blue"}')
})

test('texts are completed and embedded', async () => {
  const whole = await openai.completions.create({ model: 'sky', prompt: 'The' })
  assert.equal(whole.choices[0]?.text, ANSWER)
  let said = ''
  for await (const { choices } of await openai.completions.create({
    model: 'sky',
    prompt: 'The',
    stream: true,
  }))
    said += choices[0]?.text ?? ''
  assert.equal(said, ANSWER)
  const { data, usage } = await openai.embeddings.create({ model: 'sky', input: ['a', 'b'] })
  assert.deepEqual(
    data.map(({ embedding }) => embedding),
    [
      [0.5, 0],
      [0.5, 1],
    ],
  )
  assert.deepEqual(usage, { prompt_tokens: 3, total_tokens: 3 })
})

test('models are listed, those of models.yaml and those of this machine, and looked up', async () => {
  const ids = []
  for await (const { id, object, owned_by } of openai.models.list())
    ids.push([id, object, owned_by].join(' '))
  assert.deepEqual(ids, [
    'sky model fixture',
    'endless model fixture',
    'pocket model local',
    'tiny model local',
    'tiny-embed model local',
  ])
  assert.equal((await openai.models.retrieve('tiny')).id, 'tiny')
  await assert.rejects(openai.models.retrieve('large'), OpenAI.NotFoundError)
})

test('the answer of a model that is cut off says so', async () => {
  const whole = await openai.chat.completions.create({ model: 'tiny', messages: QUESTION, max_tokens: 2 })
  assert.deepEqual([whole.choices[0]?.message.content, whole.choices[0]?.finish_reason], ['I am', 'length'])
  const response = await openai.responses.create({ model: 'tiny', input: 'x', max_output_tokens: 2 })
  assert.deepEqual(
    [response.status, response.incomplete_details?.reason],
    ['incomplete', 'max_output_tokens'],
  )
})

test('a client that stops reading stops the model, here and elsewhere', async () => {
  const before = a.log().split('generation stopped').length
  const messages = [{ role: 'user' as const, content: 'forever' }]
  const here = await openai.chat.completions.create({ model: 'tiny', stream: true, messages })
  for await (const _ of here) break
  await until('generation stopped', () => a.log().split('generation stopped').length > before)
  const elsewhere = await openai.chat.completions.create({ model: 'endless', stream: true, messages })
  for await (const _ of elsewhere) break
  assert.equal(await lastAsked()?.abandoned, true)
})
