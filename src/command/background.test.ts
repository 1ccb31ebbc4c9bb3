import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import { keptStatuses, statusesShown, workInWords, worksOf } from './background.ts'
import { instanceName } from './installation.ts'

const WORKS = 'works in the background: index since 2026-11-28T12:00:00Z, 4 of 10'

test('of what systemd shows, the status of services that run counts', () => {
  const block = (id: string, active: string, status: string) =>
    `Id=${id}.service\nActiveState=${active}\nStatusText=${status}\n`
  const text = [
    block('mcp-mail@ada', 'active', WORKS),
    block('mcp-fs@ada', 'active', 'asleep'),
    block('mcp-time@ada', 'failed', WORKS),
  ].join('\n')
  assert.deepEqual(statusesShown(text), { 'mcp-mail@ada': WORKS, 'mcp-fs@ada': 'asleep' })
  assert.deepEqual(statusesShown(''), {})
})

test('the works of one user, and of the system, are shown under the names of their servers', () => {
  const found = worksOf(
    {
      'mcp-mail@ada': WORKS,
      'mcp-mail@bob': WORKS,
      'mcp-llm-local': WORKS,
      'mcp-fs@ada': 'awake',
      'llmbasedos-gateway': WORKS,
    },
    'ada',
  )
  const index = { name: 'index', since: Date.UTC(2026, 10, 28, 12), done: 4, total: 10 }
  assert.deepEqual(
    [...found],
    [
      ['mail', [index]],
      ['llm-local', [index]],
    ],
  )
})

test('a work is shown with how long it has run, and its progress', () => {
  const since = Date.UTC(2026, 10, 28, 12)
  assert.equal(
    workInWords({ name: 'index', since, done: 4, total: 10 }, since + 600_000),
    'index for 10 min, 4 of 10',
  )
  assert.equal(workInWords({ name: 'index', since, done: 4 }, since + 5000), 'index for 5 s, 4')
  // The clock was set back.
  assert.equal(workInWords({ name: 'index', since }, since - 5000), 'index for 0 s')
})

for (const [what, text] of [
  ['no file', undefined],
  ['an appliance that was killed', JSON.stringify({ pid: 2 ** 22 + 1, units: { x: WORKS } })],
  ['half a file', '{"pid":'],
  ['another shape', '[]'],
] as const)
  test(`of ${what} no work is shown`, async () => {
    using folder = temporaryDirectory()
    const path = join(folder.path, 'statuses.json')
    if (text !== undefined) writeFileSync(path, text)
    assert.deepEqual(await keptStatuses(path), {})
  })

test('of a running appliance, the works that its services report are shown', async () => {
  using folder = temporaryDirectory()
  const path = join(folder.path, 'statuses.json')
  writeFileSync(
    path,
    JSON.stringify({ pid: process.pid, units: { [`mcp-mail@${instanceName()}`]: WORKS, odd: 7 } }),
  )
  assert.deepEqual(await keptStatuses(path), { [`mcp-mail@${instanceName()}`]: WORKS })
})
