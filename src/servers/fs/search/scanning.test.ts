/** Scans and pictures are found by what OCR reads of them: with the real Tesseract and the real poppler. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, test } from 'node:test'
import { findProgram } from '../../../host/bounded-program.ts'
import { Searching } from '../testing/searching.ts'

const DOCUMENTS = join(import.meta.dirname, '../../../../test/documents/pdf')
const scan = readFileSync(join(DOCUMENTS, 'scan.pdf'))
const mixed = readFileSync(join(DOCUMENTS, 'mixed.pdf'))
const picture = execFileSync('pdftoppm', ['-r', '150', '-gray', '-png', join(DOCUMENTS, 'scan.pdf')])
const { PATH = '' } = process.env
afterEach(() => {
  process.env.PATH = PATH
})

interface Status {
  state: string
  problems: unknown[]
  scans?: {
    pages: number
    pictures: number
    read: number
    failed: number
    languages?: string[]
    told: string[]
  }
}
interface Hits {
  hits: { path: string; type: string; ocr?: boolean; snippet: string; part?: { number: number } }[]
}
interface Read {
  content: string
  ocr?: boolean
}
const scansOf = async (it: Searching) => (await it.asked<Status>('index_status')).scans

/** In front of the path: a tesseract that runs a line of shell before the real one, where it is to read a picture. */
function withTesseract(it: Searching, line: string): string {
  const folder = join(it.state, 'programs')
  mkdirSync(folder, { recursive: true })
  const script = `#!/bin/sh\n[ "$1" = stdin ] && { ${line}; }\nexec ${findProgram('tesseract')} "$@"\n`
  writeFileSync(join(folder, 'tesseract'), script)
  chmodSync(join(folder, 'tesseract'), 0o755)
  return `${folder}${delimiter}${PATH}`
}

/** A path without OCR. */
function withoutOcr(it: Searching): string {
  const folder = join(it.state, 'few-programs')
  mkdirSync(folder, { recursive: true })
  for (const name of ['prlimit', 'sh']) symlinkSync(findProgram(name) ?? '', join(folder, name))
  return folder
}

async function work(it: Searching): Promise<void> {
  await it.running.wake('look')
  await it.running.worked()
}

test('pages of PDF and pictures without text are found by what they show, and marked as read by OCR', async () => {
  await using it = await new Searching({
    'a/scan.pdf': scan,
    'a/bill.png': picture,
    'a/mixed.pdf': mixed,
  }).start()
  await it.add('/a')
  const { hits } = await it.asked<Hits>('search_documents', { query: '"HS-20417"', folder: '/a/mixed.pdf' })
  assert.deepEqual(
    hits.map(({ path, type, ocr, part }) => ({ path, type, ocr, page: part?.number })),
    [{ path: '/a/mixed.pdf', type: 'pdf', ocr: true, page: 2 }],
  )
  const { content } = await it.call('search_documents', { query: '"HS-20417"', folder: '/a/bill.png' })
  assert.match(JSON.stringify(content), /bill\.png.*Read by OCR, so it may have mistakes\./)
  const { scans, problems, state } = await it.asked<Status>('index_status')
  const { languages, told, ...counts } = scans ?? {}
  assert.deepEqual(counts, { pages: 0, pictures: 0, read: 3, failed: 0 })
  assert.equal(languages?.[0], 'eng')
  assert.deepEqual([problems, state], [[], 'idle'])
  assert.deepEqual(told?.at(-1), 'OCR has read 3 pages or pictures.')
  assert.equal(
    (await it.statusOf('/a/mixed.pdf')).why,
    '1 page of it was read by OCR, so there may be mistakes.',
  )
  assert.equal((await it.statusOf('/a/bill.png')).why, 'It was read by OCR, so there may be mistakes.')
  // A page with text of its own stays as it was.
  const first = await it.asked<Hits>('search_documents', {
    query: 'boiler',
    folder: '/a/mixed.pdf',
    limit: 5,
  })
  assert.equal(first.hits[0]?.ocr, first.hits[0]?.part?.number === 2 ? true : undefined)
})

test('a page is read by OCR once: not again for a file that is touched, copied or moved, nor after a restart', async () => {
  await using it = new Searching({ 'a/scan.pdf': scan })
  const runs = join(it.state, 'runs')
  // It may write no file, but make folders.
  process.env.PATH = withTesseract(it, `mkdir -p ${runs}/$$`)
  await it.start()
  await it.add('/a')
  const count = () => execFileSync('ls', [runs], { encoding: 'utf8' }).trim().split('\n').length
  assert.equal(count(), 1)
  copyFileSync(it.real('a/scan.pdf'), it.real('a/copy.pdf'))
  renameSync(it.real('a/scan.pdf'), it.real('a/moved.pdf'))
  await work(it)
  utimesSync(it.real('a/moved.pdf'), 1_700_000_000, 1_700_000_000)
  await it.restart()
  await work(it)
  for (const path of ['/a/copy.pdf', '/a/moved.pdf'])
    assert.deepEqual(await it.found('"HS-20417"', { folder: path }), [path])
  assert.equal((await it.asked<Read>('read_document', { path: '/a/moved.pdf' })).ocr, true)
  assert.equal(count(), 1)
})

