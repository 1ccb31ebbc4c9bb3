import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ToolError } from '../../../protocol/define.ts'
import { conversing } from '../testing/conversing.ts'
import type { ConversationShape } from '../tools/shapes.ts'
import { readConversation } from './import.ts'

const echo = () => 'A `tick` and ```\nfences\n```.\u001b]0;title\u0007\u202e'

test('a conversation that is exported as JSON is imported as it was, and counts as read from elsewhere', async () => {
  await using chat = await conversing({ gateway: { chat: echo } })
  const { conversation } = await chat.send('Hello\u001b[31m there', { model: 'small' })
  const { content } = await chat.ask<{ content: string }>('export_conversation', {
    conversation,
    format: 'json',
  })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
  assert.doesNotMatch(content, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]|\\u001b|\\u202e/i)
  const imported = await chat.ask<{ conversation: ConversationShape }>('import_conversation', {
    document: content,
  })
  const { messages } = await chat.read(imported.conversation.id)
  assert.deepEqual(
    messages.map(({ role, text, state }) => [role, text, state]),
    [
      ['user', 'Hello there', 'whole'],
      ['assistant', 'A `tick` and ```\nfences\n```.', 'whole'],
    ],
  )
  assert.equal(imported.conversation.model, 'small')
  await chat.send('Go on', { conversation: imported.conversation.id })
  const { params } = chat.running.gateway.asked.findLast(({ method }) => method === 'gateway/chat') ?? {}
  assert.match(JSON.stringify(params), /"read":\["chat_import_conversation"\]/)
})

test('what is exported as Markdown has nothing that steers a terminal, and results as code', async () => {
  const steps = [
    { kind: 'call', id: 'a', name: 'x_y', arguments: '{}' },
    { kind: 'result', id: 'a', isError: true, isCut: false, text: '```\n# No heading\u001b[2J' },
  ]
  await using chat = await conversing({ gateway: { chat: echo, steps } })
  const { conversation } = await chat.send('Hello\u009b31m')
  const { content } = await chat.ask<{ content: string }>('export_conversation', { conversation })
  assert.match(content, /^# Hello\n\n## You, \d{4}-\d\d-\d\d \d\d:\d\d\n/)
  assert.ok(content.includes('*Used in vain: x_y*'))
  assert.ok(content.includes('````\n```\n# No heading\n````'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
  assert.doesNotMatch(content, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
})

test('a long conversation is exported in parts that are one document together', async () => {
  await using chat = await conversing({ gateway: { chat: () => 'word '.repeat(60_000) } })
  const { conversation } = await chat.send('1')
  await chat.send('2', { conversation })
  await chat.send('3', { conversation })
  let text = ''
  let parts = 0
  for (let from: number | undefined = 0; from !== undefined; parts++) {
    const part: { content: string; next?: number } = await chat.ask('export_conversation', {
      conversation,
      format: 'json',
      from,
    })
    text += part.content
    from = part.next
  }
  assert.ok(parts > 1)
  assert.equal(JSON.parse(text).messages.length, 6)
})

test('what luca’s terminal kept is imported once, with an answer for each question', async () => {
  const kept = {
    turns: [
      { by: 'person', text: 'Read it', attachments: [{ path: '/a', text: 'what it says' }] },
      {
        by: 'model',
        text: '',
        uses: [{ id: '1', name: 'fs_read', arguments: '{}', state: 'done', result: 'x', isOfOthers: true }],
        ended: '',
        isWhole: true,
      },
      { by: 'model', text: 'It says so.', uses: [], ended: 'stopped', isWhole: false },
    ],
    draft: 'not sent',
    model: null,
  }
  await using chat = await conversing()
  const args = { document: JSON.stringify(kept), origin: 'terminal 1' }
  const first = await chat.ask<{ conversation: ConversationShape; isNew: boolean }>(
    'import_conversation',
    args,
  )
  const again = await chat.ask<typeof first>('import_conversation', args)
  assert.deepEqual([first.isNew, again.isNew, again.conversation.id], [true, false, first.conversation.id])
  const { messages } = await chat.read(first.conversation.id, { results: true })
  assert.deepEqual(
    messages.map(({ text, state, files, calls, why }) => ({ text, state, files, calls, why })),
    [
      { text: 'Read it', state: 'whole', files: ['/a'], calls: undefined, why: undefined },
      {
        text: 'It says so.',
        state: 'broken_off',
        files: undefined,
        calls: [{ name: 'fs_read', arguments: '{}', at: 0, result: 'x', untrusted: 'server' }],
        why: 'stopped',
      },
    ],
  )
  assert.equal(first.conversation.title, 'Read it')
})

test('what is no conversation is refused, whatever it is', () => {
  for (const document of ['', '{', '[]', '{"format":"x","messages":[]}', '{"messages":[]}'])
    assert.throws(() => readConversation(document), /This can't be imported: it is no conversation/)
  fc.assert(
    fc.property(fc.json(), fc.array(fc.jsonValue()), (any, messages) => {
      for (const document of [
        any,
        JSON.stringify({ format: 'llmbasedos conversation', version: 1, messages }),
        JSON.stringify({ turns: messages }),
      ])
        try {
          const read = readConversation(document)
          assert.ok(read.messages.every(({ content }) => typeof content === 'string'))
        } catch (error) {
          assert.ok(error instanceof ToolError)
        }
    }),
  )
})
