import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DocumentProblem } from '../document.ts'
import { all } from '../testing/all.ts'
import { documentContract } from '../testing/document.contract.ts'
import { readAndTold, sample, told } from '../testing/told.ts'
import { NO_TEXT, readPdf } from './pdf.ts'

const pdf = (name: string) => sample(`pdf/${name}`)
const read = (name: string, options = {}) => readAndTold(readPdf, pdf(name), options)

documentContract([
  {
    name: 'manual.pdf',
    format: 'pdf',
    parts: { kind: 'page', count: 3 },
    says: 'the clock on the wall',
    bytes: pdf('manual.pdf'),
  },
  {
    name: 'mixed.pdf',
    format: 'pdf',
    parts: { kind: 'page', count: 2 },
    says: 'hyphenated',
    bytes: pdf('mixed.pdf'),
  },
])

/** The words of two-columns.ms, as people read them. */
const COLUMNS = [
  'heading: Two columns by groff',
  /A\. Writer$/,
  'heading: 1. Boilers',
  /^paragraph: The boiler in the cellar .* costs less than anything else\.$/,
  /^paragraph: Where the pressure falls .* pull of the pliers\.$/,
  'heading: 1.1. Numbers',
  /^paragraph: The numbers that matter .* so keep them at hand\.$/,
  'item: Model: Vitodens 200',
  'item: Year of manufacture: 2017',
  'item: Serial number: 7538291',
  'heading: 2. Windows',
  /^paragraph: The windows on the street side .* and no more than that\.$/,
  /^paragraph: Condensation on the inside .* does the opposite\.$/,
  /^paragraph: The shutters are pulled by belts\. .*, and the box above the window has to be opened for the repair\.$/,
]

function matches(lines: readonly string[], wanted: readonly (string | RegExp)[]): void {
  const fits = (line: string | undefined, one: string | RegExp) =>
    line !== undefined && (typeof one === 'string' ? line === one : one.test(line))
  const odd = wanted.findIndex((one, i) => !fits(lines[i], one))
  assert.equal(odd, -1, `${String(wanted[odd])} is not what comes there:\n${lines.join('\n')}`)
  assert.equal(lines.length, wanted.length)
}

describe('a PDF', () => {
  test('of groff is read column by column, also where Ghostscript wrote it', async () => {
    matches(await read('two-columns.pdf'), COLUMNS)
    matches(await read('ghostscript.pdf'), COLUMNS)
  })

  test('of pdfTeX has its title, headings by their levels, divided words in one, and tables as rows', async () => {
    const document = await readPdf(pdf('article.pdf'), { name: 'article.pdf' })
    assert.equal(document.title, 'On the Measurement of Kettles')
    assert.equal(document.language, 'en')
    const blocks = await all(document.blocks())
    assert.deepEqual(
      blocks.filter(({ kind }) => kind === 'heading').map(({ level, text }) => `${level} ${text}`),
      [
        '1 On the Measurement of Kettles',
        '2 Abstract',
        '1 1 Introduction',
        '2 1.1 Apparatus',
        '1 2 Results',
        '1 3 Discussion',
      ],
    )
    const text = blocks.map((block) => block.text).join('\n')
    for (const whole of [
      'characterisation of their efficiency has remained',
      'whose reproducibility was independently investigated by schoolchildren.',
      'The well-known difference between gas and electricity',
      'and the overwhelming majority of uninstructed experimenters',
      'attach it to the handle, where',
    ])
      assert.ok(text.includes(whole), `${whole} is not in\n${text}`)
    assert.deepEqual(
      blocks.filter(({ kind }) => kind === 'row').map(({ cells }) => cells),
      [
        ['Kettle', 'Seconds', 'Share'],
        ['Electric, steel', '154', '0.86'],
        ['Electric, glass', '161', '0.83'],
        ['Gas', '412', '0.38'],
      ],
    )
  })

  test('of LibreOffice has tables with their headers, and lists in lists', async () => {
    const document = await readPdf(pdf('household.pdf'), { name: 'household.pdf' })
    assert.equal(document.title, 'Haushaltsbuch 2025')
    matches(await told(document), [
      'heading: Haushaltsbuch 2025',
      /^paragraph: Alle Ausgaben .* die Nebenkostenabrechnung kam im März\.$/,
      'heading: Ausgaben',
      'header: ["Monat","Betrag","Bemerkung"]',
      'row: ["Januar","1.204,50 €","Versicherung"]',
      'row: ["Februar","380,00 €"]',
      'row: ["März","911,25 €","Nebenkosten"]',
      'heading: Merkliste',
      'item: Zähler ablesen',
      'item: Strom',
      'item: Gas',
      'item: Steuer',
      'item: 1. Erstens',
      'item: 2. Zweitens',
    ])
    const items = (await all(document.blocks())).filter(({ kind }) => kind === 'item')
    assert.deepEqual(
      items.map(({ level }) => level),
      [1, 2, 2, 1, 1, 1],
    )
  })

  test('of cairo has a word in one that its line divides', async () => {
    assert.deepEqual(await read('drawing.pdf'), [
      'heading: A drawing by cairo',
      'paragraph: Text that a drawing program wrote, line by line, with a word that is hyphenated at the end of its line.',
    ])
  })

  test('is read without the headers and footers of its pages, and with code as it stands', async () => {
    const lines = await read('manual.pdf')
    assert.ok(!lines.some((line) => /BOILER\(8\)|November 2026|House 2\.1/.test(line)), lines.join('\n'))
    assert.ok(lines.includes('code: boiler --room=kitchen \\\n       --now'), lines.join('\n'))
    assert.deepEqual(
      lines.filter((line) => line.startsWith('heading')),
      ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'Times', 'OPTIONS', 'EXAMPLES', 'FILES'].map(
        (name) => `heading: ${name}`,
      ),
    )
  })

  test('has what was filled in as rows', async () => {
    assert.ok((await read('form.pdf')).includes('row: ["surname","Lovelace"]'))
  })

  test('names the pages that have no text', async () => {
    assert.deepEqual(await read('scan.pdf'), [`remark: ${NO_TEXT}`])
    const blocks = await all((await readPdf(pdf('mixed.pdf'), { name: 'mixed.pdf' })).blocks())
    assert.deepEqual(
      blocks.filter(({ kind }) => kind === 'remark'),
      [{ kind: 'remark', text: NO_TEXT, isPicture: true, place: { part: 2 } }],
    )
  })

  test('is read page by page where pages are asked for', async () => {
    matches(await read('manual.pdf', { parts: { first: 3, last: 3 } }), [
      'heading: FILES',
      /^paragraph: The file of settings/,
    ])
  })

  test('that wants a password says so; one that only forbids copying is read', async () => {
    await assert.rejects(read('encrypted.pdf', { name: 'bill.pdf' }), (problem) => {
      assert.ok(problem instanceof DocumentProblem)
      assert.equal(problem.kind, 'encrypted')
      assert.match(problem.message, /^"bill\.pdf" can't be read: it opens only with a password\. Save a copy/)
      return true
    })
    assert.deepEqual(await read('no-copying.pdf'), await read('drawing.pdf'))
  })

  test('names the files that are attached to it, and reads none of them', async () => {
    assert.deepEqual(await read('attached.pdf'), [
      'remark: Files are attached to it, which are not read: notes.txt.',
      ...(await read('drawing.pdf')),
    ])
  })
})
