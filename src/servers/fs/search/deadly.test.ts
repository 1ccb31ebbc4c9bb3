/** Documents that end what reads them, and damaged ones, many in a row: each is told, and costs nobody else anything. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { doublingForms, onePage } from '../../../documents/pdf/testing/hostile.ts'
import { sample } from '../../../documents/testing/told.ts'
import { until } from '../../../framework/testing/until.ts'
import { packedZeros } from '../../../framework/workers/testing/packed-zeros.ts'
import { Observed, type Observing } from '../testing/observed.ts'
import { Searching } from '../testing/searching.ts'
import { endWorkers, workers } from '../testing/worker-processes.ts'

const MANY = 200
/** So that a worker has just room for itself and a letter. */
const SMALL = { heapMegabytes: 32, bufferMegabytes: 32 }
/** What this process may take more after them, in MB. */
const MOST_MEGABYTES = 150

const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const R = 'http://schemas.openxmlformats.org/package/2006/relationships'
const RELATIONSHIPS = `<Relationships xmlns="${R}"><Relationship Id="r" Type="officeDocument" Target="word/document.xml"/></Relationships>`
const docx = (text: string, { level = 6 }: { level?: 0 | 6 } = {}) =>
  zipSync(
    {
      '_rels/.rels': Buffer.from(RELATIONSHIPS),
      'word/document.xml': Buffer.from(
        `<w:document xmlns:w="${W}"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`,
      ),
    },
    { level },
  )
/** Reading it takes longer than ending the worker that reads it. */
const LONG = 'A sentence of a document. '.repeat(40_000)
/** A page of 1 GB, packed twice, in a few kilobytes. */
const LARGE = onePage(deflateSync(Buffer.concat([Buffer.from([0x78, 0x9c]), packedZeros(1024)])), {
  filter: '/Filter[/FlateDecode/FlateDecode]',
})
const ENDLESS = doublingForms('Hello', 40)

async function started(content: Record<string, string | Uint8Array>, observing: Observing = {}) {
  const it = new Searching(content)
  const seen = new Observed({ hasModel: false, ...observing })
  await it.start({ definition: seen.definition(it.root) })
  const look = async () => {
    await it.running.wake('look')
    await it.running.worked()
  }
  return { it, seen, look }
}

const megabytes = () => process.memoryUsage.rss() / 1024 ** 2
const noWorkerIsLeft = () => until('no worker is left', () => workers().length === 0)

test(`${MANY} documents in a row that end what reads them are left alone, the others are found, and calls are answered meanwhile`, async () => {
  let isDeadly = true
  let jobs = 0
  const calls: Promise<unknown>[] = []
  const { it, seen, look } = await started(
    { 'small.txt': 'small', 'notes/first.md': 'The kettle.' },
    {
      onJob(names, ended) {
        if (!isDeadly || names.every((name) => !name.includes('deadly'))) return
        jobs++
        const ending = setInterval(endWorkers, 5)
        ended.catch(() => {}).finally(() => clearInterval(ending))
        calls.push(it.asked('read_text_file', { path: '/small.txt' }))
      },
    },
  )
  await using _ = it
  for (let i = 0; i < MANY; i++) it.put(`notes/deadly-${i}.docx`, docx(`${i} ${LONG}`, { level: 0 }))
  it.put('notes/last.docx', docx('The violin.'))
  const before = megabytes()
  await it.add('/notes')
  assert.ok(jobs >= MANY)
  for (const answer of await Promise.all(calls)) assert.deepEqual(answer, { content: 'small' })
  assert.ok(megabytes() - before < MOST_MEGABYTES, `${Math.round(megabytes() - before)} MB more`)
  const { files, leftOut, waiting } = await it.status()
  assert.deepEqual({ files, leftOut, waiting }, { files: 2, leftOut: MANY, waiting: 0 })
  assert.deepEqual(
    [await it.found('kettle'), await it.found('violin')],
    [['/notes/first.md'], ['/notes/last.docx']],
  )
  assert.match((await it.statusOf('/notes/deadly-7.docx')).why ?? '', /since its worker was ended by SIGKILL/)
  isDeadly = false
  seen.reset()
  await look()
  assert.deepEqual(seen.reads, [])
  it.put('notes/deadly-7.docx', docx('The glacier.'))
  await look()
  assert.deepEqual(seen.reads, ['/notes/deadly-7.docx'])
  assert.deepEqual(await it.found('glacier'), ['/notes/deadly-7.docx'])
  await it.stop()
  await noWorkerIsLeft()
})

