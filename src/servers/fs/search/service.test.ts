import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Searching } from '../testing/searching.ts'

const NOTES = {
  'notes/boiler.md': '# Heating\n\nThe boiler is serviced each autumn before it gets cold.',
  'notes/bread.md': '# Baking\n\nFeed the sourdough, then let the dough rise overnight.',
  'other/secret.md': '# Elsewhere\n\nThe boiler of somebody else.',
}

test('what is in a chosen folder is found by its words and by its meaning, and nothing else is', async () => {
  await using it = await new Searching(NOTES).start()
  assert.deepEqual(await it.found('boiler'), [])
  await it.add('/notes')
  assert.deepEqual(await it.found('boiler'), ['/notes/boiler.md'])
  assert.equal((await it.found('recipe for making my own loaf'))[0], '/notes/bread.md')
  const status = await it.status()
  assert.equal(status.state, 'idle')
  assert.deepEqual([status.files, status.waiting, status.leftOut, status.withoutMeaning], [2, 0, 0, 0])
  assert.deepEqual(await it.statusOf('/notes/bread.md'), {
    path: '/notes/bread.md',
    state: 'searched',
    passages: 1,
  })
  assert.match((await it.statusOf('/other/secret.md')).why ?? '', /in no folder that is searched/)
})
