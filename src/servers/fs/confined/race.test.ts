import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ToolError } from '../../../protocol/define.ts'
import { SECRET, type Served, serve } from '../testing/served.ts'

/**
 * Swaps `dir` for a link that leads out, and back, as fast as it can until it gets the message to stop. Makes both anew
 * where they were deleted.
 */
const SWAPPER = `
  const { workerData, parentPort } = require('node:worker_threads')
  const { mkdirSync, renameSync, symlinkSync, writeFileSync } = require('node:fs')
  const { root, outside, shared } = workerData
  const [STOP, SWAPS] = [0, 1]
  const attempt = (step) => { try { step() } catch {} }
  const refill = () => {
    attempt(() => symlinkSync(outside, root + '/link'))
    attempt(() => mkdirSync(root + '/fresh'))
    attempt(() => writeFileSync(root + '/fresh/secret.txt', 'harmless'))
    attempt(() => renameSync(root + '/fresh', root + '/dir'))
  }
  refill()
  parentPort.postMessage('ready')
  while (Atomics.load(shared, STOP) === 0) {
    attempt(() => renameSync(root + '/dir', root + '/parked'))
    attempt(() => { renameSync(root + '/link', root + '/dir'); Atomics.add(shared, SWAPS, 1) })
    attempt(() => renameSync(root + '/dir', root + '/link'))
    attempt(() => renameSync(root + '/parked', root + '/dir'))
    if (Math.random() < 0.1) refill()
  }
  parentPort.postMessage('stopped')
`

const ROUNDS = 60
const [STOP, SWAPS] = [0, 1]

/** Runs `work` again and again while a worker swaps: for ROUNDS, and until it has swapped as often. */
async function whileSwapping(served: Served, work: (round: number) => Promise<void>): Promise<void> {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const workerData = { root: served.root, outside: served.outside, shared }
  const worker = new Worker(SWAPPER, { eval: true, workerData })
  try {
    await once(worker, 'message')
    for (let round = 0; round < ROUNDS || Atomics.load(shared, SWAPS) < ROUNDS; round++) await work(round)
    Atomics.store(shared, STOP, 1)
    await once(worker, 'message')
  } finally {
    await worker.terminate()
  }
}

/** Counts what was done and what was refused; lets any other failure through. */
class Tally {
  done = 0
  refused = 0

  async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
      this.done++
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      this.refused++
    }
  }
}

test('while a folder is swapped for a link that leads out, nothing outside is read, changed or deleted', async () => {
  using served = serve({ 'dir/secret.txt': 'harmless', 'dir/sub/secret.txt': 'harmless', 'mine.txt': 'mine' })
  writeFileSync(`${served.outside}/other.txt`, 'other')
  const tally = new Tally()
  const call = (tool: string, args: object) => tally.attempt(() => served.call(tool, args))
  const lacks = (found: RegExp, tool: string, args: object) =>
    tally.attempt(async () => assert.doesNotMatch(await served.text(tool, args), found))
  const secret = new RegExp(SECRET)

  await whileSwapping(served, async (round) => {
    await lacks(secret, 'read_text_file', { path: 'dir/secret.txt' })
    await lacks(secret, 'read_multiple_files', { paths: ['dir/secret.txt', 'link/secret.txt'] })
    await lacks(/other/, 'list_directory', { path: 'dir' })
    await lacks(/other/, 'directory_tree', { path: 'dir' })
    await lacks(/other/, 'search_files', { path: '/', pattern: '**' })
    await call('write_file', { path: 'dir/secret.txt', content: 'harmless' })
    await call('write_file', { path: `dir/${round}.txt`, content: 'x' })
    await call('create_directory', { path: `dir/new${round}/inner` })
    await call('move_file', { source: 'dir/other.txt', destination: `stolen${round}` })
    await call('move_file', { source: 'dir/secret.txt', destination: `dir/moved${round}.txt` })
    await call('delete_file', { path: 'dir/other.txt' })
    await call('delete_file', { path: `dir/new${round}`, recursive: true })
    await call('delete_file', { path: 'dir/sub', recursive: true })
  })

  assert.ok(tally.done > 0 && tally.refused > 0, JSON.stringify(tally))
  assert.deepEqual(readdirSync(served.outside).sort(), ['other.txt', 'secret.txt'])
  assert.equal(readFileSync(`${served.outside}/secret.txt`, 'utf8'), SECRET)
  assert.equal(readFileSync(`${served.outside}/other.txt`, 'utf8'), 'other')
  assert.ok(!readdirSync(served.root).some((name) => name.startsWith('stolen')))
})

test('while a folder is swapped for a link, deleting it with all in it touches nothing outside', async () => {
  using served = serve()
  const tally = new Tally()
  await whileSwapping(served, async () => {
    for (const path of ['dir', 'parked', 'link'])
      await tally.attempt(() => served.call('delete_file', { path, recursive: true }))
  })
  assert.ok(tally.done > 0, JSON.stringify(tally))
  assert.deepEqual(readdirSync(served.outside), ['secret.txt'])
})
