import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Embedder } from '../embedding/embedder.ts'
import { openShippedEmbedder } from '../embedding/shipped.ts'
import { SearchedTexts } from '../testing/searched-texts.ts'

const LETTER =
  'Dear Mrs Miller, we ordered forty chairs from you in spring, of which three came with a broken leg; please send others before the summer party.'
const filler = (word: string) =>
  Array.from({ length: 60 }, (_, i) => `Sentence ${i} about the ${word} says nothing new.`).join(' ')
const TEXTS = [
  {
    path: '/house/boiler.txt',
    text: 'The heating engineer replaced the pump of the boiler, and bled the radiators.',
  },
  { path: '/house/manual.md', text: `# Boiler\n\n${filler('boiler')}\n\n# Pump\n\n${filler('boiler pump')}` },
  {
    path: '/house/printer.txt',
    text: 'The printer shows E-4711 when its tray is not pushed in all the way.',
  },
  {
    path: '/garden/apple.txt',
    text: 'Cut the apple tree in late winter, on a dry day without frost.',
    modifiedAt: 5000,
  },
  { path: '/garden/kirsche.md', text: 'Den Kirschbaum schneidet man im Sommer.', language: 'de' },
  { path: '/letters/one.txt', text: LETTER },
  { path: '/letters/two.txt', text: LETTER.replace('forty', 'fifty') },
  { path: '/letters/copies/one.txt', text: LETTER },
  { path: '/japan.txt', text: '東京タワーの入場券は受付で買えます。' },
]
let embedder: Embedder
let texts: SearchedTexts
before(async () => {
  embedder = await openShippedEmbedder({ threads: 1 })
  texts = await SearchedTexts.of(TEXTS, embedder)
})
after(async () => {
  await texts.close()
  await embedder.close()
})
const paths = async (...asked: Parameters<SearchedTexts['search']>) =>
  (await texts.search(...asked)).map(({ path }) => path)

test('a question without a word of the text finds it by its meaning', async () => {
  const [hit] = await texts.search('pruning in the orchard')
  assert.equal(hit?.path, '/garden/apple.txt')
  assert.ok((hit?.meaning ?? 0) > 0.4)
  assert.deepEqual(hit?.exact, [])
})

test('an identifier finds the texts that have it first, and says so', async () => {
  const [hit] = await texts.search('which trouble with the boiler is e4711')
  assert.equal(hit?.path, '/house/printer.txt')
  assert.deepEqual(hit?.exact, ['e4711'])
})

test('a misspelt word finds what was meant, and says which words', async () => {
  const [hit] = await texts.search('enginear radiatrs')
  assert.equal(hit?.path, '/house/boiler.txt')
  assert.deepEqual(hit?.words, ['engineer', 'radiators'])
})

test('a real word that no text has is not taken for a mistake of another', async () => {
  const some = await SearchedTexts.of([
    { path: '/votes.txt', text: 'The polling station opens at eight; new rows of chairs were brought.' },
    { path: '/flow.txt', text: 'In May the hazel gives off its dust, and my eyes water from morning on.' },
  ])
  for (const question of ['pollen', 'roses', 'canoe', 'towing'])
    assert.deepEqual(await some.search(question, { by: 'words' }), [], question)
  const [hit] = await some.search('pollling', { by: 'words' })
  assert.deepEqual(hit?.words, ['polling'])
  await some.close()
})

test('a bare title does not come before a passage that answers', async () => {
  const some = await SearchedTexts.of(
    [
      { path: '/titles.txt', text: 'Prices' },
      { path: '/nothing.txt', text: 'Empty' },
      {
        path: '/piano.txt',
        text: 'Piano lessons are 38 euros for 45 minutes. Those that are cancelled less than a day before are charged in full.',
      },
    ],
    embedder,
  )
  const [hit] = await some.search('how much does music tuition cost')
  assert.equal(hit?.path, '/piano.txt')
  assert.deepEqual(await some.search('cost of a plumber'), [])
  await some.close()
})