for (const [what, bytes, limits, why] of [
  ['never ends', ENDLESS, { ms: 3000 }, /took longer than 3 seconds and was stopped/],
  ['takes all memory', LARGE, SMALL, /took more than \d+ MB of memory and was stopped/],
] as const)
  test(`a document that ${what} is left alone until it changes, which its status says, and the others are found`, async () => {
    const { it, seen, look } = await started(
      { 'notes/a.md': 'The kettle.', 'notes/bomb.pdf': bytes, 'notes/b.md': 'The violin.' },
      { limits },
    )
    await using _ = it
    await it.add('/notes')
    assert.deepEqual([await it.found('kettle'), await it.found('violin')], [['/notes/a.md'], ['/notes/b.md']])
    const status = await it.statusOf('/notes/bomb.pdf')
    assert.equal(status.state, 'left-out')
    assert.match(status.why ?? '', why)
    seen.reset()
    await look()
    assert.deepEqual(seen.reads, [])
    it.put('notes/bomb.pdf', onePage('The glacier.'))
    await look()
    assert.deepEqual(await it.found('glacier'), ['/notes/bomb.pdf'])
  })

/** Cut off, with no text in them, or something else than they are called. */
const DAMAGED: Readonly<Record<string, Uint8Array>> = {
  ...Object.fromEntries(
    [
      'pandoc.docx',
      'openpyxl.xlsx',
      'pandoc.pptx',
      'pandoc.odt',
      'libreoffice.ods',
      'features.odp',
      'pandoc.epub',
    ].flatMap((name) => {
      const whole = sample(name)
      return [0.3, 0.7].map((share) => [`${share}-${name}`, whole.subarray(0, whole.length * share)] as const)
    }),
  ),
  'a.pdf': Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(5000, 0xa5)]),
  'encrypted.pdf': sample('pdf/encrypted.pdf'),
  'empty.xlsx': Buffer.alloc(0),
  'old.doc': Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2000)]),
  'archive.docx': zipSync({ 'a.txt': Buffer.from('text') }),
}

test(`${MANY} calls in a row for damaged documents of all formats are errors that say what is wrong, and leave nothing behind`, async () => {
  const { it } = await started(
    { ...DAMAGED, 'large.pdf': LARGE },
    { limits: { heapMegabytes: 64, bufferMegabytes: 64 } },
  )
  await using _ = it
  it.put('good.docx', docx('The kettle.'))
  const before = megabytes()
  const names = Object.keys(DAMAGED)
  for (let i = 0; i < MANY; i++) {
    // One of them ends the worker that has read those before.
    const path = i === 100 ? '/large.pdf' : `/${names[i % names.length]}`
    const { isError, content } = await it.call('read_document', { path })
    const [text = ''] = content.map((block) => (block.type === 'text' ? block.text : ''))
    assert.equal(isError, true, `${path}: ${text.slice(0, 200)}`)
    assert.match(text, /can't be read: [^.]+\.|took more than \d+ MB of memory and was stopped/, path)
    assert.ok(!text.includes(it.root))
  }
  assert.ok(megabytes() - before < MOST_MEGABYTES, `${Math.round(megabytes() - before)} MB more`)
  const { content } = await it.asked<{ content: string }>('read_document', { path: '/good.docx' })
  assert.equal(content, 'The kettle.')
  await it.stop()
  await noWorkerIsLeft()
})

test('a worker that is killed from outside costs the call that it works for alone, which says so', async () => {
  await noWorkerIsLeft()
  const { it } = await started({ 'endless.pdf': ENDLESS, 'good.docx': docx('The kettle.') })
  await using _ = it
  const reading = it.call('read_document', { path: '/endless.pdf' })
  await until('a worker reads', () => workers().length > 0)
  endWorkers()
  const { isError, content } = await reading
  assert.equal(isError, true)
  assert.match(
    JSON.stringify(content),
    /could not be done, since its worker was ended by SIGKILL; nothing was changed/,
  )
  const { content: text } = await it.asked<{ content: string }>('read_document', { path: '/good.docx' })
  assert.equal(text, 'The kettle.')
})

test('where a worker is killed that had done other work, the document is read by the next one', async () => {
  await noWorkerIsLeft()
  const { it } = await started({
    'small.docx': docx('The kettle.'),
    'good.docx': docx('The violin. '.repeat(100_000)),
  })
  await using _ = it
  await it.asked('read_document', { path: '/small.docx' })
  const [kept = 0] = workers()
  const reading = it.asked<{ content: string }>('read_document', { path: '/good.docx' })
  process.kill(kept, 'SIGKILL')
  assert.match((await reading).content, /^The violin\./)
  assert.ok(!workers().includes(kept))
})
