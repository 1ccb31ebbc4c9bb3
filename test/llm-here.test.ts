/** A model of this machine, a real one of random weights, behind every entry. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { generateModel, TEMPLATE } from '../src/models/testing/generate.ts'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { connectUnix } from './support/v1-client.ts'

let a: Appliance
let openai: OpenAI
const messages = [{ role: 'user' as const, content: 'hello' }]

before(async () => {
  a = await startAppliance()
  await mkdir(join(a.state, 'models'), { recursive: true })
  generateModel(join(a.state, 'models/toy.gguf'), { template: TEMPLATE })
  generateModel(join(a.state, 'models/vec.gguf'), { embedding: true })
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token })
})
after(() => a?.stop())

test('it is listed, and is the default', async () => {
  assert.deepEqual(
    (await openai.models.list()).data.map(({ id }) => id),
    ['toy', 'vec'],
  )
  assert.match((await a.luca(['llm', '--list'])).stdout, /^toy +local +default$/m)
})

test('the official client gets the same from it in one piece and in pieces', async () => {
  const request = { model: 'toy', messages, max_tokens: 12, temperature: 0, seed: 1 }
  const whole = await openai.chat.completions.create(request)
  assert.equal(whole.usage?.completion_tokens, 12)
  assert.equal(whole.choices[0]?.finish_reason, 'length')
  let said = ''
  let usage: OpenAI.CompletionUsage | null | undefined
  for await (const chunk of await openai.chat.completions.create({
    ...request,
    stream: true,
    stream_options: { include_usage: true },
  })) {
    said += chunk.choices[0]?.delta.content ?? ''
    usage = chunk.usage ?? usage
  }
  assert.equal(said, whole.choices[0]?.message.content)
  assert.equal(usage?.completion_tokens, 12)
  const response = await openai.responses.create({
    model: 'toy',
    input: messages,
    max_output_tokens: 12,
    temperature: 0,
  })
  assert.equal(response.output_text, said)
})

test('without its name it answers as the default, on gateway.sock and from luca', async () => {
  const client = await connectUnix(a.socket)
  const { result } = await client.call('mcp.llm.chat', [messages, { max_tokens: 3 }])
  assert.deepEqual([result.model, result.usage.completion_tokens], ['toy', 3])
  client.close()
  const said = await a.luca(['llm', 'hello', '{"max_tokens": 3}'])
  assert.equal(said.code, 0, said.stderr)
})

test('an answer keeps to a JSON schema', async () => {
  const { choices } = await openai.chat.completions.create({
    model: 'toy',
    messages,
    max_tokens: 200,
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'x',
        schema: { type: 'object', properties: { sky: { enum: ['blue', 'grey'] } }, required: ['sky'] },
      },
    },
  })
  assert.ok(['blue', 'grey'].includes(JSON.parse(choices[0]?.message.content ?? '').sky))
})

test('a vector is the same as numbers and as what the client asks for by itself', async () => {
  const [plain, usual] = await Promise.all([
    openai.embeddings.create({ model: 'vec', input: 'hello', encoding_format: 'float' }),
    openai.embeddings.create({ model: 'vec', input: 'hello' }),
  ])
  const numbers = plain.data[0]?.embedding ?? []
  assert.ok(numbers.length > 0)
  assert.deepEqual(Array.from(usual.data[0]?.embedding ?? []), Array.from(new Float32Array(numbers)))
})

test('a client that goes frees the model for the next', async () => {
  const stream = await openai.chat.completions.create({
    model: 'toy',
    messages,
    max_tokens: 2000,
    stream: true,
  })
  for await (const _ of stream) break
  const next = await openai.chat.completions.create({ model: 'toy', messages, max_tokens: 2 })
  assert.equal(next.usage?.completion_tokens, 2)
})

test('a conversation that is too long is refused with the numbers', async () => {
  const content = 'word '.repeat(20_000)
  await assert.rejects(
    openai.chat.completions.create({ model: 'toy', messages: [{ role: 'user', content }] }),
    (error: { status: number; code: string; message: string }) =>
      error.status === 400 && error.code === 'context_length_exceeded' && /\d/.test(error.message),
  )
})

test('a limit is kept by the model itself, with its own count, and never asks for more than it has', async () => {
  const tiers =
    'SMALL: {rate_limit_requests: 0, allowed_capabilities: ["*"], llm_access: true, allowed_llm_models: ["*"], '
  const limits = { FEW: 40, MANY: 100_000 }
  const text = Object.entries(limits).map(
    ([name, tokens]) => `${tiers.replace('SMALL', name)}max_llm_tokens_per_request: ${tokens}}\n`,
  )
  await writeFile(join(a.state, 'etc/tiers.yaml'), text.join(''))
  for (const tier of ['FEW', 'MANY'] as const) {
    const made = await until(`the tier ${tier} is known`, async () => {
      const { code, stdout } = await a.luca(['token', 'create', tier, '--tier', tier, '--json'])
      return code === 0 ? stdout : undefined
    })
    const client = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: JSON.parse(made).token })
    const { usage } = await client.chat.completions.create({ model: 'toy', messages, temperature: 0 })
    const total = usage?.total_tokens ?? 0
    assert.ok(total > 28 && total <= Math.min(limits[tier], 2048), String(total))
  }
})
