/** A model of this machine through the whole appliance, asked with the official client. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { generateModel, TEMPLATE, TINY } from '../src/models/testing/generate.ts'
import { type Appliance, startAppliance } from './support/appliance.ts'
import { failureOf } from './support/failure-of.ts'

let a: Appliance
let openai: OpenAI
const QUESTION = [{ role: 'user' as const, content: 'What colour is the sky?' }]
const modelsFolder = () => join(a.state, 'models')

before(async () => {
  a = await startAppliance()
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
})
after(() => a?.stop())

test('without a model, the error says how to get one', async () => {
  await assert.rejects(
    openai.chat.completions.create({ model: 'default', messages: QUESTION }),
    /luca model pull/,
  )
})

test('a file that lands in the folder answers at once, whole and in pieces', async () => {
  mkdirSync(modelsFolder(), { recursive: true })
  generateModel(join(modelsFolder(), 'noise.gguf'), { template: TEMPLATE, shape: { ...TINY, context: 4096 } })
  const request = { model: 'noise', messages: QUESTION, max_tokens: 24, seed: 1 }
  const whole = await openai.chat.completions.create(request)
  assert.equal(whole.usage?.completion_tokens, 24)
  let said = ''
  for await (const chunk of await openai.chat.completions.create({ ...request, stream: true }))
    said += chunk.choices[0]?.delta.content ?? ''
  assert.equal(said, whole.choices[0]?.message.content)
})

test('it keeps to a schema, and calls the tool that it must', async () => {
  const schema = {
    type: 'object',
    properties: { sure: { type: 'boolean' } },
    required: ['sure'],
    additionalProperties: false,
  }
  const { choices } = await openai.chat.completions.create({
    model: 'noise',
    messages: QUESTION,
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
  })
  assert.equal(typeof JSON.parse(choices[0]?.message.content ?? '').sure, 'boolean')
  const called = await openai.chat.completions.create({
    model: 'noise',
    messages: QUESTION,
    tool_choice: 'required' as const,
    tools: [
      { type: 'function', function: { name: 'look_up', parameters: { type: 'object', properties: {} } } },
    ],
  })
  const [call] = called.choices[0]?.message.tool_calls ?? []
  assert.ok(call?.type === 'function')
  assert.deepEqual([call.function.name, call.function.arguments], ['look_up', '{}'])
})

test('a client that goes in mid-stream frees the model for the next', async () => {
  const stream = await openai.chat.completions.create({
    model: 'noise',
    messages: QUESTION,
    max_tokens: 4000,
    stream: true,
  })
  let pieces = 0
  for await (const _ of stream) if (++pieces > 2) break
  // Had it gone on, the next answer would have had to wait for all of it.
  const next = await openai.chat.completions.create({ model: 'noise', messages: QUESTION, max_tokens: 1 })
  assert.equal(next.usage?.completion_tokens, 1)
})

test('a model for embeddings gives vectors', async () => {
  generateModel(join(modelsFolder(), 'vectors.gguf'), { embedding: true })
  const { data } = await openai.embeddings.create({
    model: 'vectors',
    input: ['one', 'two'],
    encoding_format: 'float',
  })
  assert.equal(data.length, 2)
  assert.equal(data[0]?.embedding.length, TINY.width)
})

test('it is measured, and shown with what is chosen for it; without a GPU there are no layers to measure', async () => {
  const { code, stdout, stderr } = await a.luca(['model', 'bench', 'noise', '--json'])
  assert.equal(code, 0, stderr)
  const { gpu, gpuLayers, byLayers, threads, tokensPerSecond } = JSON.parse(stdout)
  assert.deepEqual([gpu, gpuLayers, byLayers, threads], [null, 0, {}, 1])
  assert.ok(tokensPerSecond > 0)
  const told = (await a.luca(['model', 'bench', 'noise'])).stdout
  assert.match(told, /"luca model settings --threads 1" keeps that/)
  const shown = async () => {
    const info = JSON.parse((await a.luca(['model', 'info', 'noise', '--json'])).stdout)
    return [info.threads, info.gpuLayers]
  }
  assert.deepEqual(await shown(), ['measured', 'measured'])
  await a.luca(['model', 'settings', '--threads', '2', '--gpu-layers', '7'])
  assert.deepEqual(await shown(), [2, 7])
  await a.luca(['model', 'settings', '--threads', 'auto', '--gpu-layers', 'auto'])
  assert.deepEqual(await shown(), ['measured', 'measured'])
})

test('the models are listed, and a conversation that is too long is refused as by OpenAI', async () => {
  const ids = (await openai.models.list()).data.map(({ id }) => id)
  assert.deepEqual(ids.toSorted(), ['noise', 'vectors'])
  const long = [{ role: 'user' as const, content: 'x '.repeat(4000) }]
  await assert.rejects(
    openai.chat.completions.create({ model: 'noise', messages: long }),
    (error: unknown) => {
      assert.ok(error instanceof OpenAI.APIError)
      assert.deepEqual([error.status, error.code], [400, 'context_length_exceeded'])
      return true
    },
  )
})

test('no client sees or calls the server of models itself', async () => {
  const { stdout } = await a.luca(['tools', '--json'])
  assert.doesNotMatch(stdout, /"llm_(complete|embed|count|models)"/)
  const called = await a.luca(['call', 'llm_count', '{"text": "x"}'])
  assert.notEqual(called.code, 0)
})

test('a limit above what the context leaves is what it leaves, and the answer says that it was cut', async () => {
  const { choices, usage } = await openai.chat.completions.create({
    model: 'noise',
    messages: QUESTION,
    max_tokens: 100_000,
    seed: 1,
  })
  assert.equal(choices[0]?.finish_reason, 'length')
  assert.equal(usage?.total_tokens, 4096)
})

test('what it does not do is refused by its name, and null asks for nothing', async () => {
  const { error, status } = await failureOf(
    openai.chat.completions.create({ model: 'noise', messages: QUESTION, n: 2 }),
  )
  assert.deepEqual([status, (error as { param: string }).param], [400, 'n'])
  const body = {
    model: 'noise',
    max_tokens: 2,
    n: null,
    logprobs: null,
    tools: null,
    stop: null,
    stream: null,
  }
  const history = [
    { role: 'user', content: 'Hi', name: null },
    { role: 'assistant', content: 'Hello', tool_calls: null, refusal: null },
    ...QUESTION,
  ]
  const { usage } = await openai.chat.completions.create({ ...body, messages: history } as never)
  assert.equal((usage as OpenAI.CompletionUsage).completion_tokens, 2)
})
