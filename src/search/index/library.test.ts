import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openDatabase } from '../../host/database.ts'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { searchable } from '../query/words.ts'
import type { Filter, Library } from './library.ts'
import { LIBRARY_STEPS } from './schema.ts'
import { addFile, digestOf, embedAll, openLibrary, piece, vectorOf } from './testing/library.ts'

const DIMENSIONS = 8

const contents = (library: Library, ids: readonly number[]) => ids.map((id) => library.piece(id)?.content)
/** How many turns of the event loop others have until it is done; `look` is called in each. */
async function turnsDuring(work: () => Promise<unknown>, look = () => {}): Promise<number> {
  let turns = 0
  const count = () => {
    turns++
    look()
    turn = setImmediate(count)
  }
  let turn = setImmediate(count)
  try {
    await work()
    return turns
  } finally {
    clearImmediate(turn)
  }
}
const withWord = (library: Library, word: string, filter: Filter = {}) =>
  contents(library, library.withWords(searchable(word), filter, 10))

test('the words of a file are found once it was read, with the places where they stand', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const headings = ['House', 'Heating']
  const file = await addFile(library, '/notes.md', [
    piece('The boiler leaks.', 12, headings),
    'Nothing else.',
  ])
  const [id] = library.withWords(searchable('boiler'), {}, 10)
  const { digest, ...found } = library.piece(id ?? 0) ?? {}
  assert.deepEqual(found, {
    id,
    file,
    place: 0,
    text: 1,
    headings,
    content: 'The boiler leaks.',
    startLine: 12,
    endLine: 12,
    startByte: 1200,
    endByte: 1217,
    part: 0,
    partName: '',
    cell: '',
  })
  assert.ok(digest)
  assert.deepEqual(withWord(library, 'heating'), ['The boiler leaks.'], 'headings are words of it')
  assert.deepEqual(
    library.piecesOf(file).map(({ content }) => content),
    ['The boiler leaks.', 'Nothing else.'],
  )
})

test('how many texts have a word is counted anew once something was written', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const count = () => library.frequencies(['pear', 'plum']).get('pear')
  assert.equal(count(), undefined)
  assert.equal(library.hasWords(searchable('pear')), false)
  await addFile(library, '/a', ['one pear'])
  assert.equal(count(), 1)
  await addFile(library, '/b', ['another pear'])
  assert.equal(count(), 2)
  assert.equal(count(), 2)
  assert.equal(library.hasWords(searchable('pear')), true)
})

test('a file that changed has its new pieces, and those that are the same keep their numbers', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  await addFile(library, '/a', ['one apple', 'two pears', 'two pears', 'three plums'])
  const [pear] = library.withWords(searchable('pears'), {}, 1)
  await addFile(library, '/a', ['a cherry', 'two pears', 'three plums'], { version: '2' })
  assert.deepEqual(withWord(library, 'apple'), [])
  assert.deepEqual(withWord(library, 'cherry'), ['a cherry'])
  assert.deepEqual(library.withWords(searchable('pears'), {}, 10), [pear])
  assert.equal(library.piece(pear ?? 0)?.place, 1)
  const { files, pieces, texts } = library.counts()
  assert.deepEqual({ files, pieces, texts }, { files: 1, pieces: 3, texts: 3 })
})

test('a text that many files have stands once, and each of its places is found, up to some', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const files = []
  for (let i = 0; i < 30; i++) files.push(await addFile(library, `/${i}`, ['the licence', `own ${i}`]))
  const { pieces, texts } = library.counts()
  assert.deepEqual({ pieces, texts }, { pieces: 60, texts: 31 })
  assert.equal(library.withWords(searchable('licence'), {}, 1).length, 20)
  const model = await library.modelId('m', DIMENSIONS)
  assert.equal(library.missingVectors(model), 31)
  await library.removeFiles(files.slice(0, 29))
  assert.equal(library.withWords(searchable('licence'), {}, 10).length, 1)
  await library.removeFile(files[29] ?? 0)
  assert.deepEqual(library.withWords(searchable('licence'), {}, 10), [])
  assert.equal(library.missingVectors(model), 0)
})

