import assert from 'node:assert/strict'
import { test } from 'node:test'
import { llmServer, user } from './testing/models.ts'

const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'Tells the weather.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', maxLength: 8 }, days: { enum: [1, 2, 3] } },
      required: ['city'],
    },
  },
}

test('a chat is answered in OpenAI’s shape, with its tokens counted', async () => {
  await using llm = await llmServer({ noise: {} })
  const { structuredContent: answer } = await llm.call('chat', { messages: user('Hello'), max_tokens: 12 })
  assert.equal(answer.object, 'chat.completion')
  assert.equal(answer.model, 'noise')
  const [choice] = answer.choices
  assert.equal(choice.message.role, 'assistant')
  assert.equal(choice.finish_reason, 'length')
  const { tokens, ...counted } = (await llm.call('count', { messages: user('Hello') })).structuredContent
  assert.deepEqual(counted, { model: 'noise', context: 2048, tools: true })
  assert.deepEqual(
    [answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens],
    [tokens, 12, tokens + 12],
  )
})

test('the pieces of a stream make the answer, and the same seed the same answer', async () => {
  await using llm = await llmServer({ noise: {} })
  const request = { messages: user('Hello'), max_tokens: 40, seed: 1 }
  const { reply, messages } = await llm.stream('chat', request)
  const pieces = messages.map(({ delta }) => delta.content)
  assert.equal(messages[0].delta.role, 'assistant')
  const { content } = reply.structuredContent.choices[0].message
  assert.equal(pieces.join(''), content)
  const again = await llm.call('chat', request)
  assert.equal(again.structuredContent.choices[0].message.content, content)
})

test('a text is gone on with, up to a stop that is not part of it', async () => {
  await using llm = await llmServer({ noise: {} })
  const request = { prompt: 'Once', max_tokens: 30, temperature: 0 }
  const whole = (await llm.call('complete', request)).structuredContent
  assert.equal(whole.object, 'text_completion')
  const { text } = whole.choices[0]
  const stop = text.slice(8, 11)
  const cut = (await llm.call('complete', { ...request, stop: [stop] })).structuredContent.choices[0]
  assert.equal(cut.text, text.slice(0, text.indexOf(stop)))
  assert.equal(cut.finish_reason, 'stop')
})

test('a "top_p" of 0 is the likeliest word each time', async () => {
  await using llm = await llmServer({ noise: {} })
  const textOf = async (more: object) =>
    (await llm.call('complete', { prompt: 'Once', max_tokens: 12, ...more })).structuredContent.choices[0]
      .text
  const likeliest = await textOf({ temperature: 0 })
  assert.equal(await textOf({ top_p: 0, temperature: 2 }), likeliest)
})

test('the second turn works on what is new alone', async () => {
  await using llm = await llmServer({ noise: {} })
  const messages = user('A long beginning. '.repeat(20))
  const first = (await llm.call('chat', { messages, max_tokens: 4 })).structuredContent
  assert.equal(first.usage.prompt_tokens_details.cached_tokens, 0)
  const next = [...messages, first.choices[0].message, ...user('And then?')]
  const { usage } = (await llm.call('chat', { messages: next, max_tokens: 4 })).structuredContent
  assert.ok(usage.prompt_tokens_details.cached_tokens > first.usage.prompt_tokens * 0.9)
})

test('an answer keeps to a JSON schema, to JSON, and to a grammar', async () => {
  await using llm = await llmServer({ noise: {} })
  const ask = async (more: object) => {
    const reply = await llm.call('chat', { messages: user('Hello'), max_tokens: 400, seed: 3, ...more })
    assert.equal(reply.isError, undefined, reply.content[0]?.text)
    return reply.structuredContent.choices[0].message.content as string
  }
  const schema = {
    type: 'object',
    properties: { colour: { enum: ['red', 'blue'] }, count: { type: ['integer', 'null'] } },
    required: ['colour', 'count'],
    additionalProperties: false,
  }
  const format = { type: 'json_schema', json_schema: { name: 'thing', schema, strict: true } }
  const thing = JSON.parse(await ask({ response_format: format }))
  assert.deepEqual(Object.keys(thing), ['colour', 'count'])
  assert.ok(['red', 'blue'].includes(thing.colour))
  assert.match(await ask({ grammar: 'root ::= "yes" | "no"' }), /^(yes|no)$/)
  const { content } = (
    await llm.call('chat', {
      messages: user('Hello'),
      max_tokens: 3,
      response_format: { type: 'json_object' },
    })
  ).structuredContent.choices[0].message
  assert.match(content, /^\{/)
})

test('a tool that must be called is called, with arguments of its schema', async () => {
  await using llm = await llmServer({ noise: {} })
  const request = { messages: user('Weather in Rome?'), tools: [weather], tool_choice: 'required', seed: 5 }
  const { reply, messages } = await llm.stream('chat', request)
  const [{ message, finish_reason }] = reply.structuredContent.choices
  assert.equal(finish_reason, 'tool_calls')
  assert.equal(message.content, null)
  const [call] = message.tool_calls
  assert.equal(call.function.name, 'weather')
  const args = JSON.parse(call.function.arguments)
  assert.equal(typeof args.city, 'string')
  assert.ok([1, 2, 3, undefined].includes(args.days))
  assert.deepEqual(messages.at(-1).delta.tool_calls, [{ index: 0, ...call }])
})

test('a text becomes a vector of length 1, the same text the same one', async () => {
  await using llm = await llmServer({ vectors: { embedding: true } })
  const { structuredContent: answer } = await llm.call('embed', { input: ['one', 'two', 'one'] })
  const [one, two, again] = answer.data.map(({ embedding }: { embedding: number[] }) => embedding)
  assert.ok(Math.abs(Math.hypot(...one) - 1) < 1e-6)
  assert.deepEqual(again, one)
  assert.notDeepEqual(two, one)
  assert.ok(answer.usage.prompt_tokens >= 3)
})

test('the list tells which models there are, which is usual and which is loaded', async () => {
  await using llm = await llmServer({ b: {}, a: {}, vectors: { embedding: true } })
  const list = async () =>
    (await llm.call('models', {})).structuredContent.models.map(
      (model: { id: string; kind: string; default: boolean; loaded: boolean }) => [
        ...[model.id, model.kind, model.default, model.loaded],
      ],
    )
  assert.deepEqual(await list(), [
    ['a', 'chat', true, false],
    ['b', 'chat', false, false],
    ['vectors', 'embedding', true, false],
  ])
  await llm.call('chat', { model: 'b', messages: user('Hello'), max_tokens: 1 })
  assert.deepEqual(
    (await list()).map(([id, , , loaded]: unknown[]) => [id, loaded]),
    [
      ['a', false],
      ['b', true],
      ['vectors', false],
    ],
  )
})

test('a file that is dropped into the folder is found at once', async () => {
  await using llm = await llmServer()
  const before = await llm.call('chat', { messages: user('Hello') })
  assert.equal(before.structuredContent.error.code, 'no_model')
  llm.add('late')
  const after = await llm.call('chat', { messages: user('Hello'), max_tokens: 2 })
  assert.equal(after.structuredContent.model, 'late')
})
