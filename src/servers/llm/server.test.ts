import assert from 'node:assert/strict'
import { test } from 'node:test'
import { llmServer, user } from './testing/models.ts'

test('a chat is answered in OpenAI’s shape, with its tokens counted', async () => {
  await using llm = await llmServer({ noise: {} })
  const {
    structuredContent: answer,
    isError,
    content,
  } = await llm.call('chat', { messages: user('Hello'), max_tokens: 12, seed: 1 })
  assert.equal(isError, undefined, content[0]?.text)
  assert.equal(answer.object, 'chat.completion')
  assert.equal(answer.model, 'noise')
  const [choice] = answer.choices
  assert.equal(choice.message.role, 'assistant')
  assert.equal(choice.finish_reason, 'length')
  assert.equal(answer.usage.completion_tokens, 12)
  const { tokens } = (await llm.call('count', { messages: user('Hello') })).structuredContent
  assert.equal(answer.usage.prompt_tokens, tokens)
  assert.equal(answer.usage.total_tokens, tokens + 12)
})

test('the pieces of a stream make the answer', async () => {
  await using llm = await llmServer({ noise: {} })
  const { reply, messages } = await llm.stream('chat', { messages: user('Hello'), max_tokens: 40, seed: 1 })
  const pieces = messages.map(({ delta }) => delta.content ?? '')
  assert.equal(pieces.join(''), reply.structuredContent.choices[0].message.content)
  assert.equal(messages[0].delta.role, 'assistant')
})