test('texts that differ in their headings alone keep their own', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const digest = digestOf('the same')
  await addFile(library, '/a', [{ ...piece('Rent\n900', 1), digest }])
  await addFile(library, '/b', [{ ...piece('900', 1, ['Rent']), digest }])
  assert.deepEqual(withWord(library, 'rent').sort(), ['900', 'Rent\n900'])
  const model = await library.modelId('m', DIMENSIONS)
  await library.addVectors(model, [{ digest, vector: vectorOf('x', DIMENSIONS) }])
  assert.equal(library.missingVectors(model), 0)
})

test('filters let through what they say, and a folder is no beginning of a name', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const own = (format: string, language: string, modifiedAt: number) => ({ format, language, modifiedAt })
  await addFile(library, '/a/one', ['tea a'], own('text', 'en', 100))
  await addFile(library, '/a.txt', ['tea b'], own('markdown', 'de', 200))
  await addFile(library, '/a0/two', ['tea c'], own('csv', 'fr', 300))
  await addFile(library, '/a%_*/three', ['tea d'], own('text', '', 400))
  const found = (filter: Filter) => withWord(library, 'tea', filter).sort()
  assert.deepEqual(found({}), ['tea a', 'tea b', 'tea c', 'tea d'])
  assert.deepEqual(found({ folder: '/a' }), ['tea a'])
  assert.deepEqual(found({ folder: '/a/' }), ['tea a'])
  assert.deepEqual(found({ folder: '/a%_*' }), ['tea d'])
  assert.deepEqual(found({ folder: '/%' }), [])
  assert.deepEqual(found({ folder: '/' }), ['tea a', 'tea b', 'tea c', 'tea d'])
  assert.deepEqual(found({ formats: ['csv', 'markdown'] }), ['tea b', 'tea c'])
  assert.deepEqual(found({ formats: [] }), [])
  assert.deepEqual(found({ language: 'de' }), ['tea b'])
  assert.deepEqual(found({ modifiedFrom: 200, modifiedTo: 400 }), ['tea b', 'tea c'])
  assert.deepEqual(found({ folder: '/a', formats: ['csv'] }), [])
})

