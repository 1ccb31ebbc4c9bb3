/**
 * Two servers for tests. `clock` wakes itself and tells events, which `ear` hears. What they were called for is a line each in
 * the file that LLMBDO_WAKING_LOG names; files beside it make them fail, hang and end.
 */
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import Type from 'typebox'
import { defineServer, type ServerHost, type ToolContext } from '../../src/protocol/define.ts'
import { jsonTools } from '../support/json-tools.ts'

const LOG = process.env.LLMBDO_WAKING_LOG ?? '/dev/null'
const is = (what: string) => existsSync(`${LOG}.${what}`)

/** Notes that it was called, and does what the test wants. */
async function note(line: object, call: ToolContext): Promise<void> {
  appendFileSync(LOG, `${JSON.stringify({ ...line, pid: process.pid, at: Date.now() })}\n`)
  if (is('fail')) throw new Error('it was told to fail')
  while (is('hang')) await delay(20, undefined, { signal: call.signal })
}

const tool = jsonTools({
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
})

const Key = Type.Object({ key: Type.String() })
const Name = Type.Object({ name: Type.String() })

const common = { version: '1.0.0', scope: 'user', open: async () => {} } as const

let hurry: ServerHost['hurry'] | undefined

export const clock = defineServer<void>({
  ...common,
  async open(host) {
    ;({ hurry } = host)
  },
  name: 'clock',
  title: 'Clock',
  description: 'Wakes itself, and tells',
  calls: ['time.read'],
  events: ['clock.struck'],
  tools: [
    tool('clock.set', 'at', Type.Object({ key: Type.String(), time: Type.Number() }), ({ key, time }, call) =>
      call.wake.at(key, time),
    ),
    tool(
      'clock.set',
      'each',
      Type.Object({ keys: Type.Array(Type.String()), time: Type.Number() }),
      async ({ keys, time }, call) => {
        for (const key of keys) await call.wake.at(key, time)
      },
    ),
    tool(
      'clock.set',
      'every',
      Type.Object({ key: Type.String(), rule: Type.Unknown() }),
      ({ key, rule }, call) => call.wake.every(key, rule as { minutes: number }),
    ),
    tool('clock.set', 'soon', Key, async ({ key }) => void setTimeout(() => hurry?.(key), 50)),
    tool('clock.set', 'cancel', Key, ({ key }, call) => call.wake.cancel(key)),
    tool('clock.set', 'entries', Type.Object({}), (_, call) => call.wake.list()),
    tool(
      'clock.set',
      'tell',
      Type.Object({ name: Type.String(), data: Type.Optional(Type.Unknown()) }),
      ({ name, data }, call) => call.events.tell(name, data as { id: number }),
    ),
  ],
  async woken(key, waking, call) {
    const { structuredContent } = key.startsWith('ask')
      ? await call.gateway.callTool('time_get_current_time', { timezone: 'UTC' })
      : {}
    const again = key.startsWith('again') ? key.replace('again', 'then') : undefined
    if (again) await call.wake.at(again, Date.now())
    await note({ key, ...waking, asked: structuredContent !== undefined }, call)
  },
})

export const ear = defineServer<void>({
  ...common,
  name: 'ear',
  title: 'Ear',
  description: 'Hears what the clock tells',
  tools: [
    tool('ear.use', 'hear', Name, ({ name }, call) => call.events.hear(name)),
    tool('ear.use', 'unhear', Name, ({ name }, call) => call.events.unhear(name)),
    tool('ear.use', 'wake', Key, ({ key }, call) => call.wake.at(key, Date.now())),
  ],
  hears: {
    'clock.struck': ({ events, andOthers }, call) =>
      note({ heard: events.map(({ data }) => data), andOthers }, call),
  },
})
