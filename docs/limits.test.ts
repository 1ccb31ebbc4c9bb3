import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { MOST_WORKS } from '../src/contracts/background-status.ts'
import { BACKGROUND } from '../src/framework/background.ts'
import { MEMORY, OF_CLIENT } from '../src/framework/service.ts'
import { MEGABYTE, POOL_LIMITS } from '../src/framework/workers/limits.ts'
import { CONNECTION_BYTES, GARBAGE_BYTES } from '../src/gateway/call/memory.ts'
import { GatewayConfig } from '../src/gateway/gateway.config.ts'
import { ALWAYS_CHECKED_BYTES, CHECKED_BYTES, MAX_VALUE_BYTES, MOST_KEPT } from '../src/host/database.ts'
import * as conversations from '../src/servers/chat/limits.ts'
import { MAX_SAVED_BYTES, MAX_UNSAVED_BYTES, UNSAVED_MS } from '../src/servers/fs/limits.ts'
import { MAX_ATTACHMENT_BYTES } from '../src/servers/mail/attachment/attachment.ts'
import { MOST_CHANGED } from '../src/servers/mail/tools/changes.ts'
import { MAX_HELD_BYTES, MAX_UNREAD_BYTES } from '../src/servers/stdio-adapter/held-for-children.ts'
import * as children from '../src/servers/stdio-adapter/sessions.ts'

interface Schema {
  properties?: Record<string, Schema>
  type?: string
  default?: unknown
  description?: string
}
const page = readFileSync(join(import.meta.dirname, 'limits.md'), 'utf8')

/** Every number among the settings is a limit. */
function limits(schema: Schema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    if (value.properties) return limits(value, `${prefix}${name}.`)
    if (value.type !== 'integer') return []
    return [`| \`${prefix}${name}\` | ${value.default} | ${value.description} |`]
  })
}

test('the page on limits has every limit of the gateway as its configuration says it', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  assert.deepEqual(rows, limits(GatewayConfig as Schema))
})

test('the page on limits shows the sum of what is held, which is below what the unit may have', () => {
  const MIB = 1024 * 1024
  const { memory, http } = (GatewayConfig as Schema).properties ?? {}
  const unknown = Number(http?.properties?.unknownAtOnce?.default) * CONNECTION_BYTES.wss
  const row = (what: string) => Number(new RegExp(`^\\| ${what} \\| (\\d+) MiB \\|$`, 'm').exec(page)?.[1])
  const parts = [
    row('the gateway at rest'),
    row('what all callers together make it hold'),
    row('connections of unknown callers, at 72 KiB each'),
    row('garbage'),
    row('V8’s young generation'),
  ]
  assert.equal(parts[1], memory?.properties?.inAllMiB?.default)
  assert.equal(parts[2], unknown / MIB)
  assert.equal(parts[3], GARBAGE_BYTES / MIB)
  const sum = parts.reduce((one, other) => one + other, 0)
  assert.equal(row('\\*\\*sum\\*\\*'), sum)
  assert.ok((sum * MIB) / 1e6 < 400)
  const unit = readFileSync(join(import.meta.dirname, '../systemd/llmbasedos-gateway.service'), 'utf8')
  const high = Number(/^MemoryHigh=(\d+)M$/m.exec(unit)?.[1])
  assert.ok(sum < high && high < 1024)
  assert.match(unit, /^MemoryMax=1G$/m)
})

test('the page on limits has the shares of servers and of the processes that they start', () => {
  const MIB = 1024 * 1024
  const section = page.slice(page.indexOf('## Servers\n'), page.indexOf('## Workers\n'))
  const numbers = [...section.matchAll(/^\| [a-z].* \| ([\d]+)(?: MiB)? \|$/gm)].map(([, number]) =>
    Number(number),
  )
  assert.deepEqual(numbers, [
    children.MAX_CHILDREN,
    children.MAX_OF_CALLER,
    children.MAX_QUESTIONS,
    children.MAX_WAITING,
    MAX_UNREAD_BYTES / MIB,
    MAX_HELD_BYTES / MIB,
    children.TOLD_AT_ONCE,
    children.TOLD_PER_SECOND,
    children.CHILD_IDLE_MS / 60_000,
  ])
  assert.ok(section.includes(`it holds ${MEMORY.answers / MIB} MiB of long answers`))
  assert.ok(section.includes(`${MEMORY.requests / MIB} MiB of long requests`))
  assert.equal(OF_CLIENT, 1 / 4)
})

