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
    ...{ n: 2, logprobs: true, top_logprobs: 3, logit_bias: { 5: 1 }, functions: [{}], audio: {} },
    ...{ function_call: { name: 'f' }, modalities: ['text', 'audio'], web_search_options: {} },
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
    ...{ n: 1, logprobs: false, top_logprobs: 0, logit_bias: {}, functions: [], modalities: ['text'] },
  })) {
    assert.equal(refusal({ [name]: value }), 'taken', name)
    assert.deepEqual(localFields('chat', { [name]: value }), {})
  }
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