test('another word for the same thing finds it before what shares the rest of the question', async () => {
  const some = await SearchedTexts.of(
    [
      { path: '/cellar.txt', text: 'The key of the cellar hangs on the hook behind the kitchen door.' },
      { path: '/piano.txt', text: 'Two keys of the piano stick; the tuner comes in April.' },
      { path: '/lamp.txt', text: 'The base of the lamp broke when the cat jumped on the table.' },
      { path: '/shell.txt', text: 'Write the script for bash, and keep the password in the environment.' },
    ],
    embedder,
  )
  const [hit] = await some.search('keys of the basement')
  assert.equal(hit?.path, '/cellar.txt')
  await some.close()
})

test('small words are no reason, and meaning is one only where it is close, or alone', async () => {
  const [hit] = await texts.search('the pump of the boiler in the house')
  assert.equal(hit?.path, '/house/boiler.txt')
  assert.deepEqual(hit?.words, ['pump', 'boiler'])
  const [letter] = await texts.search('fifty zebras jumping over the lazy moon')
  assert.deepEqual([letter?.path, letter?.meaning], [undefined, undefined])
  const [printer] = await texts.search('"not pushed in all the way"', { by: 'words' })
  assert.equal(printer?.meaning, undefined)
})

test('keys that somebody hit by chance find nothing, but those that a text has', async () => {
  for (const question of ['zxcv qwerty', 'the hjkl', 'asdfgh'])
    assert.deepEqual(await paths(question), [], question)
  await texts.add({ path: '/keys.txt', text: 'On this keyboard zxcv is the lowest row.' })
  assert.deepEqual(await paths('zxcv'), ['/keys.txt'])
  await texts.library.removeFile(texts.library.file('/keys.txt')?.id ?? 0)
})

test('letters of a script without spaces are found', async () => {
  assert.deepEqual(await paths('東京タワー', { by: 'words' }), ['/japan.txt'])
})

test('a model that knows other letters alone says nothing of a text', async () => {
  const hits = await texts.search('qwertz asdfgh radiators')
  assert.ok(hits.every(({ path }) => path !== '/japan.txt'))
})

test('what nothing answers finds nothing', async () => {
  for (const question of ['rules of cricket', 'ERR_TLS_4420', 'treatment of depression'])
    assert.deepEqual(await paths(question), [], question)
})

test('a question without a word finds nothing', async () => {
  for (const question of ['', '   ', '🎉🎉🎉', '?!', '\0']) assert.deepEqual(await paths(question), [])
})

test('a file is one hit, with its best passage, and names the others that answer', async () => {
  const hits = await texts.search('boiler pump')
  assert.deepEqual(
    hits
      .map(({ path }) => path)
      .slice(0, 2)
      .toSorted(),
    ['/house/boiler.txt', '/house/manual.md'],
  )
  const manual = hits.find(({ path }) => path === '/house/manual.md')
  assert.deepEqual(manual?.record.headings, ['Pump'])
  assert.ok((manual?.others.length ?? 0) > 0)
  for (const { file } of manual?.others ?? []) assert.equal(file, manual?.record.file)
})

test('copies and versions are one hit with all their places', async () => {
  const hits = await texts.search('broken chairs from Mrs Miller')
  assert.equal(hits.filter(({ path }) => path.startsWith('/letters/')).length, 1)
  assert.equal(hits[0]?.copies.length, 2)
})

test('a version that alone has what was asked is a hit of its own', async () => {
  const [first] = await texts.search('"fifty chairs"')
  assert.equal(first?.path, '/letters/two.txt')
  assert.deepEqual(first?.copies, [])
})

test('filters hold for words and for meaning', async () => {
  for (const by of ['words', 'meaning'] as const) {
    assert.deepEqual(await paths('cut the tree in winter', { by, folder: '/house' }), [], by)
    assert.deepEqual(await paths('cut the apple tree', { by, folder: '/garden' }), ['/garden/apple.txt'], by)
    assert.deepEqual(await paths('cut the apple tree', { by, modifiedFrom: 5000 }), ['/garden/apple.txt'], by)
    assert.deepEqual(await paths('cut the apple tree', { by, modifiedTo: 5000, folder: '/garden' }), [], by)
  }
  assert.deepEqual(await paths('Kirschbaum', { language: 'de' }), ['/garden/kirsche.md'])
  assert.deepEqual(await paths('Kirschbaum', { language: 'en' }), [])
  assert.deepEqual(await paths('Kirschbaum', { formats: ['markdown'] }), ['/garden/kirsche.md'])
  assert.deepEqual(await paths('Kirschbaum', { formats: ['text', 'csv'] }), [])
})

