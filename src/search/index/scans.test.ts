import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Scans } from './scans.ts'
import { openLibrary, piece } from './testing/library.ts'

const HOW = 'tesseract 5 eng'

const onPage = (text: string) => ({ ...piece(text), part: 7 })

/** Two documents and a picture, the picture the newest. */
async function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'scans-'))
  const { library, database } = await openLibrary(folder)
  const add = async (path: string, modifiedAt: number, scans: number[], texts: string[] = []) => {
    const { id } = await library.begin({ path, version: `${path} 1`, modifiedAt, format: 'pdf' })
    await library.finishAll([{ id, language: '', pieces: texts.map((text) => piece(text)), scans }])
    return id
  }
  const old = await add('/old.pdf', 1, [3, 1])
  const recent = await add('/recent.pdf', 2, [7], ['written'])
  const picture = await add('/picture.png', 3, [0])
  const close = async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  }
  return { library, scans: new Scans(database), old, recent, picture, [Symbol.asyncDispose]: close }
}

test('pages come before pictures, those of new files first, and last what failed', async () => {
  await using it = await opened()
  const { scans, library } = it
  const order: [string, number][] = []
  for (let scan = scans.next(HOW, true); scan && order.length < 5; scan = scans.next(HOW, true)) {
    order.push([scan.path, scan.part])
    await scans.begin(scan)
    if (order.length === 1) await scans.failed(scan, 'It took too long.')
    else await library.addRecognised({ scan, how: HOW, language: '', pieces: [] }, 10)
  }
  assert.deepEqual(order, [
    ['/recent.pdf', 7],
    ['/old.pdf', 1],
    ['/old.pdf', 3],
    ['/picture.png', 0],
    ['/recent.pdf', 7],
  ])
})

test('where pages can’t be drawn, pictures are read', async () => {
  await using it = await opened()
  assert.equal(it.scans.next(HOW, false)?.path, '/picture.png')
})

test('with other languages all is read again, and what it said stays until then', async () => {
  await using it = await opened()
  const { scans, library, recent } = it
  const scan = scans.next(HOW, true)
  assert.ok(scan)
  await library.addRecognised({ scan, how: HOW, language: 'en', pieces: [onPage('recognised')] }, 10)
  assert.deepEqual(scans.counts(HOW), { pages: 2, pictures: 1, read: 1, failed: 0 })
  assert.deepEqual(scans.counts('tesseract 5 deu'), { pages: 3, pictures: 1, read: 0, failed: 0 })
  assert.equal(scans.next('tesseract 5 deu', true)?.path, '/recent.pdf')
  assert.deepEqual(
    library.piecesOf(recent).map(({ content }) => content),
    ['written', 'recognised'],
  )
  assert.equal(library.fileById(recent)?.language, 'en')
})

test('what was read takes the place of what the page had, within the pieces that a file may have', async () => {
  await using it = await opened()
  const { scans, library, recent } = it
  const scan = scans.next(HOW, true)
  assert.ok(scan)
  const say = (most: number, ...texts: string[]) =>
    library.addRecognised({ scan, how: HOW, language: '', pieces: texts.map(onPage) }, most)
  const contents = () => library.piecesOf(recent).map(({ content }) => content)
  await say(10, 'one', 'two')
  await say(10, 'two', 'three')
  assert.deepEqual(contents(), ['written', 'two', 'three'])
  await say(2, 'four', 'five')
  assert.deepEqual(contents(), ['written', 'four'])
})

test('what was read of a file that has changed since is not taken for it, and goes with the file', async () => {
  await using it = await opened()
  const { scans, library, recent } = it
  const scan = scans.next(HOW, true)
  assert.ok(scan)
  const changed = { path: '/recent.pdf', version: 'other', modifiedAt: 4, format: 'pdf' }
  await library.begin(changed)
  await library.addRecognised({ scan, how: HOW, language: '', pieces: [onPage('recognised')] }, 10)
  assert.deepEqual(
    library.piecesOf(recent).map(({ content }) => content),
    ['written'],
  )
  await library.finishAll([{ id: recent, language: '', pieces: [], scans: [7] }])
  assert.equal(scans.next(HOW, true)?.version, 'other')
  await library.removeFile(recent)
  assert.equal(scans.has(recent, 7), false)
})

test('a result is kept by the bytes of the file, the page and what read it', async () => {
  await using it = await opened()
  const { scans } = it
  const digest = Uint8Array.of(1, 2, 3)
  await scans.keep(digest, 1, HOW, 'text')
  await scans.keep(digest, 1, HOW, 'better text')
  assert.equal(scans.kept(digest, 1, HOW), 'better text')
  assert.equal(scans.kept(digest, 2, HOW), undefined)
  assert.equal(scans.kept(digest, 1, 'tesseract 6 eng'), undefined)
  assert.equal(scans.kept(Uint8Array.of(1, 2), 1, HOW), undefined)
})
