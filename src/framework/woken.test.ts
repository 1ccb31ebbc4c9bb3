import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { defineServer, defineTool } from '../protocol/define.ts'
import { describeServer } from '../protocol/descriptor.ts'
import type { Heard } from '../protocol/events.ts'
import { METHOD } from '../protocol/mcp.ts'
import type { Waking } from '../protocol/wake.ts'
import { harness } from './harness.ts'
import { compileValidators } from './testing/compile-validators.ts'

interface Deps {
  woken: [key: string, waking: Waking][]
  heard: Heard[]
}

const deps: Deps = { woken: [], heard: [] }
const annotations = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}
const remind = defineTool<Deps, ReturnType<typeof Type.Object>, never>({
  name: 'remind',
  title: 'Remind',
  description: 'Reminds.',
  capability: 'diary.write',
  annotations,
  input: Type.Object({}),
  async handler(_, call) {
    await call.wake.at('tea', new Date(5))
    await call.wake.at('tea', 7)
    await call.wake.every('daily', { cron: '0 7 * * *' })
    await call.wake.every('gone', { minutes: 5 })
    await call.events.hear('mail.new')
    await call.events.tell('diary.changed', { day: 3 })
    const cancelled = [await call.wake.cancel('gone'), await call.wake.cancel('gone')]
    return JSON.stringify([cancelled, await call.wake.list(), await call.events.unhear('fs.changed')])
  },
})
const diary = defineServer<Deps>({
  name: 'diary',
  title: 'Diary',
  version: '1.0.0',
  description: 'For tests',
  scope: 'user' as const,
  tools: [remind],
  events: ['diary.changed'],
  hears: { 'mail.new': async (heard, _, { heard: all }) => void all.push(heard) },
  async woken(key, waking, call, { woken }) {
    woken.push([key, waking])
    if (key === 'again') await call.wake.at('then', 9)
    if (key === 'odd') throw new Error('something odd')
  },
  open: async () => deps,
})

test('the descriptor says what a server is woken for, tells and hears', () => {
  const { wakes, events, hears } = describeServer(diary)
  assert.deepEqual([wakes, events, hears], [true, ['diary.changed'], ['mail.new']])
})

test('a handler asks to be woken, hears and tells', async () => {
  await using h = await harness(diary, compileValidators(diary))
  const { content } = await h.connection.request(METHOD.callTool, { name: 'remind', arguments: {} })
  assert.deepEqual(JSON.parse((content as { text: string }[])[0]?.text ?? ''), [
    [true, false],
    [
      { key: 'tea', next: 7, tries: 0 },
      { key: 'daily', next: 0, tries: 0, rule: { cron: '0 7 * * *' } },
    ],
    false,
  ])
  assert.deepEqual(h.gateway.wakeList.told, [{ name: 'diary.changed', data: { day: 3 } }])
  assert.deepEqual([...h.gateway.wakeList.heard], ['mail.new'])
})

test('a server is woken, and can ask for more in there', async () => {
  await using h = await harness(diary, compileValidators(diary))
  const waking = { due: 3, late: true, tries: 1 }
  await h.connection.request(METHOD.woken, { key: 'again', ...waking })
  assert.deepEqual(deps.woken.at(-1), ['again', waking])
  assert.deepEqual(h.gateway.wakeList.entries.get('then'), { time: 9 })
})

test('a server is given the events that it hears, and no others', async () => {
  await using h = await harness(diary, compileValidators(diary))
  const heard = { events: [{ at: 1, data: { id: 7 } }], andOthers: false, tries: 0 }
  await h.connection.request(METHOD.heard, { name: 'mail.new', ...heard })
  assert.deepEqual(deps.heard, [heard])
  for (const name of ['mail.old', 'toString', '__proto__'])
    await assert.rejects(h.connection.request(METHOD.heard, { name, ...heard }), /hears no/)
})

test('a handler that throws fails the call, and its words go to the log alone', async () => {
  await using h = await harness(diary, compileValidators(diary))
  const failed = h.connection.request(METHOD.woken, { key: 'odd', due: 0, late: false, tries: 0 })
  await assert.rejects(failed, (error: Error) => !error.message.includes('something odd'))
  assert.equal(h.logged.at(-1)?.level, 'error')
})

for (const params of [
  {},
  { key: 7, due: 0, late: false, tries: 0 },
  { key: 'a', due: 0.5, late: false, tries: 0 },
  { key: 'a', due: 0, late: 'no', tries: 0 },
  { key: 'a', due: 0, late: false, tries: -1 },
])
  test(`${JSON.stringify(params)} wakes no server`, async () => {
    await using h = await harness(diary, compileValidators(diary))
    await assert.rejects(h.connection.request(METHOD.woken, params), {
      name: 'RpcError',
      message: /don't fit/,
    })
  })

test('a server without a handler for it is neither woken nor given events', async () => {
  const { woken: _, hears: __, ...plain } = diary
  await using h = await harness(plain, compileValidators(plain))
  for (const method of [METHOD.woken, METHOD.heard])
    await assert.rejects(h.connection.request(method, { key: 'a' }), {
      name: 'RpcError',
      message: /offers nothing/,
    })
})
