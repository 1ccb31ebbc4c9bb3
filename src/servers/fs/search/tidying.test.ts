/** What the work in the background removes once all files are known. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { writeSmallModel } from '../../../search/embedding/testing/small-model.ts'
import { Searching } from '../testing/searching.ts'

const NOTES = {
  'notes/boiler.md': '# Heating\n\nThe boiler is serviced each autumn before it gets cold.',
  'old/bread.md': '# Baking\n\nFeed the sourdough, then let the dough rise overnight.',
}

/** The database of a server that has stopped. */
function opened(it: Searching) {
  const database = new DatabaseSync(join(it.state, 'search.db'))
  return {
    count: (table: string) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n,
    run: (sql: string) => database.exec(sql),
    [Symbol.dispose]: () => database.close(),
  }
}

test('once another model has embedded all, the vectors of the former one are removed', async () => {
  await using it = await new Searching(NOTES).start()
  writeSmallModel(it.real('Models/small'))
  await it.add('/notes', '/old')
  await it.asked('search_models', { action: 'use', name: 'small' })
  await it.running.worked()
  await it.stop()
  using database = opened(it)
  assert.deepEqual([database.count('model'), database.count('embedded')], [1, 2])
})

test('what a killed process left of a removed folder is not found, and is removed by the next work', async () => {
  await using it = await new Searching({ ...NOTES, 'old/rolls.md': 'Shape the dough into rolls.' }).start()
  await it.add('/notes', '/old')
  await it.stop()
  {
    using database = opened(it)
    // Killed when it had marked one of the two.
    database.run("DELETE FROM folder WHERE path = '/old'")
    database.run("UPDATE file SET state = 'removed' WHERE path = '/old/bread.md'")
  }
  await it.start()
  assert.deepEqual(await it.found('dough'), [])
  await it.add('/notes')
  await it.stop()
  using database = opened(it)
  assert.deepEqual([database.count('file'), database.count('piece')], [1, 1])
})

test('what a killed process left of the last folder is not kept either', async () => {
  await using it = await new Searching(NOTES).start()
  await it.add('/old')
  await it.stop()
  {
    using database = opened(it)
    database.run('DELETE FROM folder')
  }
  await it.start()
  assert.deepEqual(await it.found('dough'), [])
  await it.running.wake('look')
  await it.running.worked()
  await it.stop()
  using database = opened(it)
  assert.deepEqual([database.count('file'), database.count('piece')], [0, 0])
})
