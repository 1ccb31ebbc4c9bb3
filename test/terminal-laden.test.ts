/** The full-screen interface with as much in it as people have, at every size, as they see it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { LADEN_SERVERS } from './laden-server/install.ts'
import type { Appliance } from './support/appliance.ts'
import { atEverySize, type Flow, panel } from './support/flows.ts'
import { LAST_FILE, MANY, MODELS, startLadenAppliance, WAITING } from './support/laden-appliance.ts'
import { CTRL, ESC } from './support/luca-terminal.ts'
import { VirtualTerminal } from './support/virtual-terminal.ts'

const RIGHT = `${ESC}[C`

let appliance: Appliance
const state = mkdtempSync(join(tmpdir(), 'luca-laden-'))
before(async () => {
  appliance = await startLadenAppliance()
})
after(async () => {
  await appliance?.stop()
  rmSync(state, { recursive: true, force: true })
})

/** Below these heads, up to an empty line, no column touches the next: there is space before each. */
function columnsAreApart(terminal: VirtualTerminal, heads: readonly string[]): void {
  const lines = terminal.lines()
  const top = lines.findIndex((line) => heads.every((head) => line.includes(head)))
  assert.ok(top >= 0, `${heads} in ${lines.join('\n')}`)
  const starts = heads.slice(1).map((head) => (lines[top] as string).indexOf(head))
  let count = 0
  for (let row = top + 1; lines[row] !== '' && row < lines.length - 2; row++, count++)
    for (const start of starts)
      assert.equal(terminal.cells(row, start - 2, 2), '  ', `${lines[row]} at ${start}`)
  assert.ok(count > 0)
}

