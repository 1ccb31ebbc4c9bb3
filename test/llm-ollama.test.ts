/** `/api`, asked by Ollama's official client. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Ollama } from 'ollama'
import type { Appliance } from './support/appliance.ts'
import { send } from './support/http.ts'
import { type LanguageModels, QUESTION, SCHEMA, startLanguageModels } from './support/language-models.ts'
import { ANSWER, type Provider } from './support/provider.ts'

let models: LanguageModels
let a: Appliance
let provider: Provider
let ollama: Ollama
before(async () => {
  models = await startLanguageModels()
  ;({ appliance: a, provider } = models)
  ollama = new Ollama({ host: a.origin, headers: { authorization: `Bearer ${a.token}` } })
})
after(() => models?.[Symbol.asyncDispose]())
const lastAsked = () => provider.asked.at(-1)?.body

const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_current_time',
      description: 'Tells it.',
      parameters: { type: 'object', properties: {} },
    },
  },
]

for (const [model, words] of [
  ['sky', ANSWER],
  ['sky:latest', ANSWER],
  ['tiny', 'I am tiny.'],
] as const)
  test(`${model} answers, in one piece and in pieces`, async () => {
    const whole = await ollama.chat({ model, messages: QUESTION })
    assert.equal(whole.message.content, words)
    assert.deepEqual([whole.model, whole.done, whole.done_reason], [model, true, 'stop'])
    assert.ok(whole.prompt_eval_count > 0 && whole.eval_count > 0)
    let said = ''
    const ends: boolean[] = []
    for await (const part of await ollama.chat({ model, messages: QUESTION, stream: true })) {
      said += part.message.content
      ends.push(part.done)
    }
    assert.equal(said, words)
    assert.deepEqual([ends.at(-1), ends.slice(0, -1).includes(true)], [true, false])
    const { response } = await ollama.generate({ model, prompt: 'Sky?', system: 'Be brief.' })
    assert.equal(response, words)
  })

test('options go by the names that models know, and a schema is kept to', async () => {
  const options = { temperature: 0.5, num_predict: 20, num_ctx: 4096, top_k: 5, stop: ['x'], seed: 7 }
  const { message } = await ollama.chat({ model: 'sky', messages: QUESTION, options, format: SCHEMA })
  assert.deepEqual(JSON.parse(message.content), { colour: 'blue' })
  assert.deepEqual(lastAsked(), {
    model: 'sky-1',
    messages: QUESTION,
    temperature: 0.5,
    max_tokens: 20,
    stop: ['x'],
    seed: 7,
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: SCHEMA } },
  })
  await ollama.chat({ model: 'sky', messages: QUESTION, format: 'json', options: { num_predict: -1 } })
  assert.deepEqual(lastAsked().response_format, { type: 'json_object' })
  assert.equal(lastAsked().max_tokens, undefined)
})

test('a tool is called in one piece and in pieces, and its result is given back', async () => {
  const { message } = await ollama.chat({ model: 'sky', messages: QUESTION, tools: TOOLS })
  const call = { function: { name: 'get_current_time', arguments: { timezone: 'UTC' } } }
  assert.deepEqual(message.tool_calls, [call])
  const calls = []
  for await (const part of await ollama.chat({
    model: 'sky',
    messages: QUESTION,
    tools: TOOLS,
    stream: true,
  }))
    calls.push(...(part.message.tool_calls ?? []))
  assert.deepEqual(calls, [call])
  const told = { role: 'tool', content: '12:00', tool_name: 'get_current_time' }
  await ollama.chat({ model: 'sky', messages: [...QUESTION, message, told], tools: TOOLS })
  const [, asked, answered] = lastAsked().messages
  assert.equal(answered.tool_call_id, asked.tool_calls[0].id)
  assert.equal(asked.tool_calls[0].function.arguments, '{"timezone":"UTC"}')
})

test('texts are embedded, one or several', async () => {
  const { embeddings } = await ollama.embed({ model: 'sky', input: ['a', 'b'] })
  assert.deepEqual(embeddings, [
    [0.5, 0],
    [0.5, 1],
  ])
  assert.deepEqual((await ollama.embeddings({ model: 'sky', prompt: 'a' })).embedding, [0.5, 0])
})

test('models are listed, shown, and loaded when they are needed', async () => {
  const names = (await ollama.list()).models.map(({ name }) => name)
  assert.ok(names.includes('sky') && names.includes('tiny'), names.join())
  const { capabilities } = await ollama.show({ model: 'tiny' })
  assert.deepEqual(capabilities, ['completion', 'tools'])
  await assert.rejects(ollama.show({ model: 'nobody' }), /model 'nobody' not found/)
  assert.match((await ollama.version()).version, /^\d+\.\d+\.\d+$/)
  assert.deepEqual((await ollama.ps()).models, [])
  const asked = provider.asked.length
  assert.equal((await ollama.generate({ model: 'sky', prompt: '' })).done_reason, 'load')
  assert.equal((await ollama.chat({ model: 'sky' })).done_reason, 'load')
  assert.equal(provider.asked.length, asked)
})

test('what is refused is reported in its shape, with a status', async () => {
  const post = async (path: string, body: object, token = a.token) => {
    const { status, json } = await send(`${a.origin}/api/${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.equal(typeof json.error, 'string')
    return status
  }
  assert.equal(await post('chat', { model: 'sky', messages: QUESTION }, 'lb_no'), 401)
  assert.equal(await post('chat', { model: 'nobody', messages: QUESTION }), 404)
  assert.equal(await post('chat', { model: 'nobody', messages: [] }), 404)
  assert.equal(await post('generate', { model: 'nobody' }), 404)
  assert.equal(await post('chat', { model: 7, messages: QUESTION }), 400)
  assert.equal(await post('chat', { model: 'sky', messages: 'hi' }), 400)
  assert.equal(await post('generate', { model: 'sky', prompt: 5 }), 400)
  assert.equal(await post('pull', { model: 'sky' }), 404)
  assert.equal(await post('tags', {}), 405)
})

test('a client that stops reading stops the model', async () => {
  const stream = await ollama.chat({ model: 'endless', messages: QUESTION, stream: true })
  for await (const _ of stream) break
  stream.abort()
  assert.equal(await provider.asked.at(-1)?.abandoned, true)
})
