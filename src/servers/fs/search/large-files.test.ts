/** Files far larger than what is read of them. */
import assert from 'node:assert/strict'
import { closeSync, openSync, truncateSync, writeSync } from 'node:fs'
import { test } from 'node:test'
import { Observed } from '../testing/observed.ts'
import { Searching } from '../testing/searching.ts'

const GB = 1024 ** 3
/** What is read of a long text. */
const READ_BYTES = 4 * 1024 * 1024

test('of a log of 2 GB the beginning and the end are found, nothing else is read, and its status says so', async () => {
  await using it = new Searching({ 'notes/small.md': 'The kettle.' })
  // It takes no room on the disk: what was never written is read as zeros.
  it.put('notes/server.log', `${'first line of the log\n'.repeat(50_000)}The glacier is at the beginning.\n`)
  truncateSync(it.real('notes/server.log'), 2 * GB)
  const file = openSync(it.real('notes/server.log'), 'r+')
  const end = `${'a line of the log\n'.repeat(120_000)}The violin is at the end.\n`
  writeSync(file, end, 2 * GB - end.length)
  closeSync(file)
  const read: number[] = []
  const observed = new Observed({ hasModel: false, onBytes: (_, length) => read.push(length) })
  await it.start({ definition: observed.definition(it.root) })
  const before = process.memoryUsage.rss()
  await it.add('/notes')
  assert.ok(process.memoryUsage.rss() - before < 0.5 * GB)
  assert.ok(read.reduce((sum, length) => sum + length, 0) < READ_BYTES + 1000, `${read} bytes`)
  assert.deepEqual(await it.found('violin'), ['/notes/server.log'])
  assert.deepEqual(await it.found('glacier'), ['/notes/server.log'])
  assert.deepEqual(await it.found('kettle'), ['/notes/small.md'])
  const { state, why } = await it.statusOf('/notes/server.log')
  assert.equal(state, 'searched')
  assert.match(why ?? '', /^Only \d+ passages of it are searched, from its beginning and its end/)
})