test('without OCR it is said what to install, where there is something to read; once it is there, that is read', async () => {
  await using it = new Searching({ 'a/note.md': 'The kettle.', 'b/scan.pdf': scan, 'b/bill.png': picture })
  process.env.PATH = withoutOcr(it)
  await it.start()
  await it.add('/a')
  assert.equal(await scansOf(it), undefined)
  await it.add('/b')
  const { languages, told = [], ...counts } = (await scansOf(it)) ?? {}
  assert.deepEqual(counts, { pages: 1, pictures: 1, read: 0, failed: 0 })
  assert.equal(languages, undefined)
  assert.equal(told[0], '1 page and 1 picture without text may show some. They are not read.')
  assert.match(told[1] ?? '', /install tesseract-ocr and poppler-utils.*on Arch tesseract.*OCR=1/)
  assert.match(
    (await it.statusOf('/b/scan.pdf')).why ?? '',
    /^1 page of it may show text that is not read\. To have them read, install/,
  )
  const { content } = await it.call('read_document', { path: '/b/scan.pdf' })
  assert.match(
    JSON.stringify(content),
    /This page has no text.*Not all pictures in it were read: To have them read, install/,
  )
  process.env.PATH = PATH
  await it.restart()
  await work(it)
  assert.equal((await scansOf(it))?.read, 2)
})

test('a page that OCR fails at is tried twice, then left alone until its file changes; the others are read', async () => {
  await using it = new Searching({ 'a/scan.pdf': scan, 'a/bill.png': picture })
  const runs = join(it.state, 'runs')
  // Of pages alone it is told their resolution.
  const fail = `mkdir -p ${runs}/$$; case "$*" in *--dpi*) exit 1;; esac`
  process.env.PATH = withTesseract(it, fail)
  await it.start()
  await it.add('/a')
  const { read, failed, told } = (await scansOf(it)) ?? {}
  assert.deepEqual([read, failed], [1, 1])
  assert.ok(told?.includes('OCR could not read 1 page or picture; give a path to learn why.'), told?.join())
  assert.equal((await it.statusOf('/a/scan.pdf')).why, '1 page of it could not be read: OCR failed (1).')
  const count = () => execFileSync('ls', [runs], { encoding: 'utf8' }).trim().split('\n').length
  assert.equal(count(), 3)
  await work(it)
  assert.equal(count(), 3)
  process.env.PATH = PATH
  it.put('a/scan.pdf', Buffer.concat([scan, Buffer.from('\n')]))
  await it.restart()
  await work(it)
  assert.equal((await scansOf(it))?.read, 2)
})

/** The server in a process of its own, with folder /notes searched. */
function indexer(it: Searching, path: string): ChildProcess {
  const script = join(import.meta.dirname, '../testing/indexer.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, it.root, it.state, '-', 'words']
  return spawn(process.execPath, args, {
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

test('after a kill OCR goes on; a page that ended the server twice is left alone', async () => {
  await using it = new Searching({ 'notes/scan.pdf': scan, 'notes/note.md': 'The kettle.' })
  // Below prlimit, the parent of which is the server.
  const deadly = withTesseract(it, 'kill -9 $PPID')
  for (let i = 0; i < 2; i++) {
    const [, signal] = await once(indexer(it, deadly), 'close')
    assert.equal(signal, 'SIGKILL')
  }
  process.env.PATH = deadly
  await it.start()
  await work(it)
  assert.deepEqual(await it.found('kettle'), ['/notes/note.md'])
  assert.match(
    (await it.statusOf('/notes/scan.pdf')).why ?? '',
    /could not be read: What reads it ended 2 times\./,
  )
  process.env.PATH = PATH
  it.put('notes/scan.pdf', Buffer.concat([scan, Buffer.from('\n')]))
  await it.restart()
  await work(it)
  assert.deepEqual(await it.found('"HS-20417"'), ['/notes/scan.pdf'])
})

test('the languages of the settings are read, and those that are not there are named', async () => {
  await using it = new Searching({ 'a/scan.pdf': scan })
  const configuration = join(it.state, 'configuration')
  mkdirSync(configuration)
  writeFileSync(join(configuration, 'fs.yaml'), 'ocrLanguages: [xyz, eng]\n')
  await it.start({ directories: { state: it.state, configuration } })
  await it.add('/a')
  const { languages, told, read } = (await scansOf(it)) ?? {}
  assert.deepEqual([languages, read], [['eng'], 1])
  assert.match(
    told?.join() ?? '',
    /OCR lacks languages that fs\.yaml names: xyz\. Install tesseract-ocr-xyz\./,
  )
})

test('a scan that is not searched is read when it is asked for, page by page', async () => {
  await using it = await new Searching({ 'mixed.pdf': mixed, 'bill.png': picture }).start()
  const page = await it.asked<Read>('read_document', { path: '/mixed.pdf', pages: '2' })
  assert.equal(page.ocr, true)
  assert.match(
    page.content,
    /^\[page 2\]\n\n\(Read from a picture by OCR, so it may have mistakes\.\)\n\nHeating Services Ltd\./,
  )
  const first = await it.asked<Read>('read_document', { path: '/mixed.pdf', pages: '1' })
  assert.equal(first.ocr, undefined)
  const bill = await it.asked<{ format: string; blocks: { kind: string; isRecognised?: boolean }[] }>(
    'read_document',
    { path: '/bill.png', as: 'blocks' },
  )
  assert.equal(bill.format, 'picture')
  assert.ok(bill.blocks.some(({ kind, isRecognised }) => kind === 'paragraph' && isRecognised === true))
})
