/** Documents that are found and opened by a person: `luca search --open`, and the Files view. Needs `make build`. */
import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Appliance, ROOT, startAppliance, until } from './support/appliance.ts'
import { CTRL, ESC } from './support/luca-terminal.ts'
import { LUCA, VirtualTerminal } from './support/virtual-terminal.ts'

const KEPT: Readonly<Record<string, string>> = {
  'boiler.pdf': 'pdf/manual.pdf',
  'scan.pdf': 'pdf/mixed.pdf',
  'locked.pdf': 'pdf/encrypted.pdf',
  'towns.xlsx': 'openpyxl.xlsx',
  'macros.xlsm': 'xlsxwriter-macros.xlsm',
  'rope.pptx': 'features.pptx',
  'boat.epub': 'pandoc.epub',
  'plan.docx': 'pandoc.docx',
}
/** What is found in which place: a question, how a hit says where, the place as JSON, and a line of it. */
const FOUND = [
  ['in a tin in the cellar', '/papers/boiler.pdf, page 3', { kind: 'page', number: 3 }, /lies in the cellar/],
  ['2102650', '/papers/towns.xlsx, sheet 4: Tables', { kind: 'sheet', number: 4 }, /Paris \| 2102650/],
  ['knots matter', '/papers/rope.pptx, slide 1', { kind: 'slide', number: 1 }, /Say that knots matter/],
  ['varnish', '/papers/boat.epub, chapter 3: Spring', { kind: 'chapter', number: 3 }, /Ask Ada about the/],
] as const

let a: Appliance
let papers = ''

before(async () => {
  a = await startAppliance()
  papers = join(a.files, 'papers')
  mkdirSync(papers)
  mkdirSync(join(a.files, 'other'))
  for (const [name, kept] of Object.entries(KEPT))
    copyFileSync(join(ROOT, 'test/documents', kept), join(papers, name))
  writeFileSync(join(a.files, 'other/tin.txt'), 'Nothing but a tin.\n')
  const { code, stderr } = await a.luca(['index', 'add', '/papers'])
  assert.equal(code, 0, stderr)
})
after(() => a?.stop())

/** luca at a terminal. */
async function seeing(
  args: readonly string[],
  run: (terminal: VirtualTerminal) => Promise<void>,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const terminal = new VirtualTerminal({
    command: LUCA,
    args,
    env: { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket, LLMBDO_STATE: a.state, ...env },
  })
  try {
    await run(terminal)
  } finally {
    await terminal.close()
  }
}

describe('luca search', () => {
  for (const [question, where, part, says] of FOUND)
    test(`finds “${question}” and opens it at its ${part.kind}`, async () => {
      const { stdout } = await a.luca(['search', question])
      assert.ok(stdout.startsWith(where), stdout)
      const [hit] = JSON.parse((await a.luca(['search', question, '--json'])).stdout).hits
      assert.deepEqual({ kind: hit.part.kind, number: hit.part.number }, part)
      assert.match(hit.uri, new RegExp(`#${part.kind}=${part.number}$`))
      const opened = await a.luca(['search', question, '--open'])
      assert.deepEqual([opened.code, opened.stderr], [0, ''])
      assert.match(opened.stdout, new RegExp(`^\\[${part.kind} ${part.number}\\b`))
      assert.match(opened.stdout, says)
      assert.equal(opened.stdout.match(new RegExp(`^\\[${part.kind} \\d`, 'gm'))?.length, 1)
    })

  test('--open --json has the place beside the text', async () => {
    const { stdout } = await a.luca(['search', 'in a tin in the cellar', '--open', '--json'])
    const { path, part, content, parts } = JSON.parse(stdout)
    assert.deepEqual(
      [path, part, parts],
      ['/papers/boiler.pdf', { kind: 'page', number: 3 }, { kind: 'page', count: 3 }],
    )
    assert.match(content, /in a tin/)
  })

  test('a document without pages is opened whole', async () => {
    const { stdout, stderr } = await a.luca([
      'search',
      'who looks after the boiler',
      '--type',
      'docx',
      '--open',
    ])
    assert.equal(stderr, '')
    assert.match(stdout, /Novák looks after the boiler/)
  })

  test('at a terminal a page is shown by the pager, at what was found', async () => {
    const seen = join(a.state, 'seen')
    const pager = join(a.state, 'less')
    writeFileSync(
      pager,
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${seen}.part'\ncat >> '${seen}.part'\nmv '${seen}.part' '${seen}'\n`,
    )
    chmodSync(pager, 0o755)
    await seeing(
      ['search', '2102650', '--open'],
      (terminal) => until(`the pager has run: ${terminal.text()}`, () => existsSync(seen)).then(() => {}),
      { PAGER: `${pager} -i`, VISUAL: '', EDITOR: 'false' },
    )
    const [option, place, ...lines] = readFileSync(seen, 'utf8').split('\n')
    assert.equal(option, '-i')
    assert.match(lines[Number(/^\+(\d+)$/.exec(place ?? '')?.[1]) - 1] ?? '', /Paris \| 2102650/)
  })

  test('at a terminal without a pager it is printed', () =>
    seeing(
      ['search', 'knots matter', '--open'],
      (terminal) => terminal.shows(/Say that knots/).then(() => {}),
      {
        PAGER: 'no-such-pager',
      },
    ))
})

