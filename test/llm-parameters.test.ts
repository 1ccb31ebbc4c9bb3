/** Each parameter of the tables in docs/models.md, tried with the official client on a model of this machine. */
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { LOCAL_PARAMETERS, type Parameter } from '../src/gateway/llm/parameters.ts'
import type { Task } from '../src/gateway/llm/request.ts'
import { RESPONSE_PARAMETERS } from '../src/gateway/llm/responses/parameters.ts'
import { generateModel, TEMPLATE } from '../src/models/testing/generate.ts'
import { type Appliance, startAppliance } from './support/appliance.ts'
import { failureOf } from './support/failure-of.ts'

let a: Appliance
let openai: OpenAI
before(async () => {
  a = await startAppliance()
  await mkdir(join(a.state, 'models'), { recursive: true })
  generateModel(join(a.state, 'models/noise.gguf'), { template: TEMPLATE })
  generateModel(join(a.state, 'models/vectors.gguf'), { embedding: true })
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
})
after(() => a?.stop())

type Body = Record<string, unknown>
const MESSAGES = [{ role: 'user', content: 'Hi' }]
const TOOLS = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }]
const SCHEMA = { type: 'json_schema', json_schema: { name: 'x', schema: { enum: ['a', 'b'] } } }

/** Asks for what a request needs, and more. */
const ASK: Readonly<Record<Task | 'respond', (more: Body) => Promise<unknown>>> = {
  chat: (more) =>
    openai.chat.completions.create({ model: 'noise', messages: MESSAGES, max_tokens: 3, ...more } as never),
  complete: (more) =>
    openai.completions.create({ model: 'noise', prompt: 'Hi', max_tokens: 3, ...more } as never),
  embed: (more) => openai.embeddings.create({ model: 'vectors', input: 'Hi', ...more } as never),
  respond: (more) =>
    openai.responses.create({ model: 'noise', input: 'Hi', max_output_tokens: 3, ...more } as never),
}

/** For each that is done, how it is said. */
const DONE: Readonly<Record<string, Body>> = {
  model: {},
  messages: { messages: MESSAGES },
  prompt: { prompt: ['Hi'] },
  input: { input: 'Hi' },
  tools: { tools: TOOLS },
  parallel_tool_calls: { tools: TOOLS, parallel_tool_calls: false },
  tool_choice: { tools: TOOLS, tool_choice: 'auto' },
  response_format: { response_format: SCHEMA },
  max_tokens: { max_tokens: 1e6, seed: 1, stop: 'a' },
  max_completion_tokens: { max_completion_tokens: 1 },
  temperature: { temperature: 0 },
  top_p: { top_p: 0 },
  seed: { seed: -1 },
  stop: { stop: ['x', 'y'] },
  frequency_penalty: { frequency_penalty: -2 },
  presence_penalty: { presence_penalty: 2 },
  stream: { stream: true },
  stream_options: { stream: true, stream_options: { include_usage: true } },
  encoding_format: { encoding_format: 'base64' },
  instructions: { instructions: 'Be brief.' },
  text: { text: { verbosity: 'low' } },
  reasoning: { reasoning: { effort: 'low' } },
  max_output_tokens: { max_output_tokens: 1 },
  truncation: { truncation: 'auto' },
  metadata: { metadata: { a: 'b' } },
  user: { user: 'ada' },
}
const RESPONSE_TOOLS = [{ type: 'function', name: 'look', parameters: { type: 'object' } }]
const DONE_BY_RESPONSES: Readonly<Record<string, Body>> = {
  ...DONE,
  tools: { tools: RESPONSE_TOOLS },
  tool_choice: {
    tools: RESPONSE_TOOLS,
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'look' }] },
  },
  parallel_tool_calls: { tools: RESPONSE_TOOLS, parallel_tool_calls: false },
}
/** Values of what is refused that ask for something, where `{x: 1}` is none. */
const ASKING: Body = {
  n: 2,
  best_of: 2,
  logprobs: 1,
  top_logprobs: 2,
  echo: true,
  suffix: 'x',
  dimensions: 8,
  functions: [{ name: 'f' }],
  function_call: { name: 'f' },
  modalities: ['text', 'audio'],
  background: true,
  include: ['message.output_text.logprobs'],
  context_management: [{ type: 'compaction' }],
}

async function tries(task: Task | 'respond', name: string, { ruling }: Pick<Parameter, 'ruling'>) {
  const ask = ASK[task]
  const asking = { [name]: ASKING[name] ?? { x: 1 } }
  if (ruling === 'refused') {
    const { status, param, message } = await failureOf(ask(asking))
    assert.deepEqual([status, param], [400, name])
    assert.match(message, new RegExp(`"${name}"`))
  } else if (ruling === 'done') {
    const more = (task === 'respond' ? DONE_BY_RESPONSES : DONE)[name]
    assert.ok(more, `a value of "${name}"`)
    const answer = await ask(more)
    if (more.stream === true) for await (const _ of answer as AsyncIterable<unknown>);
  } else await ask(asking)
  // Null asks for nothing, whatever it is of.
  if (!['model', 'messages', 'prompt', 'input'].includes(name)) await ask({ [name]: null })
}

for (const task of ['chat', 'complete', 'embed'] as const)
  test(`each parameter of the table is done, refused by its name, or taken: ${task}`, async () => {
    for (const [name, rulings] of Object.entries(LOCAL_PARAMETERS))
      for (const parameter of rulings) if (parameter.tasks.includes(task)) await tries(task, name, parameter)
  })

test('each parameter of the table is done, refused by its name, or taken: responses', async () => {
  for (const [name, parameter] of Object.entries(RESPONSE_PARAMETERS)) await tries('respond', name, parameter)
})
