import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Effect, mapEffect } from './effects.ts'

const into = (message: string) => ({ of: message })
const failed = { ok: false, error: 'no' } as const

test('whatever an effect leads to is put into another message, and the rest of it stays', () => {
  const tool = mapEffect<string, object>(
    {
      type: 'tool',
      name: 't',
      arguments: { a: 1 },
      consent: 'person',
      key: 'k',
      progress: (text) => `progress ${text}`,
      reply: ({ ok }: { ok: boolean }) => `reply ${ok}`,
    },
    into,
  ) as Extract<Effect<object>, { type: 'tool' }>
  assert.deepEqual([tool.name, tool.arguments, tool.consent, tool.key], ['t', { a: 1 }, 'person', 'k'])
  assert.deepEqual([tool.progress?.('x'), tool.reply(failed)], [{ of: 'progress x' }, { of: 'reply false' }])
  const chat = mapEffect<string, object>(
    {
      type: 'chat',
      key: 'k',
      ask: { text: 'Hello' },
      part: () => 'part',
      reply: () => 'reply',
    },
    into,
  ) as Extract<Effect<object>, { type: 'chat' }>
  assert.deepEqual(
    [chat.part({ text: 'x' }), chat.reply(failed), chat.ask],
    [{ of: 'part' }, { of: 'reply' }, { text: 'Hello' }],
  )
  const log = mapEffect<string, object>(
    { type: 'log', key: 'k', records: () => 'records', reply: () => 'reply' },
    into,
  ) as Extract<Effect<object>, { type: 'log' }>
  assert.deepEqual(log.records([]), { of: 'records' })
})

test('a message for later is put into another one, and what leads to none is as it was', () => {
  assert.deepEqual(mapEffect({ type: 'later', key: 'k', ms: 5, message: 'm' }, into), {
    type: 'later',
    key: 'k',
    ms: 5,
    message: { of: 'm' },
  })
  assert.deepEqual(mapEffect<string, object>({ type: 'keep', folder: 'f', name: 'n', value: 1 }, into), {
    type: 'keep',
    folder: 'f',
    name: 'n',
    value: 1,
  })
})
