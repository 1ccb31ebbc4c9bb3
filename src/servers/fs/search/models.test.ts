/** Choosing another embedding model while files are searched. */
import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { shippedModelFolder } from '../../../search/embedding/shipped.ts'
import { writeSmallModel } from '../../../search/embedding/testing/small-model.ts'
import { Observed } from '../testing/observed.ts'
import { Searching } from '../testing/searching.ts'

const NOTES = {
  'notes/boiler.md': '# Heating\n\nThe boiler is serviced each autumn before it gets cold.',
  'notes/bread.md': '# Baking\n\nFeed the sourdough, then let the dough rise overnight.',
}
const LOAF = 'recipe for making my own loaf'

test('another model embeds all anew, and the choice outlasts the process', async () => {
  await using it = await new Searching(NOTES).start()
  writeSmallModel(it.real('Models/small'))
  await it.add('/notes')
  assert.equal((await it.status()).model, 'use-lite')
  await it.asked('search_models', { action: 'use', name: 'small' })
  // The former one answers at once.
  assert.equal((await it.found(LOAF))[0], '/notes/bread.md')
  await it.running.worked()
  const status = await it.status()
  assert.deepEqual([status.model, status.withoutMeaning], ['small', 0])
  await it.restart()
  assert.equal((await it.found('boiler'))[0], '/notes/boiler.md')
  assert.deepEqual([(await it.status()).model, (await it.status()).withoutMeaning], ['small', 0])
  await it.asked('search_models', { action: 'use', name: 'use-lite' })
  await it.running.worked()
  assert.equal((await it.found(LOAF))[0], '/notes/bread.md')
})

test('without a model words find files, and the answer says so', async () => {
  await using it = await new Searching(NOTES).start()
  await it.add('/notes')
  await it.asked('search_models', { action: 'use', name: 'disabled' })
  await it.running.worked()
  assert.deepEqual(await it.found('boiler'), ['/notes/boiler.md'])
  assert.deepEqual(await it.found(LOAF), [])
  const { missing } = await it.asked<{ missing: { meaning: string } }>('search_documents', { query: LOAF })
  assert.match(missing.meaning, /No model of meaning is used/)
})

test('a model that is gone leaves the words, and the answer says which ones there are', async () => {
  await using it = await new Searching(NOTES).start()
  cpSync(shippedModelFolder(), it.real('Models/copy'), { recursive: true })
  await it.add('/notes')
  await it.asked('search_models', { action: 'use', name: 'copy' })
  await it.running.worked()
  assert.equal((await it.found(LOAF))[0], '/notes/bread.md')
  rmSync(join(it.real('Models'), 'copy'), { recursive: true })
  await it.restart()
  assert.deepEqual(await it.found('boiler'), ['/notes/boiler.md'])
  const { missing } = await it.asked<{ missing: { meaning: string } }>('search_documents', {
    query: 'boiler',
  })
  assert.match(missing.meaning, /no embedding model "copy"; these are known: use-lite, disabled/)
})

test('after the process ends the former model answers, until another one has embedded all', async () => {
  const release = Promise.withResolvers<void>()
  const held = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      release.promise.then(resolve)
    })
  await using it = await new Searching(NOTES).start()
  writeSmallModel(it.real('Models/small'))
  await it.add('/notes')
  await it.stop()
  const start = () => it.start({ definition: new Observed({ onEmbed: held }).definition(it.root) })
  const foundBy = async () => {
    const { hits } = await it.asked<{ hits: { path: string; foundBy: string[] }[] }>('search_documents', {
      query: LOAF,
    })
    return hits[0] && [hits[0].path, ...hits[0].foundBy]
  }
  await start()
  await it.asked('search_models', { action: 'use', name: 'small' })
  for (let processes = 0; processes < 2; processes++) {
    assert.deepEqual(await foundBy(), ['/notes/bread.md', 'meaning'])
    const { model, formerModel, withoutMeaning } = await it.status()
    assert.deepEqual([model, formerModel, withoutMeaning], ['small', 'use-lite', 2])
    await it.stop()
    await start()
  }
  // Another choice meanwhile leaves the one that knows all.
  await it.asked('search_models', { action: 'use', name: 'use-lite' })
  assert.deepEqual(await foundBy(), ['/notes/bread.md', 'meaning'])
  await it.asked('search_models', { action: 'use', name: 'small' })
  assert.deepEqual(await foundBy(), ['/notes/bread.md', 'meaning'])
  release.resolve()
  await it.running.worked()
  const { formerModel, withoutMeaning } = await it.status()
  assert.deepEqual([formerModel, withoutMeaning], [undefined, 0])
  await it.restart()
  assert.equal((await it.status()).formerModel, undefined)
})
