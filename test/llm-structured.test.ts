/** Structured answers of a model of this machine, as programs ask for them: with the official client and its helpers. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import OpenAI from 'openai'
import { zodFunction, zodResponseFormat, zodTextFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { generateModel, TEMPLATE, TINY } from '../src/models/testing/generate.ts'
import { type Appliance, startAppliance } from './support/appliance.ts'

const Person = z.object({
  name: z.string().min(1).max(20),
  age: z.int().min(0).max(150),
  email: z.email(),
  born: z.iso.date().nullable(),
  seen: z.iso.datetime(),
  roles: z
    .array(z.enum(['reader', 'writer']))
    .min(1)
    .max(2),
  id: z.string().regex(/^[A-Z]{2}\d{4}$/),
})
const messages = [{ role: 'user' as const, content: 'Who is there?' }]
let a: Appliance
let openai: OpenAI

before(async () => {
  a = await startAppliance()
  mkdirSync(join(a.state, 'models'), { recursive: true })
  // All tools at once must fit, where a token is a byte or two.
  const shape = { ...TINY, context: 131_072 }
  generateModel(join(a.state, 'models/noise.gguf'), { template: TEMPLATE, shape })
  await a.luca(['model', 'settings', '--context', '131072'])
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
})
after(() => a?.stop())

test('zodResponseFormat parses an answer of chat completions, in one piece and in pieces', async () => {
  const request = { model: 'noise', messages, response_format: zodResponseFormat(Person, 'person') }
  const whole = await openai.chat.completions.parse({ ...request, seed: 1 })
  assert.ok(Person.safeParse(whole.choices[0]?.message.parsed).success)
  const stream = openai.chat.completions.stream({ ...request, seed: 2 })
  const streamed = await stream.finalChatCompletion()
  assert.ok(Person.safeParse(streamed.choices[0]?.message.parsed).success)
})

test('zodTextFormat parses an answer of the responses API, in one piece and in pieces', async () => {
  const request = { model: 'noise', input: messages, text: { format: zodTextFormat(Person, 'person') } }
  const whole = await openai.responses.parse(request)
  assert.ok(Person.safeParse(whole.output_parsed).success)
  const streamed = await openai.responses.stream(request).finalResponse()
  assert.ok(Person.safeParse(streamed.output_parsed).success)
})

test('what is checked after it is whole comes in one piece of the stream', async () => {
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer', minimum: 0, maximum: 99, not: { const: 7 } } },
    required: ['n'],
  }
  const stream = await openai.chat.completions.create({
    model: 'noise',
    messages,
    seed: 1,
    stream: true,
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
  })
  const pieces: string[] = []
  for await (const { choices } of stream) if (choices[0]?.delta.content) pieces.push(choices[0].delta.content)
  assert.equal(pieces.length, 1)
  assert.equal(typeof JSON.parse(pieces[0] as string).n, 'number')
})

test('a tool that zodFunction describes is called with arguments that it takes', async () => {
  const { choices } = await openai.chat.completions.parse({
    model: 'noise',
    messages,
    seed: 1,
    tool_choice: 'required' as const,
    tools: [zodFunction({ name: 'greet', parameters: Person })],
  })
  const [call] = choices[0]?.message.tool_calls ?? []
  assert.ok(call?.type === 'function')
  assert.ok(Person.safeParse(call.function.parsed_arguments).success)
})

test('all tools of this system can be offered at once where one must be called, and each can be the one', async () => {
  const { tools } = JSON.parse((await a.luca(['tools', '--json'])).stdout) as {
    tools: { name: string; description: string; inputSchema: Record<string, unknown> }[]
  }
  const offered = tools.map(({ name, description, inputSchema }) => ({
    type: 'function' as const,
    function: { name, description, parameters: inputSchema },
  }))
  assert.ok(offered.length >= 19)
  const check = (name: string | undefined, args: string | undefined) => {
    const tool = tools.find((one) => one.name === name)
    assert.ok(tool, name)
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    assert.ok(ajv.validate(tool.inputSchema, JSON.parse(args ?? '')), `${name} ${args} ${ajv.errorsText()}`)
  }
  const request = { model: 'noise', messages, max_tokens: 1000, seed: 1 }
  const { choices } = await openai.chat.completions.create({
    ...request,
    tools: offered,
    tool_choice: 'required',
  })
  const [call] = choices[0]?.message.tool_calls ?? []
  if (call?.type === 'function') check(call.function.name, call.function.arguments)
  else assert.equal(choices[0]?.finish_reason, 'length')
  const called: string[] = []
  for (const tool of offered) {
    const { name } = tool.function
    const answer = await openai.chat.completions.create({
      ...request,
      tools: [tool],
      tool_choice: { type: 'function', function: { name } },
    })
    const [own] = answer.choices[0]?.message.tool_calls ?? []
    // A text without a longest length may be endless where every word is chance.
    if (own?.type === 'function') {
      check(own.function.name, own.function.arguments)
      called.push(name)
    } else assert.equal(answer.choices[0]?.finish_reason, 'length', name)
  }
  assert.ok(called.length > offered.length / 2, called.join())
})
