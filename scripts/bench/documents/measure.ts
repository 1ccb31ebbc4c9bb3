/**
 * How fast documents are read in the worker of fs, how much memory that takes beyond Node's own, and how fast the programs are that people would use
 * instead. Both take turns, each in a process that is started for it.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { largeWorkbook } from '../../../src/documents/spreadsheet/testing/workbook.ts'
import { shippedModelFolder } from '../../../src/search/embedding/shipped.ts'
import { median } from '../median.ts'
import type { Figures } from '../report.ts'
import { docxOf, pdfOf } from './made.ts'
import { BARE, inWorker, READER } from './worker.ts'

const PDF_PAGES = 100
const DOCX_PAGES = 500
const CELLS = 100_000
const CELLS_OF_ROW = 10
/** All of a document in one answer. */
const ALL = { as: 'markdown', offset: 0, limit: Number.MAX_SAFE_INTEGER } as const
/** Debian's, for which its packages are. */
const PYTHON = '/usr/bin/python3'

interface Case {
  format: string
  bytes: Buffer
  /** What people would use instead, with the path of the file as its last argument. */
  peer: readonly [command: string, ...args: string[]]
  /** Whether a text is all of it. */
  isAll(text: string): boolean
}

export async function measureDocuments(quick: boolean, say: (line: string) => void): Promise<Figures> {
  const rounds = quick ? 2 : 9
  const folder = mkdtempSync(join(tmpdir(), 'bench-documents-'))
  try {
    const figures = await measureStart(rounds)
    const bareMb = figures['documents.bare.peak-mb'] as number
    for (const one of cases()) {
      say(`  ${one.format}`)
      Object.assign(figures, await measureCase(one, { rounds, folder, bareMb }))
    }
    return figures
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const cases = (): Case[] => [
  {
    format: 'pdf',
    bytes: pdfOf(PDF_PAGES),
    peer: ['sh', '-c', 'pdftotext -layout "$0" -'],
    isAll: (text) => text.includes(`[page ${PDF_PAGES}]`) && !text.includes(`[page ${PDF_PAGES + 1}]`),
  },
  {
    format: 'docx',
    bytes: docxOf(DOCX_PAGES),
    peer: [PYTHON, '-c', READ_DOCX],
    isAll: (text) => text.split(/\s+/).length > DOCX_PAGES * 500,
  },
  {
    format: 'xlsx',
    bytes: largeWorkbook(CELLS / CELLS_OF_ROW),
    peer: [PYTHON, '-c', READ_XLSX],
    isAll: (text) => (text.match(/^\|/gm)?.length ?? 0) >= CELLS / CELLS_OF_ROW,
  },
]

const READ_DOCX = `import sys, docx
document = docx.Document(sys.argv[1])
for paragraph in document.paragraphs: print(paragraph.style.name, paragraph.text)
for table in document.tables:
    for row in table.rows: print(*(cell.text for cell in row.cells), sep=' | ')`
const READ_XLSX = `import sys, openpyxl
for sheet in openpyxl.load_workbook(sys.argv[1], read_only=True, data_only=True):
    for row in sheet.iter_rows(values_only=True): print(*row, sep=' | ')`

/** A worker that reads, and bare Node, each until its first answer. */
async function measureStart(rounds: number): Promise<Figures> {
  const edit = ['a', 'a.txt', [{ oldText: 'a', newText: 'b' }]] as const
  const [ours, bare] = [READER, BARE].map((program) => ({ program, ms: [] as number[], mb: [] as number[] }))
  if (!ours || !bare) throw new Error('Unreachable.')
  for (let round = 0; round < rounds; round++)
    for (const { program, ms, mb } of [ours, bare]) {
      const taken = await inWorker(program, 'edit', [...edit])
      ms.push(taken.ms)
      mb.push(taken.peakMb)
    }
  return {
    'documents.worker.start-ms': median(ours.ms),
    'documents.worker.mb-more': median(ours.mb) - median(bare.mb),
    'documents.bare.start-ms': median(bare.ms),
    'documents.bare.peak-mb': median(bare.mb),
  }
}

async function measureCase(
  { format, bytes, peer, isAll }: Case,
  { rounds, folder, bareMb }: { rounds: number; folder: string; bareMb: number },
): Promise<Figures> {
  const name = `a.${format}`
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const file = { name, size: bytes.length, parts: [{ start: 0, bytes }] }
  const times = { read: [] as number[], search: [] as number[], peer: [] as number[] }
  const spent = { processorMs: [] as number[], mb: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const read = await inWorker(READER, 'readDocument', [bytes, name, ALL])
    if (!isAll(read.result.content ?? '')) throw new Error(`The whole ${name} was not read.`)
    times.read.push(read.ms)
    spent.processorMs.push(read.processorMs)
    spent.mb.push(read.peakMb - bareMb)
    times.search.push((await inWorker(READER, 'readForSearch', [[file], shippedModelFolder()])).ms)
    times.peer.push(peerMs(peer, path))
  }
  return {
    [`documents.${format}.s`]: median(times.read) / 1000,
    [`documents.${format}.processor-s`]: median(spent.processorMs) / 1000,
    [`documents.${format}.mb-more`]: median(spent.mb),
    [`documents.${format}.search-s`]: median(times.search) / 1000,
    [`documents.${format}.peer-s`]: median(times.peer) / 1000,
    [`documents.${format}.ratio`]: median(times.peer.map((ms, round) => ms / (times.read[round] as number))),
  }
}

function peerMs([command, ...args]: Case['peer'], path: string): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(command, [...args, path], { maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`${command} could not read ${path}: ${stderr}`)
  return performance.now() - started
}
