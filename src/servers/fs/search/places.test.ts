/** A hit says on which page, sheet, slide or chapter it stands, as the document is now. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pagesOf } from '../../../documents/pdf/testing/hostile.ts'
import { sample } from '../../../documents/testing/told.ts'
import { Searching } from '../testing/searching.ts'
import type { Found } from './file-search.ts'

async function hitsOf(it: Searching, query: string) {
  const { hits } = await it.asked<Found>('search_documents', { query })
  return hits.map(({ path, part }) => ({ path, part }))
}

const DOCUMENTS = {
  'manual.pdf': ['"lies in the cellar"', { kind: 'page', number: 3 }],
  'pandoc.pptx': ['"red boat has to be painted"', { kind: 'slide', number: 4 }],
  'openpyxl.xlsx': ['"Müller"', { kind: 'sheet', number: 1, name: 'Sales & more', cell: 'A1' }],
  'pandoc.epub': ['"key of the cellar"', { kind: 'chapter', number: 2, name: 'Winter' }],
} as const

for (const [name, [query, part]] of Object.entries(DOCUMENTS))
  test(`a hit in ${name} says on which ${part.kind} it stands`, async () => {
    const bytes = sample(name.endsWith('.pdf') ? `pdf/${name}` : name)
    await using it = await new Searching({ [`notes/${name}`]: bytes }).start()
    await it.add('/notes')
    const [hit] = await hitsOf(it, query)
    assert.deepEqual(hit, { path: `/notes/${name}`, part })
  })

test('where the pages of a document change, its hits are on those that it has now', async () => {
  const page = (number: number) => [{ path: '/notes/a.pdf', part: { kind: 'page', number } }]
  await using it = await new Searching({
    'notes/a.pdf': pagesOf(['The kettle.', 'The violin.', 'The glacier.']),
  }).start()
  await it.add('/notes')
  assert.deepEqual(await hitsOf(it, 'violin'), page(2))
  assert.deepEqual(await hitsOf(it, 'glacier'), page(3))
  it.put('notes/a.pdf', pagesOf(['The violin.', 'The lighthouse.']))
  await it.running.wake('look')
  await it.running.worked()
  assert.deepEqual(await hitsOf(it, 'violin'), page(1))
  assert.deepEqual(await hitsOf(it, 'lighthouse'), page(2))
  for (const gone of ['kettle', 'glacier']) assert.deepEqual(await hitsOf(it, `"${gone}"`), [], gone)
  assert.equal((await it.statusOf('/notes/a.pdf')).passages, 2)
})