test('whatever files are called, those below a folder are those whose path begins with it', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const name = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }),
    fc.constantFrom('a', '0', '.', '-', '\u{1f600}', '\u{ffff}', 'ä'),
  )
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`)
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(path, { maxLength: 12 }), path, async (paths, below) => {
      for (const one of paths) await library.begin({ path: one, version: '1', modifiedAt: 0, format: 'text' })
      const found = library.filesBelow(below).map((file) => file.path)
      const base = below.replace(/\/+$/, '')
      assert.deepEqual(found.sort(), paths.filter((one) => one.startsWith(`${base}/`)).sort())
      await library.removeFiles(library.filesBelow('/').map(({ id }) => id))
    }),
    { numRuns: 60 },
  )
})

test('a folder that was removed takes its files along, but for those of another folder', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  for (const path of ['/a', '/a/keep', '/b']) await library.addFolder(path, 1)
  for (const path of ['/a/1', '/a/sub/2', '/a/keep/3', '/b/4']) await addFile(library, path, [`tea ${path}`])
  assert.equal(await library.removeFolder('/a'), true)
  assert.deepEqual(library.folders(), ['/a/keep', '/b'])
  assert.deepEqual(withWord(library, 'tea').sort(), ['tea /a/keep/3', 'tea /b/4'])
  await library.sweep()
  assert.equal(library.filesBelow('/').length, 2)
  assert.equal(await library.removeFolder('/none'), false)
})

test('while a folder of many files is removed, others have their turn', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  for (const path of ['/a', '/b']) await library.addFolder(path, 1)
  const files = Array.from({ length: 5000 }, (_, i) => ({
    path: `/a/${i}`,
    version: '1',
    modifiedAt: 0,
    format: 'text',
  }))
  const begun = await library.beginAll(files)
  await library.finishAll(
    begun.map(({ id }, i) => ({ id, language: '', pieces: [piece('tea'), piece(`${i}`)] })),
  )
  await addFile(library, '/b/1', ['tea'])
  await library.removeFolder('/a')
  assert.equal(library.counts().files, 1)
  assert.ok((await turnsDuring(() => library.sweep())) > 5)
  assert.deepEqual(
    library.filesBelow('/').map(({ path }) => path),
    ['/b/1'],
  )
  assert.deepEqual([library.counts().texts, withWord(library, 'tea')], [1, ['tea']])
})

test('while files are forgotten that are gone, all or none of them are found, and others have their turn', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const files: number[] = []
  for (let i = 0; i < 8; i++)
    files.push(
      await addFile(library, `/${i}`, ['tea', ...Array.from({ length: 300 }, (_, n) => `${i} ${n}`)]),
    )
  const found = new Set<number>()
  const turns = await turnsDuring(
    () => library.removeFiles(files),
    () => found.add(library.withWords(searchable('tea'), {}, 10).length),
  )
  assert.ok(turns > 5, `${turns} turns`)
  assert.deepEqual(
    [...found].filter((count) => count > 0 && count < files.length),
    [],
  )
  assert.deepEqual([library.filesBelow('/'), library.counts().pieces], [[], 0])
})

test('a file that is forgotten while it is read does not come back, neither read nor left alone', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library, database } = open
  const id = await addFile(library, '/a', ['tea'])
  await library.begin({ path: '/a', version: '2', modifiedAt: 0, format: 'text' })
  await database.run("UPDATE file SET state = 'removed'")
  await library.finish(id, 'en', [piece('coffee')])
  await library.leave(id, 'It is no text.')
  assert.equal(library.file('/a')?.state, 'removed')
  assert.deepEqual([withWord(library, 'tea'), withWord(library, 'coffee')], [[], []])
})

test('files of a removed folder are not found before they are gone, and come back with it', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library, database } = open
  const model = await library.modelId('m', DIMENSIONS)
  const file = await addFile(library, '/a/1', ['tea here'])
  await embedAll(library, model, DIMENSIONS)
  await database.run("UPDATE file SET state = 'removed'") // a kill left it so
  assert.deepEqual(withWord(library, 'tea'), [])
  assert.deepEqual(library.counts().files, 0)
  await library.finish(file, 'en', [piece('other')])
  assert.deepEqual(withWord(library, 'other'), [], 'what was being read meanwhile stays away')
  await addFile(library, '/a/1', ['tea here'])
  assert.deepEqual(withWord(library, 'tea'), ['tea here'])
  await database.run("UPDATE file SET state = 'removed'")
  await library.sweep()
  assert.deepEqual(library.filesBelow('/'), [])
})

test('reading is noted before it is done, and how often it was begun for one version', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const file = { path: '/a', version: '1', modifiedAt: 0, format: 'text' }
  assert.equal((await library.begin(file)).tries, 0)
  assert.equal(library.file('/a')?.state, 'reading')
  assert.equal((await library.begin(file)).tries, 1)
  const { id, tries } = await library.begin(file)
  assert.equal(tries, 2)
  await library.leave(id, 'It ended what read it.')
  assert.equal(library.file('/a')?.problem, 'It ended what read it.')
  assert.equal((await library.begin({ ...file, version: '2' })).tries, 0)
  await library.finish(id, 'en', [piece('good now')])
  assert.deepEqual(withWord(library, 'good'), ['good now'])
  assert.deepEqual(library.fileById(id)?.tries, 0)
})

test('what was found before stays found while a file is read again, and not once it is left alone', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const id = await addFile(library, '/a', ['tea'])
  await library.begin({ path: '/a', version: '2', modifiedAt: 0, format: 'text' })
  assert.deepEqual(withWord(library, 'tea'), ['tea'])
  await library.leave(id, 'It is too large.')
  assert.deepEqual(withWord(library, 'tea'), [])
  assert.equal(library.counts().left, 1)
})

test('a file that moved keeps its pieces, and takes the place of one that was there', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const id = await addFile(library, '/a', ['tea'], { version: '7:1:2:3' })
  await addFile(library, '/b', ['coffee'])
  assert.equal(library.fileOfVersion('7:1:2:')?.id, id)
  assert.equal(library.fileOfVersion('7:1:3:'), undefined)
  await library.moveFile(id, '/b', '7:1:2:4')
  assert.equal(library.file('/a'), undefined)
  assert.equal(library.file('/b')?.version, '7:1:2:4')
  assert.deepEqual([withWord(library, 'tea'), withWord(library, 'coffee')], [['tea'], []])
})

test('a text that comes back within a while has its vector still, and its words', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library, database } = open
  const model = await library.modelId('m', DIMENSIONS)
  const id = await addFile(library, '/a', ['tea'])
  await embedAll(library, model, DIMENSIONS)
  await library.removeFile(id)
  assert.equal(
    database.get('SELECT 1 FROM text WHERE content IS NOT NULL'),
    undefined,
    'it says nothing more',
  )
  await addFile(library, '/b', ['tea'])
  assert.equal(library.missingVectors(model), 0)
  const [found] = library.withWords(searchable('tea'), {}, 1)
  assert.ok(library.vectorOf(found ?? 0, model))
})

test('vectors of texts that are nowhere are removed where they are many', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const model = await library.modelId('m', DIMENSIONS)
  const kept = Array.from({ length: 10 }, (_, i) => `kept ${i}`)
  await addFile(library, '/kept', kept)
  const gone = Array.from({ length: 1500 }, (_, i) => `gone ${i}`)
  const id = await addFile(library, '/gone', gone)
  await embedAll(library, model, DIMENSIONS)
  await library.sweep()
  assert.equal(library.countVectors(model, 1, Number.MAX_SAFE_INTEGER), 1510)
  await library.removeFile(id)
  await library.sweep()
  assert.equal(library.countVectors(model, 1, Number.MAX_SAFE_INTEGER), 10)
})

test('each text waits for its vector, the newest first, and no longer once it has one', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  await addFile(library, '/a', ['one', 'two', 'one'])
  const model = await library.modelId('m', DIMENSIONS)
  assert.equal(await library.modelId('m', DIMENSIONS), model)
  await addFile(library, '/b', ['three', 'one'])
  const waiting = () => library.withoutVector(model, 10).map(({ content }) => content)
  assert.deepEqual(waiting(), ['three', 'two', 'one'])
  assert.deepEqual(
    library.withoutVector(model, 1).map(({ content }) => content),
    ['three'],
  )
  const vector = vectorOf('two', DIMENSIONS)
  await library.addVectors(model, [{ digest: digestOf('two'), vector }])
  await library.addVectors(model, [{ digest: digestOf('gone by now'), vector }])
  assert.deepEqual(waiting(), ['three', 'one'])
  const [two = 0] = library.withWords(searchable('two'), {}, 1)
  const kept = library.vectorOf(two, model) ?? []
  assert.ok(vector.every((one, i) => Math.abs(one - (kept[i] ?? 0)) < 0.001))
})

test('vectors that are none of the model are refused, and none of their batch is kept', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  await addFile(library, '/a', ['one', 'two'])
  const model = await library.modelId('m', DIMENSIONS)
  const good = { digest: digestOf('one'), vector: vectorOf('one', DIMENSIONS) }
  for (const vector of [vectorOf('two', 9), new Float32Array(0), new Float32Array(DIMENSIONS).fill(NaN)])
    await assert.rejects(library.addVectors(model, [good, { digest: digestOf('two'), vector }]), /finite/)
  assert.equal(library.missingVectors(model), 2)
})

test('texts with the very same vector share it', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const texts = Array.from({ length: 30 }, (_, i) => `row ${i}`)
  await addFile(library, '/a', texts)
  const model = await library.modelId('m', DIMENSIONS)
  const vector = vectorOf('a row', DIMENSIONS)
  await library.addVectors(
    model,
    texts.map((text) => ({ digest: digestOf(text), vector })),
  )
  assert.equal(library.countVectors(model, 1, Number.MAX_SAFE_INTEGER), 1)
  const [{ id } = { id: 0 }] = library.vectors(model, 1, 9)
  assert.equal(library.textsOf([id]).get(id)?.length, 20)
})

test('two models have their vectors at once, until all but one are forgotten', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  await addFile(library, '/a', ['one', 'two'])
  const before = await library.modelId('before', DIMENSIONS)
  await embedAll(library, before, DIMENSIONS)
  const after = await library.modelId('after', 4)
  assert.equal(library.missingVectors(after), 2)
  assert.equal(library.missingVectors(before), 0)
  await addFile(library, '/b', ['three'])
  assert.equal(library.missingVectors(before), 1, 'the one that answers still takes in what is new')
  await embedAll(library, after, 4)
  const [one = 0] = library.withWords(searchable('one'), {}, 1)
  assert.equal(library.vectorOf(one, before)?.length, DIMENSIONS)
  assert.equal(library.vectorOf(one, after)?.length, 4)
  await library.forgetModels([after])
  assert.equal(library.vectorOf(one, before), undefined)
  assert.equal(library.vectorOf(one, after)?.length, 4)
  assert.notEqual(await library.modelId('before', DIMENSIONS), before)
  const other = await library.modelId('after', 5)
  assert.equal(library.missingVectors(other), 3, 'with other dimensions it is another')
})

test('a word is counted in as many texts as have it, also after some are gone', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const id = await addFile(library, '/a', ['tea one', 'tea two tea'])
  await addFile(library, '/b', ['tea three', 'tea one'])
  assert.deepEqual(
    [...library.frequencies(['tea', 'one', 'none'])],
    [
      ['one', 1],
      ['tea', 3],
    ],
  )
  await library.removeFile(id)
  assert.equal(library.frequencies(['tea']).get('tea'), 2)
})

test('no question to the library reads all of a table where it is asked often', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library, database } = open
  const asked: string[] = []
  const { all, get } = database
  const noted = (sql: string) => {
    asked.push(sql)
    return sql
  }
  database.all = (sql, ...values) => all.call(database, noted(sql), ...values) as never
  database.get = (sql, ...values) => get.call(database, noted(sql), ...values) as never
  const model = await library.modelId('m', DIMENSIONS)
  library.file('/a')
  library.fileOfVersion('1')
  library.filesBelow('/a', { after: '/a/b', count: 5 })
  library.withoutVector(model, 10)
  library.missingVectors(model)
  library.vectorOf(1, model)
  library.vectors(model, 1, 9, 5)
  library.countVectors(model, 1, 9)
  library.placesOf([1], { folder: '/a' })
  library.fewPassing(model, { folder: '/a' }, 10)
  library.piece(1)
  library.piecesOf(1)
  await library.sweep()
  for (const sql of asked) {
    const values = Array.from(sql.matchAll(/\?/g), () => 1)
    for (const { detail } of all.call(database, `EXPLAIN QUERY PLAN ${sql}`, ...values) as {
      detail: string
    }[])
      assert.doesNotMatch(
        detail,
        /^SCAN (?!wanted|json_each|\(subquery|.* USING COVERING INDEX|text USING INDEX textUnused)/,
        `${sql}: ${detail}`,
      )
  }
})

test('a piece knows its page, sheet, slide or chapter', async () => {
  using folder = temporaryDirectory()
  await using open = await openLibrary(folder.path)
  const { library } = open
  const placed = { ...piece('costs'), part: 2, partName: 'Costs', cell: 'B7' }
  const id = await addFile(library, '/a.xlsx', [placed, 'plain'])
  assert.deepEqual(
    library.piecesOf(id).map(({ part, partName, cell }) => [part, partName, cell]),
    [
      [2, 'Costs', 'B7'],
      [0, '', ''],
    ],
  )
})

test('a library of an earlier version is kept, and what is read otherwise now is read anew', async () => {
  using folder = temporaryDirectory()
  const first = await openDatabase({ folder: folder.path, name: 'search', steps: LIBRARY_STEPS.slice(0, 1) })
  await first.transaction((writer) => {
    for (const [path, format, state] of [
      ['/a.md', 'markdown', 'read'],
      ['/a.docx', 'docx', 'read'],
      ['/a.txt', 'text', 'left'],
    ] as const)
      writer.run(
        "INSERT INTO file (path, version, modifiedAt, format, language, state, tries) VALUES (?, '1', 0, ?, '', ?, 0)",
        path,
        format,
        state,
      )
  })
  await first.close()
  await using open = await openLibrary(folder.path)
  assert.deepEqual(
    ['/a.md', '/a.docx', '/a.txt'].map((path) => open.library.file(path)?.version),
    ['1', '', ''],
  )
})