describe('the Files view', () => {
  /** In the view, with the folder of documents open and a file chosen by its name. */
  const choosing = (name: string, run: (terminal: VirtualTerminal) => Promise<void>) =>
    seeing([], async (terminal) => {
      await terminal.shows(/●/)
      terminal.type(`${ESC}2`)
      await terminal.shows(/▸ papers/)
      terminal.type(`/${name}`)
      await terminal.shows(/1 found by name/)
      terminal.type('\r')
      await terminal.shows(/luca call fs_read_document|password/)
      await run(terminal)
    })

  test('turns the pages of a PDF, by keys and by reading on', () =>
    choosing('boiler.pdf', async (terminal) => {
      terminal.type('\r')
      await terminal.shows([/boiler\.pdf .*page 1 of 3/, /NAME/, /n next page {2}p page before/])
      terminal.type('nn')
      await terminal.shows([/page 3 of 3/, /lies in the cellar/, /"pages":"3"/])
      terminal.type('n')
      terminal.type('p')
      await terminal.shows([/page 2 of 3/, /Heat the kitchen at once/])
      terminal.type(`${ESC}[5~`)
      await terminal.shows([/page 1 of 3/, /closed until the next/])
      terminal.type('G')
      await terminal.shows(/closed until the next/)
      terminal.type(`${ESC}[6~`)
      await terminal.shows(/page 2 of 3/)
      terminal.type(ESC)
      await terminal.shows(/▾ papers/)
    }))

  test('shows the sheets of a workbook in columns, with their names and its title', () =>
    choosing('towns.xlsx', async (terminal) => {
      terminal.type('\r')
      await terminal.shows([/sheet 1 of 4: Sales & more/, /Sales of the year/, /n next sheet/])
      terminal.type('nnn')
      await terminal.shows([/sheet 4 of 4: Tables/, /Town +│ People\s+Paris │ 2102650\s+Rome +│ 2748109/])
    }))

  test('says what of a document OCR has read, and that macros are not run', async () => {
    await choosing('scan.pdf', async (terminal) => {
      terminal.type('\r')
      await terminal.shows(/page \d of \d/)
      terminal.type('n')
      await terminal.shows(/Read from a picture by OCR/)
    })
    await choosing('macros.xlsm', (terminal) =>
      terminal.shows(/has macros, which are\s+│?\s*not run/).then(() => {}),
    )
  })

  test('says why a document can’t be read', () =>
    choosing('locked.pdf', async (terminal) => {
      terminal.type('\r')
      await terminal.shows(/locked\.pdf[\s\S]*password/)
    }))

  test('opens what was found at its page, sheet and chapter', () =>
    seeing([], async (terminal) => {
      await terminal.shows(/●/)
      terminal.type(`${ESC}2`)
      await terminal.shows(/▸ papers/)
      for (const [question, place, page] of [
        ['in a tin in the cellar', /boiler\.pdf, page 3/, /page 3 of 3[\s\S]*lies in the cellar/],
        ['2102650', /towns\.xlsx, sheet 4: Tables/, /sheet 4 of 4: Tables[\s\S]*Paris │ 2102650/],
        ['varnish', /boat\.epub, chapter 3: Spring/, /chapter 3 of 4: Spring[\s\S]*varnish/],
      ] as const) {
        terminal.type(`/${question}`)
        await terminal.shows([/0 found by name, \d+ by what files say/, place])
        terminal.type('\r')
        await terminal.shows([page, /Esc back/])
        terminal.type(ESC)
        await terminal.shows(/▾ papers/)
      }
    }))

  test('searches the chosen folder alone, and everything again', () =>
    seeing([], async (terminal) => {
      await terminal.shows(/●/)
      terminal.type(`${ESC}2`)
      await terminal.shows(/▸ other[\s\S]*▸ papers/)
      terminal.type('/other')
      await terminal.shows(/[12] found by name/)
      terminal.type('\r')
      await terminal.shows(/luca ls \/other/)
      terminal.type('/tin')
      await terminal.shows([/M-o here/, /\/other\/tin\.txt/, /boiler\.pdf/])
      terminal.type(`${ESC}o`)
      await terminal.shows([
        /^Search in \/other: tin/m,
        /1 found by name/,
        /Only names are searched: \/other is not indexed\./,
        /luca search --folder \/other tin/,
        /^(?![\s\S]*boiler)/,
      ])
      terminal.type(`${ESC}o`)
      await terminal.shows([/^Search: tin/m, /boiler\.pdf/])
      terminal.type(CTRL('c'))
      await terminal.shows(/▸ other/)
    }))
})