test('words alone find nothing by meaning, and meaning alone nothing by words', async () => {
  assert.deepEqual(await paths('pruning in the orchard', { by: 'words' }), [])
  const hits = await texts.search('pruning in the orchard', { by: 'meaning' })
  assert.equal(hits[0]?.path, '/garden/apple.txt')
})

test('pages follow each other without gaps, also where what is found changes between them', async () => {
  const many = await SearchedTexts.of(
    Array.from({ length: 12 }, (_, i) => ({
      path: `/${i}.txt`,
      text: `meeting about item ${'x'.repeat(i)} and ${i + 100}`,
    })),
  )
  const all = (await many.search('meeting item', { count: 12 })).map(({ path }) => path)
  const first = await many.search('meeting item', { count: 5 })
  await many.add({ path: '/new.txt', text: 'meeting item' })
  const second = await many.search('meeting item', { count: 5, skip: 5 })
  const third = await many.search('meeting item', { count: 5, skip: 10 })
  assert.deepEqual(
    [...first, ...second, ...third].map(({ path }) => path),
    all,
  )
  assert.equal((await many.search('meeting item', { count: 20 })).length, 13)
  await many.close()
})

test('what is gone since the first page is left out of the second', async () => {
  const many = await SearchedTexts.of(
    ['a', 'b', 'c'].map((name) => ({ path: `/${name}.txt`, text: `meeting ${name}${name}` })),
  )
  const [first] = await many.search('meeting', { count: 1 })
  for (const name of ['a', 'b', 'c'])
    if (first?.path !== `/${name}.txt`)
      await many.library.removeFile(many.library.file(`/${name}.txt`)?.id ?? 0)
  assert.deepEqual(await many.search('meeting', { count: 2, skip: 1 }), [])
  await many.close()
})

test('among many texts those that have all words of a question are found, however many have each', async () => {
  const many = await SearchedTexts.of([])
  await many.add({ path: '/both.txt', text: 'the boiler has a pump' })
  for (const word of ['boiler', 'pump']) {
    const text = Array.from({ length: 1600 }, (_, i) => `# ${i}x\n\nthe ${word} of ${i}`).join('\n\n')
    await many.add({ path: `/${word}.md`, text })
  }
  assert.equal((await many.search('boiler pump'))[0]?.path, '/both.txt')
  await many.close()
})

test('words are found before there is a vector, and meaning once there is', async () => {
  const some = await SearchedTexts.of([], embedder)
  await some.add({ path: '/tree.txt', text: 'Cut the apple tree in late winter.' })
  assert.equal((await some.search('apple tree'))[0]?.meaning, undefined)
  assert.equal((await some.search('apple tree')).length, 1)
  assert.equal((await some.search('pruning in the orchard')).length, 0)
  await some.embed()
  assert.equal((await some.search('pruning in the orchard')).length, 1)
  await some.close()
})

test('no question whatever makes it fail', async () => {
  const words = await SearchedTexts.of(TEXTS)
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (question) => void (await words.search(question))),
    {
      examples: [
        ["'; DROP TABLE piece; --"],
        ['" OR 1=1 --'],
        ['boiler" NEAR("pump'],
        ['text:boiler AND NOT pump*'],
        ['\ud800\udc00\ud800'],
        ['\0boiler\0'],
        ['('.repeat(5000)],
      ],
    },
  )
  assert.ok((await words.search('boiler')).length > 0)
  await words.close()
})

test('a question of 100 000 characters is answered by its beginning', async () => {
  const [hit] = await texts.search(`the pump of the boiler ${'and so on '.repeat(10_000)}`, { by: 'words' })
  assert.equal(hit?.path, '/house/boiler.txt')
  await texts.search('🎉'.repeat(50_000))
  await texts.search('x'.repeat(100_000))
})

test('a search that was given up ends with the reason', async () => {
  await assert.rejects(
    texts.search('anything', { signal: AbortSignal.abort(new Error('given up')) }),
    /given up/,
  )
})
