import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { LOCAL_PARAMETERS, localFields } from './parameters.ts'

const refusal = (body: Record<string, unknown>, task: 'chat' | 'complete' | 'embed' = 'chat') => {
  try {
    localFields(task, body)
  } catch (error) {
    return error instanceof RpcError ? (error.data as { param?: string }).param : undefined
  }
  return 'taken'
}

test('what a model of this machine does not do is refused by its name, never left out unseen', () => {
  for (const [name, value] of Object.entries({
    n: 2,
    logprobs: true,
    top_logprobs: 3,
    logit_bias: { 5: 1 },
    functions: [{}],
    audio: {},
    function_call: { name: 'f' },
    modalities: ['text', 'audio'],
    web_search_options: {},
  }))
    assert.equal(refusal({ [name]: value }), name)
  assert.equal(refusal({ logprobs: 0 }, 'complete'), 'logprobs')
  for (const [name, value] of Object.entries({ best_of: 2, echo: true, suffix: 'x' }))
    assert.equal(refusal({ [name]: value }, 'complete'), name)
  assert.equal(refusal({ dimensions: 64 }, 'embed'), 'dimensions')
})

test('a parameter that has the name of what every object has is ignored as any other unknown one is', () => {
  for (const name of ['constructor', 'toString', '__proto__'])
    assert.deepEqual(localFields('chat', JSON.parse(`{"messages": [], "${name}": 1}`)), { messages: [] })
})

test('the same parameters are taken where they ask for nothing', () => {
  for (const [name, value] of Object.entries({
    n: 1,
    logprobs: false,
    top_logprobs: 0,
    logit_bias: {},
    functions: [],
    modalities: ['text'],
  })) {
    assert.equal(refusal({ [name]: value }), 'taken', name)
    assert.deepEqual(localFields('chat', { [name]: value }), {})
  }
})

const TOOLS = ['look', 'find'].map((name) => ({ type: 'function', function: { name } }))
const among = (names: string[], mode: string) => ({
  type: 'allowed_tools',
  allowed_tools: { mode, tools: names.map((name) => ({ type: 'function', function: { name } })) },
})

test('of tools, those that may be called are all that a model is given', () => {
  const [look] = TOOLS
  for (const mode of ['auto', 'required'])
    assert.deepEqual(localFields('chat', { tools: TOOLS, tool_choice: among(['look'], mode) }), {
      tools: [look],
      tool_choice: mode,
    })
  for (const [tools, choice, param] of [
    [TOOLS, among(['look'], 'none'), 'tool_choice'],
    [TOOLS, among([], 'auto'), 'tool_choice'],
    [TOOLS, among(['look', 'other'], 'auto'), 'tool_choice'],
    [TOOLS, { type: 'custom', custom: { name: 'x' } }, 'tool_choice'],
    [[], 'required', 'tool_choice'],
    [undefined, { type: 'function', function: { name: 'look' } }, 'tool_choice'],
    [[{ type: 'web_search' }], 'auto', 'tools'],
  ] as const)
    assert.equal(refusal({ tools, tool_choice: choice }), param, JSON.stringify([tools, choice]))
  for (const choice of ['none', 'auto']) assert.equal(refusal({ tool_choice: choice }), 'taken')
})

test('a list of one text is that text, and ids of tokens are refused with what to do', () => {
  assert.deepEqual(localFields('complete', { prompt: ['x'] }), { prompt: 'x' })
  for (const prompt of [['x', 'y'], [1, 2], [[1, 2]]])
    assert.equal(refusal({ prompt }, 'complete'), 'prompt', JSON.stringify(prompt))
  for (const input of [
    [1, 2],
    [[1], [2]],
  ]) {
    assert.equal(refusal({ input }, 'embed'), 'input')
    assert.throws(() => localFields('embed', { input }), /token ids.*LangChain/)
  }
  assert.equal(refusal({ input: ['x', 'y'] }, 'embed'), 'taken')
})

test('vectors are encoded as one of two ways says, and no third is passed over', () => {
  for (const encoding_format of ['float', 'base64'])
    assert.deepEqual(localFields('embed', { input: 'x', encoding_format }), { input: 'x' })
  assert.equal(refusal({ input: 'x', encoding_format: 'hex' }, 'embed'), 'encoding_format')
})

test('what is done reaches the model, and what is ignored does not', () => {
  const body = { messages: [], seed: 1, grammar: 'root ::= "x"', user: 'ada', reasoning_effort: 'low', x: 1 }
  assert.deepEqual(localFields('chat', body), { messages: [], seed: 1, grammar: 'root ::= "x"' })
  for (const of of Object.values(LOCAL_PARAMETERS))
    for (const { ruling, passes, harmless } of of)
      assert.ok(
        (passes === undefined || ruling === 'done') && (ruling === 'refused') === (harmless !== undefined),
      )
})
