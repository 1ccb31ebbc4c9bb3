import assert from 'node:assert/strict'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { mountSmall } from '../../host/testing/mount.ts'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { openVectorDriver, vectorDriverOf } from './drivers.ts'
import type { Library } from './library.ts'
import { addFile, embedAll, openLibrary, vectorOf } from './testing/library.ts'
import { usearch } from './usearch.ts'
import type { VectorDriver } from './vector-index.ts'
import { Vectors, type VectorsOptions } from './vectors.ts'

const DIMENSIONS = 16
const SIZE = 50
const textsOf = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i}`)

async function optionsFor(
  library: Library,
  folder: string,
  driver: VectorDriver = usearch,
): Promise<VectorsOptions> {
  mkdirSync(folder, { recursive: true })
  const modelId = await library.modelId('m', DIMENSIONS)
  return { library, folder, driver, modelId, dimensions: DIMENSIONS, segmentSize: SIZE }
}

const segments = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.index'))

/** What stands closest to each of these texts. */
const closest = (vectors: Vectors, library: Library, texts: readonly string[]) =>
  texts.map((text) => {
    const [first] = vectors.nearest(vectorOf(text, DIMENSIONS), 1)
    return library.piece(first?.key ?? 0)?.content
  })

test('what was embedded is found at once, also beyond what one segment holds', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = await optionsFor(library, join(folder.path, 'index'))
  const vectors = await Vectors.open(options)
  assert.deepEqual(vectors.nearest(vectorOf('a', DIMENSIONS), 5), [])
  const texts = textsOf('a', 130)
  await addFile(library, '/a', texts)
  await embedAll(library, options.modelId, DIMENSIONS)
  assert.equal(vectors.waiting, 130)
  await Promise.all([vectors.follow(), vectors.follow()])
  assert.equal(vectors.waiting, 0)
  assert.equal(vectors.size, 130)
  assert.equal(segments(options.folder).length, 2)
  assert.deepEqual(closest(vectors, library, texts), texts)
})

test('opened again it answers the same from what was saved', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = await optionsFor(library, join(folder.path, 'index'))
  const texts = textsOf('a', 130)
  await addFile(library, '/a', texts)
  await embedAll(library, options.modelId, DIMENSIONS)
  await (await Vectors.open(options)).follow()
  const files = segments(options.folder)
  const again = await Vectors.open({
    ...options,
    driver: { ...usearch, build: () => assert.fail('built anew') },
  })
  await again.follow()
  assert.deepEqual(closest(again, library, texts), texts)
  assert.deepEqual(segments(options.folder), files)
})

test('opening takes in one segment at most; what waits is reported, and comes later', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = await optionsFor(library, join(folder.path, 'index'))
  await addFile(library, '/a', textsOf('a', 130))
  await embedAll(library, options.modelId, DIMENSIONS)
  const vectors = await Vectors.open(options)
  assert.deepEqual([vectors.size, vectors.waiting], [SIZE, 80])
  await vectors.follow()
  assert.deepEqual([vectors.size, vectors.waiting], [130, 0])
})

test('what is gone is not found, and comes back with its text', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = await optionsFor(library, join(folder.path, 'index'))
  const texts = textsOf('a', 60)
  await addFile(library, '/a', texts)
  const file = await addFile(library, '/b', ['b'])
  await embedAll(library, options.modelId, DIMENSIONS)
  const vectors = await Vectors.open(options)
  await vectors.follow()
  assert.deepEqual(closest(vectors, library, ['b']), ['b'])
  await library.removeFile(file)
  assert.notDeepEqual(closest(vectors, library, ['b']), ['b'])
  assert.equal(vectors.nearest(vectorOf('b', DIMENSIONS), 60).length, 60)
  await addFile(library, '/c', ['b'])
  assert.deepEqual(closest(vectors, library, ['b']), ['b'])
})

test('a filter is kept to, however few it lets through', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = { ...(await optionsFor(library, join(folder.path, 'index'))), segmentSize: 1000 }
  await addFile(library, '/many/a', textsOf('many', 2500), { format: 'csv' })
  await addFile(library, '/few/a', textsOf('few', 3))
  await embedAll(library, options.modelId, DIMENSIONS)
  const vectors = await Vectors.open(options)
  await vectors.follow()
  const found = (filter: object, count: number) =>
    vectors
      .nearest(vectorOf('many 7', DIMENSIONS), count, filter)
      .map(({ key }) => library.piece(key)?.content)
  assert.deepEqual(found({ folder: '/few' }, 10).sort(), ['few 0', 'few 1', 'few 2'])
  assert.equal(found({ folder: '/many' }, 1)[0], 'many 7')
  assert.equal(found({ formats: ['csv'] }, 200).length, 200)
  assert.deepEqual(found({ language: 'xx' }, 10), [])
})

const damages: Record<string, (path: string, bytes: Buffer) => void> = {
  'twenty flipped bytes': (path, bytes) => {
    for (let i = 0; i < 20; i++) bytes[1500 + i * 17] = (bytes[1500 + i * 17] ?? 0) ^ 0xff
    writeFileSync(path, bytes)
  },
  'a page of zeros': (path, bytes) => writeFileSync(path, bytes.fill(0, 1024, 5120)),
  'an end that is cut off': (path, bytes) => truncateSync(path, bytes.length - 100),
  'something more': (path, bytes) => writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(10)])),
  'another text': (path) => writeFileSync(path, 'a text'),
  'no file': (path) => rmSync(path),
  'a folder': (path) => {
    rmSync(path)
    mkdirSync(path)
  },
}
for (const [what, damage] of Object.entries(damages))
  test(`a segment that has ${what} is made anew from the library`, async () => {
    using folder = temporaryDirectory()
    await using open = await openLibrary(folder.path)
    const { library } = open
    const options = await optionsFor(library, join(folder.path, 'index'))
    const texts = textsOf('a', 130)
    await addFile(library, '/a', texts)
    await embedAll(library, options.modelId, DIMENSIONS)
    await (await Vectors.open(options)).follow()
    const [first = ''] = segments(options.folder).sort()
    const path = join(options.folder, first)
    damage(path, readFileSync(path))
    const vectors = await Vectors.open(options)
    assert.equal(vectors.size + vectors.waiting, 130)
    await vectors.follow()
    assert.deepEqual(closest(vectors, library, texts), texts)
    assert.equal(segments(options.folder).length, 2)
    assert.equal((await Vectors.open(options)).size, 130)
  })

test('segments that lie in the place of each other are made anew', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = await optionsFor(library, join(folder.path, 'index'))
  const texts = textsOf('a', 130)
  await addFile(library, '/a', texts)
  await embedAll(library, options.modelId, DIMENSIONS)
  await (await Vectors.open(options)).follow()
  const [one = '', two = ''] = segments(options.folder).map((name) => join(options.folder, name))
  renameSync(one, `${one}.other`)
  renameSync(two, one)
  renameSync(`${one}.other`, two)
  const vectors = await Vectors.open(options)
  await vectors.follow()
  assert.deepEqual(closest(vectors, library, texts), texts)
})

test('what another model or another driver saved is not taken for ours, and that of a driver is replaced', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = await optionsFor(library, join(folder.path, 'index'))
  const texts = textsOf('a', 60)
  await addFile(library, '/a', texts)
  await embedAll(library, options.modelId, DIMENSIONS)
  await (await Vectors.open(options)).follow()
  const modelId = await library.modelId('other', DIMENSIONS)
  const other = await Vectors.open({ ...options, modelId })
  assert.equal(other.size, 0)
  assert.equal(segments(options.folder).length, 1, 'the one that answers still has its own')
  await embedAll(library, modelId, DIMENSIONS)
  await other.follow()
  assert.equal(segments(options.folder).length, 2)
  const vectors = await Vectors.open({ ...options, driver: { ...usearch, name: 'another' } })
  await vectors.follow()
  assert.deepEqual(closest(vectors, library, texts), texts)
  await library.forgetModels([modelId])
  await Vectors.open({ ...options, modelId })
  assert.equal(segments(options.folder).length, 1)
})

test('segments of which much is gone become fewer, while all goes on being found', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = { ...(await optionsFor(library, join(folder.path, 'index'))), segmentSize: 600 }
  const kept = []
  const gone = []
  for (let i = 0; i < 20; i++) {
    gone.push(await addFile(library, `/gone/${i}`, textsOf(`gone ${i}`, 100)))
    await addFile(library, `/kept/${i}`, textsOf(`kept ${i}`, 20))
    kept.push(...textsOf(`kept ${i}`, 20))
    await embedAll(library, options.modelId, DIMENSIONS)
  }
  const vectors = await Vectors.open(options)
  await vectors.follow()
  assert.equal(segments(options.folder).length, 4)
  await library.removeFiles(gone)
  await library.sweep()
  const stop = new AbortController()
  stop.abort()
  await assert.rejects(vectors.tidy(stop.signal))
  assert.deepEqual(closest(vectors, library, kept), kept)
  await vectors.tidy()
  assert.equal(segments(options.folder).length, 1)
  assert.equal(vectors.size, 400)
  assert.deepEqual(closest(vectors, library, kept), kept)
  assert.deepEqual(closest(await Vectors.open(options), library, kept), kept)
  await library.removeFolder('/kept')
  await library.removeFiles(library.filesBelow('/').map(({ id }) => id))
})

test('many segments are put together as one, which is found in, and made anew where it is lost', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = await optionsFor(library, join(folder.path, 'index'))
  const texts = textsOf('a', 19 * SIZE + 10)
  await addFile(library, '/a', texts)
  await embedAll(library, options.modelId, DIMENSIONS)
  const vectors = await Vectors.open(options)
  await vectors.follow()
  const sizes = () => library.segments(options.modelId).map(({ size }) => size / SIZE)
  assert.equal(sizes().length, 19)
  await vectors.tidy()
  assert.deepEqual(sizes(), [8, 8, 1, 1, 1])
  assert.equal(segments(options.folder).length, 5)
  assert.deepEqual(closest(vectors, library, texts), texts)
  await vectors.tidy()
  assert.deepEqual(sizes(), [8, 8, 1, 1, 1], 'what was put together is left alone')
  rmSync(join(options.folder, library.segments(options.modelId)[0]?.file ?? ''))
  const again = await Vectors.open(options)
  await again.follow()
  assert.deepEqual(closest(again, library, texts), texts)
  await again.tidy()
  assert.deepEqual(sizes(), [8, 8, 1, 1, 1])
})

for (const [before, after] of [
  ['usearch', 'faiss'],
  ['faiss', 'usearch'],
] as const)
  test(`what ${before} made answers until ${after} has made it anew, also where that is interrupted`, async () => {
    using folder = temporaryDirectory()
    await using open = await openLibrary(folder.path)
    const { library } = open
    const index = join(folder.path, 'index')
    const [former, driver] = [await openVectorDriver(before), await openVectorDriver(after)]
    const options = { ...(await optionsFor(library, index, former)), driverOf: vectorDriverOf }
    const texts = textsOf('a', 170)
    await addFile(library, '/a', texts)
    await embedAll(library, options.modelId, DIMENSIONS)
    await (await Vectors.open(options)).follow()
    const files = segments(index)
    assert.equal(files.length, 3)
    const vectors = await Vectors.open({ ...options, driver })
    const answersAll = (one: Vectors) => {
      assert.equal(one.waiting, 0)
      assert.deepEqual(closest(one, library, texts), texts)
    }
    assert.ok(vectors.isPartial)
    answersAll(vectors)
    await vectors.follow()
    assert.deepEqual(segments(index), files)
    const stop = new AbortController()
    const replace = library.replaceSegments.bind(library)
    library.replaceSegments = (...asked) => replace(...asked).then(() => stop.abort())
    await assert.rejects(vectors.tidy(stop.signal), { name: 'AbortError' })
    library.replaceSegments = replace
    answersAll(vectors)
    const again = await Vectors.open({ ...options, driver })
    answersAll(again)
    assert.equal(new Set(library.segments(options.modelId).map((one) => one.driver)).size, 2)
    await again.tidy()
    answersAll(again)
    assert.ok(!again.isPartial)
    const made = library.segments(options.modelId)
    assert.ok(made.every((one) => one.driver === driver.name))
    assert.deepEqual(segments(index).sort(), made.map(({ file }) => file).sort())
  })

test('what a driver made that is not here any more is made anew, and found again', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const driver = { ...usearch, name: 'unknown-1' }
  const options = await optionsFor(library, join(folder.path, 'index'), driver)
  const texts = textsOf('a', 120)
  await addFile(library, '/a', texts)
  await embedAll(library, options.modelId, DIMENSIONS)
  await (await Vectors.open(options)).follow()
  const vectors = await Vectors.open({ ...options, driver: usearch, driverOf: vectorDriverOf })
  assert.ok(vectors.isPartial)
  await vectors.follow()
  assert.deepEqual(closest(vectors, library, texts), texts)
  assert.ok(!vectors.isPartial)
})

test('work that is interrupted goes on the next time, and it answers meanwhile', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = { ...(await optionsFor(library, join(folder.path, 'index'))), segmentSize: 2000 }
  const texts = textsOf('a', 4100)
  await addFile(library, '/a', texts)
  await embedAll(library, options.modelId, DIMENSIONS)
  let built = 0
  const driver: VectorDriver = {
    ...usearch,
    build(dimensions) {
      built++
      return usearch.build(dimensions)
    },
  }
  const vectors = await Vectors.open({ ...options, driver })
  for (let interrupted = 0; ; interrupted++) {
    const stop = new AbortController()
    const following = vectors.follow(stop.signal)
    setImmediate(() => setImmediate(() => stop.abort()))
    if (
      await following.then(
        () => true,
        () => false,
      )
    )
      break
    assert.equal(closest(vectors, library, ['a 4099'])[0], 'a 4099')
    assert.ok(interrupted < 5000)
  }
  assert.equal(built, 2)
  assert.equal(vectors.size, 4100)
})

test('on a full disk it goes on answering, says what to do, leaves nothing half-written, and goes on later', async (t: TestContext) => {
  using folder = temporaryDirectory()
  const small = join(folder.path, 'index')
  mkdirSync(small)
  using mounted = mountSmall(small, 'tmpfs', ',size=1m')
  if (!mounted) return t.skip('nothing can be mounted here')
  await using open = await openLibrary(folder.path)
  const { library } = open
  const options = { ...(await optionsFor(library, small)), segmentSize: 500 }
  const texts = textsOf('a', 1600)
  await addFile(library, '/a', texts)
  await embedAll(library, options.modelId, DIMENSIONS)
  const vectors = await Vectors.open(options)
  writeFileSync(join(small, 'other'), Buffer.alloc(868 * 1024))
  await assert.rejects(vectors.follow(), { name: 'IndexNotSaved', message: /make room/ })
  const names = readdirSync(small)
  assert.ok(
    names.every((name) => name === 'other' || name.endsWith('.index')),
    names.join(' '),
  )
  const answered = texts.slice(0, vectors.size)
  assert.ok(answered.length >= 500)
  assert.equal(vectors.size + vectors.waiting, 1600)
  const again = await Vectors.open(options)
  assert.deepEqual(closest(again, library, answered.slice(0, 500)).filter(Boolean).length, 500)
  rmSync(join(small, 'other'))
  await again.follow()
  assert.ok(again.size >= 1500, `${again.size}`)
  assert.equal(again.size + again.waiting, 1600)
  assert.deepEqual(closest(again, library, texts).filter(Boolean).length, 1600)
})