test('the page on limits has the bounds of workers', () => {
  const section = page.slice(page.indexOf('## Workers\n'), page.indexOf('## Scans and pictures\n'))
  const numbers = [...section.matchAll(/^\| [a-z].* \| ([\d]+)(?: MiB)? \|$/gm)].map(([, number]) =>
    Number(number),
  )
  const { brief, ...bounds } = POOL_LIMITS
  assert.equal(brief.bufferMegabytes, brief.heapMegabytes)
  assert.deepEqual(numbers, [
    bounds.atOnce,
    bounds.ms / 1000,
    bounds.heapMegabytes,
    bounds.bufferMegabytes,
    brief.bytes / MEGABYTE,
    brief.ms / 1000,
    brief.heapMegabytes,
    bounds.waitingOfCaller,
    bounds.waitingInAll,
    bounds.waitingBytesOfCaller / MEGABYTE,
    bounds.waitingBytesInAll / MEGABYTE,
  ])
})

test('the page on limits has the bounds of attachments and saved files', () => {
  const section = page.slice(
    page.indexOf('## Attachments and saved files\n'),
    page.indexOf('## Conversations\n'),
  )
  const numbers = [...section.matchAll(/^\| [a-z].* \| (\d+)(?: MiB)? \|$/gm)].map(([, number]) =>
    Number(number),
  )
  assert.deepEqual(numbers, [
    MAX_ATTACHMENT_BYTES / MEGABYTE,
    MAX_SAVED_BYTES / MEGABYTE,
    MAX_UNSAVED_BYTES / MEGABYTE,
    UNSAVED_MS / 1000,
    MOST_CHANGED,
  ])
})

test('the page on limits has the bounds of conversations', () => {
  const section = page.slice(page.indexOf('## Conversations\n'), page.indexOf('## The firewall\n'))
  const numbers = [...section.matchAll(/^\| [a-z].* \| (\d+) \|$/gm)].map(([, number]) => Number(number))
  assert.deepEqual(numbers, [
    conversations.MAX_TEXT,
    conversations.MAX_FILES,
    conversations.ATTACHED_CHARS,
    conversations.MAX_PERSONAL,
    conversations.MAX_IMPORT,
    conversations.FOLLOW_MS / 1000,
    conversations.KEEP_EVERY_MS,
  ])
})

test('the page on limits has the bounds of work in the background', () => {
  const section = page.slice(page.indexOf('## Work in the background\n'), page.indexOf('## Databases\n'))
  const numbers = [...section.matchAll(/^\| [a-z].* \| (\d+) \|$/gm)].map(([, number]) => Number(number))
  assert.deepEqual(numbers, [
    MOST_WORKS,
    BACKGROUND.atMostMinutes,
    BACKGROUND.asideMs / 1000,
    BACKGROUND.stopMs / 1000,
    BACKGROUND.lookMs / 60_000,
    BACKGROUND.pausesMs.length + 1,
  ])
  assert.deepEqual(
    BACKGROUND.pausesMs.map((ms) => ms / 60_000),
    [1, 5, 30],
  )
})

test('the page on limits has the bounds of databases', () => {
  const MIB = 1024 * 1024
  const section = page.slice(page.indexOf('## Databases\n'))
  const numbers = [...section.matchAll(/^\| [a-z].* \| (\d+)(?: MiB)? \|$/gm)].map(([, number]) =>
    Number(number),
  )
  assert.deepEqual(numbers, [
    MAX_VALUE_BYTES / MIB,
    ALWAYS_CHECKED_BYTES / MIB,
    CHECKED_BYTES / MIB,
    MOST_KEPT,
  ])
})
