/** `/v1/responses`, asked by the official client. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type OpenAI from 'openai'
import { type LanguageModels, SCHEMA, startLanguageModels } from './support/language-models.ts'
import { ANSWER, type Provider } from './support/provider.ts'

let models: LanguageModels
let provider: Provider
let openai: OpenAI
before(async () => {
  models = await startLanguageModels()
  ;({ provider, openai } = models)
})
after(() => models?.[Symbol.asyncDispose]())
const lastAsked = () => provider.asked.at(-1)

test('the responses API answers in one piece, in events, with tools and with a schema', async () => {
  const whole = await openai.responses.create({
    model: 'sky',
    input: 'What colour?',
    instructions: 'Be brief.',
  })
  assert.equal(whole.output_text, ANSWER)
  assert.equal(whole.status, 'completed')
  assert.deepEqual(
    lastAsked()?.body.messages.map(({ role }: { role: string }) => role),
    ['system', 'user'],
  )
  const types: string[] = []
  const stream = openai.responses.stream({ model: 'sky', input: 'What colour?' })
  for await (const { type } of stream) types.push(type)
  assert.deepEqual(
    [...new Set(types)],
    [
      ...['response.created', 'response.in_progress', 'response.output_item.added'],
      ...['response.content_part.added', 'response.output_text.delta', 'response.output_text.done'],
      ...['response.content_part.done', 'response.output_item.done', 'response.completed'],
    ],
  )
  assert.equal((await stream.finalResponse()).output_text, ANSWER)

  const tools: OpenAI.Responses.FunctionTool[] = [
    { type: 'function', name: 'get_current_time', parameters: { type: 'object' }, strict: false },
  ]
  for (const called of [
    await openai.responses.create({ model: 'sky', input: 'What time?', tools }),
    await openai.responses.stream({ model: 'sky', input: 'What time?', tools }).finalResponse(),
  ]) {
    const call = called.output.find(({ type }) => type === 'function_call') as
      | OpenAI.Responses.ResponseFunctionToolCall
      | undefined
    assert.deepEqual([call?.name, call?.arguments], ['get_current_time', '{"timezone":"UTC"}'])
    const next = await openai.responses.create({
      model: 'sky',
      tools,
      input: [
        { role: 'user', content: 'What time?' },
        ...(called.output as OpenAI.Responses.ResponseInputItem[]),
        { type: 'function_call_output', call_id: call?.call_id ?? '', output: '12:00' },
      ],
    })
    assert.equal(next.output_text, ANSWER)
  }
  const shaped = await openai.responses.create({
    model: 'sky',
    input: 'What colour?',
    text: { format: { type: 'json_schema', name: 'sky', schema: SCHEMA, strict: true } },
  })
  assert.deepEqual(JSON.parse(shaped.output_text), { colour: 'blue' })
  await assert.rejects(
    openai.responses.create({ model: 'sky', input: 'x', previous_response_id: 'resp_1' }),
    /previous_response_id/,
  )
})
