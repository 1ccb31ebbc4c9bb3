import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openDatabase } from '../../host/database.ts'
import type { Database, Writer } from '../../protocol/database.ts'
import { inSteps } from './steps.ts'

let folder: string
let database: Database
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'steps-'))
  database = await openDatabase({ folder, name: 'steps', steps: ['CREATE TABLE done (n INTEGER)'] })
})
after(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})
const done = () => database.get<{ n: number }>('SELECT count(*) AS n FROM done')?.n
const transaction: Database['transaction'] = (work) => database.transaction(work)

/** Longer than a transaction may take. */
function slowly(writer: Writer): void {
  writer.run('INSERT INTO done VALUES (1)')
  for (const end = performance.now() + 12; performance.now() < end; );
}

test('others have their turn between two transactions, and see what was done by then', async () => {
  const seen: unknown[] = []
  let left = 3
  const work = inSteps(transaction, (writer) => {
    slowly(writer)
    assert.equal(seen.length, 3 - left)
    left--
    if (left > 0) setImmediate(() => seen.push(done()))
    return left > 0
  })
  await work
  assert.deepEqual(seen, [1, 2])
  assert.equal(done(), 3)
})

test('what was done before it is given up is kept', async () => {
  const before = done() ?? 0
  const giving = new AbortController()
  const work = inSteps(
    transaction,
    (writer) => {
      slowly(writer)
      giving.abort(new Error('given up'))
      return true
    },
    giving.signal,
  )
  await assert.rejects(work, { name: 'AbortError' })
  assert.equal(done(), before + 1)
})
