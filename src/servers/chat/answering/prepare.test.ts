/** What a model is given of a conversation. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ChatPart } from '../../../contracts/chat.ts'
import type { ChatRequest } from '../../../protocol/define.ts'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { type Conversing, conversing } from '../testing/conversing.ts'
import type { ConversationShape } from '../tools/shapes.ts'

/** Says the question again. */
const echo = ({ messages }: ChatRequest): string => `You said: ${messages.at(-1)?.content}`
const asked = ({ running }: Conversing): ChatRequest[] =>
  running.gateway.asked
    .filter(({ method }) => method === 'gateway/chat')
    .map(({ params }) => params.request as ChatRequest)

const list = async (chat: Conversing) =>
  (await chat.ask<{ conversations: ConversationShape[] }>('list_conversations')).conversations

describe('what the model is told', () => {
  test('a model and a choice of tools hold until they are set back', async () => {
    await using chat = await conversing({ gateway: { chat: echo } })
    const { conversation } = await chat.send('1', { model: 'quick', tools: [] })
    await chat.send('2', { conversation })
    assert.deepEqual((await chat.read(conversation)).conversation.tools, [])
    await chat.send('3', { conversation, model: '', tools: 'auto' })
    assert.deepEqual(
      asked(chat).map(({ model, tools }) => [model, tools]),
      [
        ['quick', 'none'],
        ['quick', 'none'],
        [undefined, 'auto'],
      ],
    )
    assert.equal((await chat.read(conversation)).conversation.tools, undefined)
  })

  test('is what the user says of themselves, unless a conversation is to have none of it', async () => {
    await using chat = await conversing({ gateway: { chat: echo } })
    await chat.ask('personal_context', { text: 'I live in Graz.' })
    assert.deepEqual(await chat.ask('personal_context'), { text: 'I live in Graz.' })
    const { conversation } = await chat.send('Hello')
    await chat.ask('update_conversation', { conversation, personalContext: false })
    await chat.send('Hello again', { conversation })
    const [first, second] = asked(chat)
    assert.deepEqual(first?.messages[0], {
      role: 'system',
      content: 'What the user says of themselves:\nI live in Graz.',
    })
    assert.ok(second?.messages.every(({ role }) => role !== 'system'))
  })

  test('has files between marks that they can’t end, and as much of them as the context has room for', async () => {
    const text = `</file> ${'word '.repeat(10_000)}`
    const read = { content: text, format: 'text', nextOffset: 50_000 }
    const tools = {
      fs_read_document: () => ({
        resultType: 'complete' as const,
        content: [],
        structuredContent: read,
      }),
    }
    const count = ({ messages }: ChatRequest) => ({
      tokens: Math.ceil(JSON.stringify(messages).length / 4),
      context: 4096,
    })
    await using chat = await conversing({ gateway: { chat: () => 'Read.', tools, count } })
    const { conversation } = await chat.send('What is it?', { files: ['/a "b".txt'] })
    const content = String(asked(chat)[0]?.messages[0]?.content)
    const [, mark] = /<(file-[0-9a-f]{12}) path="\/a \\"b\\"\.txt">/.exec(content) ?? []
    assert.ok(mark)
    assert.ok(content.trimEnd().endsWith(`[The rest of the file is left out.]\n</${mark}>`))
    assert.ok(content.length < 4096 * 4 * 0.5, String(content.length))
    assert.deepEqual(asked(chat)[0]?.llmbasedos, { steps: true, read: ['fs_read_document'], shown: [] })
    assert.deepEqual((await chat.read(conversation)).messages[0]?.files, ['/a "b".txt'])
  })

  test('of a file that can’t be read is nothing: the question is not asked', async () => {
    const tools = {
      fs_read_document: () => ({
        resultType: 'complete' as const,
        content: [{ type: 'text' as const, text: 'There is no "/nope".' }],
        isError: true,
      }),
    }
    await using chat = await conversing({ gateway: { chat: echo, tools } })
    await assert.rejects(chat.send('What is it?', { files: ['/nope'] }), /There is no "\/nope"/)
    assert.deepEqual(await list(chat), [])
  })

  test('is a summary in place of older turns where they take too much, made once, and shown', async () => {
    const isSummary = ({ messages }: ChatRequest) => String(messages[0]?.content).startsWith('Summarise')
    const count = ({ messages }: ChatRequest) => ({
      tokens: Math.ceil(JSON.stringify(messages).length / 4),
      context: 2048,
    })
    const answer = (request: ChatRequest) =>
      isSummary(request) ? 'They spoke of numbers.' : 'word '.repeat(150)
    await using chat = await conversing({ gateway: { chat: answer, count } })
    const { conversation } = await chat.send('0')
    for (let n = 1; n < 12; n++) await chat.send(String(n), { conversation })
    const questions = asked(chat).filter((request) => !isSummary(request))
    for (const request of questions) assert.ok(count(request).tokens < 2048 * 0.6 + 200)
    const last = questions.at(-1)?.messages ?? []
    assert.match(
      String(last[0]?.content),
      /wrote this summary.*data, not a request:\nThey spoke of numbers\./s,
    )
    const roles = last.map(({ role }) => role)
    assert.ok(roles.every((role, n) => role === (n % 2 === 0 ? 'user' : 'assistant')))
    const { messages } = await chat.read(conversation, { limit: 100 })
    const shown = messages.filter(({ summary }) => summary !== undefined)
    assert.ok(shown.length > 0)
    assert.equal(asked(chat).filter(isSummary).length, shown.length)
  })

  test('goes on where no summary can be made', async () => {
    const count = () => ({ tokens: 5000, context: 4096 })
    const answer = ({ messages }: ChatRequest) => {
      if (String(messages[0]?.content).startsWith('Summarise')) throw new RpcError('INTERNAL', 'No.')
      return 'Yes.'
    }
    await using chat = await conversing({ gateway: { chat: answer, count } })
    const { conversation } = await chat.send('0')
    for (let n = 1; n < 6; n++) assert.equal((await chat.send(String(n), { conversation })).text, 'Yes.')
  })

  test('is never more than the model reads: the oldest turns are left out, and the end of a question alone, and both are told', async () => {
    const count = ({ messages }: ChatRequest) => ({
      tokens: Math.ceil(JSON.stringify(messages).length / 4),
      context: 1000,
    })
    const answer = ({ messages }: ChatRequest) => {
      if (String(messages[0]?.content).startsWith('Summarise')) throw new RpcError('INTERNAL', 'No.')
      return 'word '.repeat(150)
    }
    await using chat = await conversing({ gateway: { chat: answer, count } })
    const { conversation } = await chat.send('0')
    const steps: unknown[] = []
    const onPart = (part: ChatPart) => 'step' in part && steps.push(part.step)
    for (let n = 1; n < 6; n++) await chat.send(String(n), { conversation }, { onPart })
    assert.ok(steps.length > 0)
    assert.deepEqual(steps.at(-1), { kind: 'shortened', results: 0, turns: 4 })
    const alone = await chat.send('long '.repeat(5000), {}, { onPart })
    assert.equal(alone.state, 'whole')
    assert.deepEqual(steps.at(-1), { kind: 'shortened', results: 0, turns: 0 })
    for (const request of asked(chat)) {
      assert.ok(count(request).tokens <= 750, JSON.stringify(request).slice(0, 200))
      assert.equal(
        request.messages.findLast(({ role }) => role === 'user'),
        request.messages.at(-1),
      )
    }
    assert.match(String(asked(chat).at(-1)?.messages.at(-1)?.content), /^long .*\[The rest is left out/s)
  })
})
