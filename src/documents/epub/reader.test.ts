import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unzipSync, zipSync } from 'fflate'
import { MAX_HELD_BYTES, MAX_READ_BYTES } from '../package/package.ts'
import { bent, packed, SAMPLES, type Sample, TEXT } from '../package/testing/samples.ts'
import { documentContract } from '../testing/document.contract.ts'
import { readAndTold, sample, told } from '../testing/told.ts'
import { readEpub } from './reader.ts'

const chapters = (count: number) => ({ kind: 'chapter' as const, count })
documentContract([
  { name: 'pandoc.epub', bytes: sample('pandoc.epub'), format: 'epub', parts: chapters(4), says: 'Novák' },
  {
    name: 'pandoc-2.epub',
    bytes: sample('pandoc-2.epub'),
    format: 'epub',
    parts: chapters(4),
    says: 'Novák',
  },
])

test('elements of a chapter that end with their tags hide nothing, and hold nothing', async () => {
  const book = SAMPLES.find(({ format }) => format === 'epub') as Sample
  const head = '<head><title/><script src="a.js"/><style/></head><body>'
  const text = `${TEXT}</p><div hidden="hidden"/><h1/><ul/><p><a id="p1"/><textarea/>more`
  const chapter = bent(book, book.text, { text }).replace('<body>', head)
  assert.deepEqual(await readAndTold(readEpub, packed(book, { [book.text]: chapter })), [
    `paragraph: ${TEXT}`,
    'paragraph: more',
  ])
})

test('a book has its chapters in their order, with their names', async () => {
  for (const [name, first] of Object.entries({
    'pandoc.epub': 'Title Page',
    'pandoc-2.epub': 'The boiler and the boat',
  })) {
    const { title, language, parts } = await readEpub(sample(name), { name })
    assert.equal(title, 'The boiler and the boat')
    assert.equal(language, 'en')
    assert.deepEqual(parts, { kind: 'chapter', count: 4, names: [first, 'Winter', 'Spring', 'Zahrada / 庭'] })
    assert.deepEqual(await readAndTold(readEpub, sample(name), { parts: { first: 2, last: 3 } }), [
      'heading: Winter',
      'paragraph: Mr. Novák looks after the boiler in October.1',
      'item: the pump',
      'item: its valve',
      'item: the gauge',
      'item: Drain',
      'item: Fill',
      'row: ["Part","Price"]',
      'row: ["pump","120 €"]',
      'row: ["valve","9 €"]',
      'heading: Where it is',
      'paragraph: Below the stairs.',
      'code: make heat\nmake water',
      'item: He needs the key of the cellar.↩︎',
      'heading: Spring',
      'paragraph: The red boat has to be painted.',
      'paragraph: Ask Ada about the varnish.',
    ])
  }
})

test('a book is read as often as it is asked for, however much each time unpacks', async () => {
  const files = unzipSync(sample('pandoc.epub'))
  const chapter = Object.keys(files).find((name) => name.endsWith('ch001.xhtml')) ?? ''
  files[chapter] = Buffer.alloc(MAX_HELD_BYTES)
  const document = await readEpub(Buffer.from(zipSync(files, { level: 0 })), { name: 'a.epub' })
  for (let unpacked = 0; unpacked <= MAX_READ_BYTES; unpacked += MAX_HELD_BYTES)
    assert.ok((await told(document)).some((line) => line.endsWith('is no text.')))
})
