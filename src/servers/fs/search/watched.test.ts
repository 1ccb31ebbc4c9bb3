/** What is looked through, read and embedded, and how often; and what happens to files that change at the worst moment. */
import assert from 'node:assert/strict'
import { renameSync, rmSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { until } from '../../../framework/testing/until.ts'
import { Observed, type Observing } from '../testing/observed.ts'
import { Searching } from '../testing/searching.ts'
import { endWorkers } from '../testing/worker-processes.ts'

async function observed(
  content: Record<string, string>,
  observing: (it: Searching) => Observing = () => ({}),
) {
  const it = new Searching(content)
  const seen = new Observed(observing(it))
  await it.start({ definition: seen.definition(it.root) })
  return { it, seen }
}

const NOTES = {
  'notes/boiler.md': '# Heating\n\nThe boiler is serviced each autumn.',
  'notes/deeper/bread.md': '# Baking\n\nFeed the sourdough.',
  'notes/deeper/still/tea.md': 'The kettle boils.',
}

test('where nothing has changed a look is one walk through each folder, and no file is read', async () => {
  const { it, seen } = await observed(NOTES)
  await using _ = it
  await it.add('/notes')
  assert.equal(seen.reads.length, 3)
  for (let night = 0; night < 3; night++) {
    seen.reset()
    await it.running.wake('look')
    await it.running.worked()
    assert.deepEqual([seen.walks, seen.reads, seen.embedded], [['/notes'], [], 0])
  }
  await it.stop()
  seen.reset()
  await it.start({ definition: seen.definition(it.root) })
  assert.equal((await it.found('kettle'))[0], '/notes/deeper/still/tea.md')
  await it.running.worked()
  assert.deepEqual([seen.walks, seen.reads, seen.embedded], [['/notes'], [], 0])
})

test('a file or a folder that was moved is neither read nor embedded again', async () => {
  const { it, seen } = await observed(NOTES)
  await using _ = it
  await it.add('/notes')
  seen.reset()
  renameSync(it.real('notes/boiler.md'), it.real('notes/deeper/heating.md'))
  renameSync(it.real('notes/deeper/still'), it.real('notes/kitchen'))
  await it.running.wake('look')
  await it.running.worked()
  await until('both are found', async () => (await it.found('kettle'))[0] === '/notes/kitchen/tea.md')
  assert.equal((await it.found('boiler'))[0], '/notes/deeper/heating.md')
  await it.running.worked()
  assert.deepEqual([seen.reads, seen.embedded], [[], 0])
})

test('a copy is read, but not embedded again', async () => {
  const { it, seen } = await observed(NOTES)
  await using _ = it
  await it.add('/notes')
  seen.reset()
  it.put('notes/copy.md', NOTES['notes/boiler.md'])
  await it.running.wake('look')
  await it.running.worked()
  assert.deepEqual([seen.reads, seen.embedded], [['/notes/copy.md'], 0])
})

test('a file that becomes a link between the walk and the reading is not read through it', async () => {
  let isSwapped = false
  const { it, seen } = await observed(
    { 'notes/a.md': 'The kettle.', 'other/secret.md': 'The kettle of others.' },
    (searching) => ({
      onOpen(path) {
        if (path !== '/notes/a.md' || isSwapped) return
        isSwapped = true
        rmSync(searching.real('notes/a.md'))
        symlinkSync('../other/secret.md', searching.real('notes/a.md'))
      },
    }),
  )
  await using _ = it
  await it.add('/notes')
  assert.ok(isSwapped)
  assert.deepEqual(await it.found('kettle'), [])
  await it.running.worked()
  assert.deepEqual([(await it.status()).files, (await it.status()).waiting], [0, 0])
  assert.deepEqual(seen.reads, [])
})

test('a folder that becomes a link is not read through it, and what was in it is in no answer', async () => {
  const { it } = await observed({
    'notes/deeper/a.md': 'The kettle.',
    'other/a.md': 'The kettle.',
  })
  await using _ = it
  await it.add('/notes')
  rmSync(it.real('notes/deeper'), { recursive: true })
  symlinkSync('../other', it.real('notes/deeper'))
  assert.deepEqual(await it.found('kettle'), [])
})

test('a file that changes while it is read is read again once it rests, without being asked for', async () => {
  let changes = 0
  const { it, seen } = await observed({ 'notes/a.md': 'The kettle.' }, (searching) => ({
    onRead(path) {
      // As another program would write it in the middle of the reading, once.
      if (path === '/notes/a.md' && changes++ === 0) searching.put('notes/a.md', 'The violin, and more.')
    },
  }))
  await using _ = it
  await it.add('/notes')
  await until('it was read again', async () => (await it.statusOf('/notes/a.md')).state === 'searched')
  assert.equal(seen.reads.length, 2)
  assert.deepEqual(await it.found('kettle'), [])
  assert.deepEqual(await it.found('violin'), ['/notes/a.md'])
})

test('a file that ends the worker each time is left alone until it changes, and costs no other', async () => {
  let jobs = 0
  let isPoison = true
  const { it } = await observed({ 'notes/a.md': 'The kettle.', 'notes/poison.md': 'The violin.' }, () => ({
    onJob(names, ended) {
      if (!isPoison || !names.some((name) => name.endsWith('poison.md'))) return
      jobs++
      const ending = setInterval(endWorkers, 5)
      ended.catch(() => {}).finally(() => clearInterval(ending))
    },
  }))
  await using _ = it
  await it.add('/notes')
  assert.deepEqual(await it.found('kettle'), ['/notes/a.md'])
  assert.deepEqual([(await it.status()).files, (await it.status()).leftOut], [1, 1])
  assert.match((await it.statusOf('/notes/poison.md')).why ?? '', /ended|died/)
  // With the other one, and by itself.
  assert.equal(jobs, 2)
  await it.running.wake('look')
  await it.running.worked()
  assert.equal(jobs, 2)
  isPoison = false
  it.put('notes/poison.md', 'The glacier.')
  await it.running.wake('look')
  await it.running.worked()
  assert.deepEqual(await it.found('glacier'), ['/notes/poison.md'])
})
