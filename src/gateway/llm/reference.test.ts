/** The tables of parameters against OpenAI's reference, as its own package has it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { LOCAL_PARAMETERS } from './parameters.ts'
import { RESPONSE_PARAMETERS } from './responses/parameters.ts'
import { toChat } from './responses/request.ts'

/** The names of an interface's members. */
function membersOf(file: string, name: string): string[] {
  const path = fileURLToPath(new URL(`../../../node_modules/openai/resources/${file}.d.ts`, import.meta.url))
  const [, after = ''] = readFileSync(path, 'utf8').split(`export interface ${name} {\n`)
  const body = after.slice(0, after.indexOf('\n}'))
  const names = [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, member]) => member as string)
  assert.ok(names.includes('model'), `${name} is read`)
  return names
}

const OF_TASKS = [
  ['chat', 'chat/completions/completions', 'ChatCompletionCreateParamsBase'],
  ['complete', 'completions', 'CompletionCreateParamsBase'],
  ['embed', 'embeddings', 'EmbeddingCreateParams'],
] as const
for (const [task, file, name] of OF_TASKS)
  test(`each parameter of the reference has one ruling: ${task}`, () => {
    for (const parameter of membersOf(file, name))
      assert.equal(
        LOCAL_PARAMETERS[parameter]?.filter(({ tasks }) => tasks.includes(task)).length,
        1,
        `${parameter} of ${task}`,
      )
  })

const REQUEST = { model: 'm', input: 'Hi' }
const refusedOf = (more: object): string | undefined => {
  try {
    toChat({ ...REQUEST, ...more })
    return undefined
  } catch (error) {
    assert.ok(error instanceof RpcError)
    return (error.data as { param?: string }).param
  }
}

test('each parameter of the reference has one ruling: responses', () => {
  const names = membersOf('responses/responses', 'ResponseCreateParamsBase')
  assert.deepEqual(Object.keys(RESPONSE_PARAMETERS).sort(), names.sort())
})

test('what responses do not do is refused by its name, and taken where it asks for nothing', () => {
  for (const [name, value] of Object.entries({
    background: true,
    conversation: 'c',
    previous_response_id: 'r',
    prompt: { id: 'p' },
    top_logprobs: 2,
    context_management: [{ type: 'compaction' }],
    moderation: {},
    image: { detail: 'low' },
    include: ['message.output_text.logprobs'],
    // Names of a chat, under which one wants something all the same.
    messages: [],
    max_tokens: 5,
    response_format: {},
    n: 2,
    stop: ['x'],
    seed: 1,
    logprobs: true,
    // What is of another type than it must be is not taken for nothing.
    instructions: [],
    text: 'x',
    reasoning: 'low',
    tools: {},
    truncation: 'some',
    metadata: 'x',
    tool_choice: { type: 'web_search' },
    max_output_tokens: 0,
  }))
    assert.equal(refusedOf({ [name]: value }), name)
  for (const harmless of [
    ...[
      { background: false },
      { top_logprobs: 0 },
      { include: [] },
      { include: ['reasoning.encrypted_content'] },
    ],
    ...[{ context_management: [] }, { n: 1 }, { frequency_penalty: 0 }, { truncation: 'disabled' }],
    ...Object.keys(RESPONSE_PARAMETERS)
      .filter((name) => name !== 'input')
      .map((name) => ({ [name]: null })),
  ])
    assert.equal(refusedOf(harmless), undefined, JSON.stringify(harmless))
})

test('what responses do is a chat’s', () => {
  const tools = [{ type: 'function', name: 'f', parameters: {} }]
  const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] }
  const chat = toChat({
    ...REQUEST,
    tools,
    tool_choice: allowed,
    text: { verbosity: 'low' },
    reasoning: { effort: 'low' },
    max_output_tokens: 5,
    truncation: 'auto',
    store: true,
    service_tier: 'flex',
  })
  assert.deepEqual(chat, {
    model: 'm',
    messages: [{ role: 'user', content: 'Hi' }],
    verbosity: 'low',
    reasoning_effort: 'low',
    tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
    },
    max_completion_tokens: 5,
    context_overflow: 'drop_oldest',
  })
})