const FLOWS: readonly Flow[] = [
  {
    name: 'a folder with 20 000 files is gone through from end to end',
    async run(terminal) {
      terminal.type(`${ESC}2`)
      await terminal.shows(new RegExp(`▸ ${MANY}`))
      terminal.type('gjj')
      await terminal.shows(new RegExp(`luca ls /${MANY}`))
      terminal.type('\r')
      await terminal.shows(new RegExp(`▾ ${MANY}[\\s\\S]*document-0\\.txt`))
      terminal.type('G')
      await terminal.shows(/family\.md/)
      terminal.type('kkkkkkk')
      await terminal.shows(new RegExp(`luca cat /${MANY}/${LAST_FILE}`))
      terminal.type('g')
      await terminal.shows(/▾ \/[\s\S]*document-0\.txt/)
      terminal.type('jj\r')
      await terminal.shows(new RegExp(`▸ ${MANY}`))
    },
  },
  {
    name: 'a search that finds more than are shown says so',
    async run(terminal) {
      terminal.type('/document')
      await terminal.shows(/the first 200 that were found[\s\S]*\/many\/document-0\.txt/)
      terminal.type(ESC)
      await terminal.shows(new RegExp(`▸ ${MANY}`))
    },
  },
  {
    name: 'of every server, its name and those of its tools are apart',
    async run(terminal) {
      terminal.type(`${ESC}3`)
      await terminal.shows(/All tools/)
      for (const server of LADEN_SERVERS) {
        terminal.type(`/${server} list_all`)
        const name = server.slice(0, 9)
        await terminal.shows([
          new RegExp(`^/ \\S*${server.slice(-4)} list_all`, 'm'),
          new RegExp(`^${name}\\S* {2,}list_all`, 'm'),
        ])
        terminal.type(ESC)
        await terminal.shows(/All tools/)
      }
      terminal.type('G')
      await terminal.shows(/luca call weather_update_14/)
      terminal.type('g')
      await terminal.shows(/luca call calendars_list_all/)
    },
  },
  {
    name: 'a description that begins with a line break, and a form with long names, are whole',
    async run(terminal) {
      terminal.type('/documents_search_9')
      await terminal.shows([/^\/ documents_search_9/m, /documents +search_9/])
      terminal.type('\r')
      await terminal.shows(/Enter fill in/)
      terminal.type('\r')
      await terminal.shows(/field0 +›\s+Lists what there is\./)
      terminal.type('\t\t\t\t\t\t\t')
      await terminal.shows(/a_property_with_a_name\S* ›/)
      terminal.type(ESC)
      await terminal.shows(/documents +search_9/)
      terminal.type(ESC)
      await terminal.shows(/All tools/)
    },
  },
  {
    name: 'a result of 20 000 values is gone through from end to end',
    async run(terminal) {
      terminal.type('/calendars_list_all')
      await terminal.shows([/^\/ calendars_list_all/m, /calendars +list_all/])
      terminal.type('\r')
      await terminal.shows(/Enter fill in/)
      terminal.type('\r')
      await terminal.shows(/call it/)
      terminal.type('\r')
      await terminal.shows(/✓ done in[\s\S]*▸ entries: \[20000\]/)
      terminal.type('j\r')
      await terminal.shows(/▾ entries: \[20000\][\s\S]*▸ 0: \{id, title, tags\}/)
      terminal.type('G')
      await terminal.shows(/▸ 19999: \{id, title, tags\}/)
      terminal.type('\rk')
      await terminal.shows(/▾ 19999/)
      for (const mark of [/call it/, /calendars +list_all/, /All tools/]) {
        terminal.type(ESC)
        await terminal.shows(mark)
      }
    },
  },
  {
    name: 'every section of the system view has its columns apart, and says what is so',
    async run(terminal) {
      terminal.type(`${ESC}4`)
      await terminal.shows(/SERVER +STATE[\s\S]*calendars/)
      await terminal.shows(/caps\S*broken[\s\S]*is left out/)
      columnsAreApart(terminal, ['SERVER', 'STATE', 'TOOLS'])
      terminal.type(RIGHT)
      await terminal.shows(new RegExp(`waiting \\(${WAITING}\\)[\\s\\S]*ID[\\s\\S]*letters_delete_3`))
      columnsAreApart(terminal, ['ID', 'WAITS', 'WHO', 'WHAT'])
      await terminal.shows(/^ y allow {2}n deny /m)
      terminal.type('y')
      await panel(terminal, /Allow letters_delete_3\?[\s\S]*for a long[\s\S]*y yes {3}n no/)
      terminal.type('n')
      await terminal.shows((screen) => !/Allow letters_delete_3/.test(screen))
      terminal.type(RIGHT)
      const { port } = new URL(appliance.url)
      await terminal.shows(new RegExp(`address +http://127\\.0\\.0\\.1:${port}/mcp  this machine only\\n`))
      assert.doesNotMatch(terminal.text(), /https:|\bCA\b|root helper/)
      terminal.type(RIGHT)
      await terminal.shows(/licence OWNER[\s\S]*MODEL +WHERE[\s\S]*model-1 .*elsewhere/)
      await terminal.shows(/model-3 .*default/)
      columnsAreApart(terminal, ['MODEL', 'WHERE'])
      terminal.type('G')
      await terminal.shows(new RegExp(`${MODELS.at(-1)} `))
      terminal.type(RIGHT)
      await terminal.shows(/root helper/)
      terminal.type(RIGHT)
      await terminal.shows(/info {2}gateway +call/)
      terminal.type('g')
      await terminal.shows(/who="luca up"[\s\S]*method=tools\/list/)
      terminal.type('G')
      // What the view itself has asked for last; looks that repeat, such as admin/status, are in the log now and then.
      await terminal.shows(/method=mcp\.llm\.models/)
      terminal.type(RIGHT)
      await terminal.shows(/SERVER +STATE/)
    },
  },
  {
    name: 'setup knows that there is a language model',
    async run(terminal) {
      terminal.type(`${ESC}5`)
      await terminal.shows(/✓ There is a language model/)
    },
  },
  {
    name: 'the palette finds among all of it, and long names are told apart',
    async run(terminal) {
      terminal.type(CTRL('p'))
      await panel(terminal, /Find anything/)
      terminal.type('server-of-a-long-name search_9')
      await panel(terminal, /tool +server-of-a-long-name-ab_sear/)
      terminal.type(ESC)
      await terminal.shows((screen) => !/Find anything/.test(screen))
    },
  },
  {
    name: 'what a line writes is gone through, and what is not kept of it is told',
    async run(terminal) {
      terminal.type(`${CTRL('p')}tools --json\r`)
      await panel(terminal, /luca tools --json[\s\S]*✓ done/)
      terminal.type('g')
      await terminal.shows(/earlier output is not kept/)
      terminal.type('G')
      await terminal.shows(/│ \} +│[\s\S]*✓ done/)
      terminal.type(ESC)
      await terminal.shows((screen) => !/✓ done/.test(screen))
    },
  },
  {
    name: 'a file of a long name goes with a message to a model of a long name, and nothing touches',
    async run(terminal) {
      terminal.type(`${ESC}1`)
      await terminal.shows(/^›/m)
      terminal.type(`${ESC}a`)
      await panel(terminal, /Which file goes with the next message/)
      terminal.type(`${CTRL('u')}/long-${'name-'.repeat(40)}.txt\r`)
      await terminal.shows(/ \+ …\S*name-\.txt ─/)
      const model = MODELS[0] as string
      terminal.type(`${ESC}l`)
      await panel(terminal, /Which model\?/)
      terminal.type(`${CTRL('u')}${model}\r`)
      await terminal.shows(/ \+ …\S*name-\.txt ─+ model-of-a-lo\S* · tools on$/m)
      terminal.type(`${ESC}n`)
    },
  },
]

atEverySize(FLOWS, async (run, { columns, rows }) => {
  const env = {
    LLMBDO_GATEWAY_UNIX_SOCKET_PATH: appliance.socket,
    LLMBDO_STATE: mkdtempSync(join(state, 's-')),
  }
  const terminal = new VirtualTerminal({ columns, rows, env })
  try {
    await terminal.shows(/●/)
    await run(terminal)
    assert.doesNotMatch(terminal.text(), /undefined|NaN|\[object/)
  } finally {
    await terminal.close()
  }
})
