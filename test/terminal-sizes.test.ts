/** Every view and flow of the full-screen interface, at every size that it must be right at, as a person sees it. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, until } from './support/appliance.ts'
import { atEverySize, type Flow, panel } from './support/flows.ts'
import { CTRL, ESC, stage } from './support/luca-terminal.ts'

const RIGHT = `${ESC}[C`
const F1 = `${ESC}OP`

const here = stage()
const has = (path: string) => existsSync(join(here.appliance.files, path))

const VIEWS: readonly Flow[] = [
  {
    name: 'every view is reached',
    async run(terminal) {
      for (const [digit, mark] of [
        ['2', /▾ \/[\s\S]*▸ docs/],
        ['3', /All tools[\s\S]*read_text_file/],
        ['4', /gateway \d[\s\S]*fs +. (awake|asleep)/],
        ['5', /First steps[\s\S]*✓ The gateway runs/],
        ['6', /no account yet[\s\S]*luca mail add/],
        ['1', /Ask something/],
      ] as const) {
        terminal.type(`${ESC}${digit}`)
        await terminal.shows(mark)
      }
    },
  },
  {
    name: 'the system view goes through its sections',
    async run(terminal) {
      terminal.type(`${ESC}4`)
      await terminal.shows(/SERVER +STATE +TOOLS/)
      for (const mark of [
        /Nothing waits for your consent/,
        /memory +█[\s\S]* of [\s\S]*disk +█/,
        /licence +OWNER/,
        /root helper/,
        /luca log --follow/,
      ]) {
        terminal.type(RIGHT)
        await terminal.shows(mark)
      }
      for (let i = 0; i < 5; i++) terminal.type(`${ESC}[D`)
      await terminal.shows(/SERVER +STATE/)
    },
  },
  {
    name: 'help names the keys in full',
    async run(terminal) {
      terminal.type(`${ESC}1`)
      await terminal.shows(/Ask something/)
      terminal.type(F1)
      await panel(terminal, /─ Keys ─[\s\S]*Alt-Enter[\s\S]*Alt-A[\s\S]*↑↓ scroll {2}Esc back/)
      terminal.type('G')
      await terminal.shows(/the first, the last/)
      assert.doesNotMatch(terminal.text(), /…\s*│/)
      terminal.type(ESC)
      await terminal.shows(/Ask something/)
    },
  },
  {
    name: 'the palette finds a tool, its form calls it, and the result is a tree',
    async run(terminal) {
      terminal.type(CTRL('p'))
      await panel(terminal, /Find anything/)
      terminal.type('current time')
      await terminal.shows(/tool +time_get_current_time/)
      terminal.type('\r')
      await terminal.shows(/Tells the date and time/)
      terminal.type('Asia/Tokyo\r')
      await terminal.shows(/✓ done in[\s\S]*▾ \{[\s\S]*Asia\/Tokyo/)
      terminal.type('\r')
      await terminal.shows(/▸ \{/)
      terminal.type(ESC)
      await terminal.shows(/call it/)
      terminal.type(ESC)
      await terminal.shows(/All tools/)
    },
  },
  {
    name: 'the palette runs a line, whose output is read to the end of its lines',
    async run(terminal) {
      terminal.type(`${CTRL('p')}token list\r`)
      await panel(terminal, /luca token list[\s\S]*TIER[\s\S]*✓ done/)
      terminal.type(ESC)
      await terminal.shows((screen) => !/✓ done/.test(screen))
    },
  },
  {
    name: 'a file is found by its name and read',
    async run(terminal) {
      terminal.type(`${ESC}2`)
      await terminal.shows(/▸ docs|▾ docs/)
      terminal.type('/repor')
      await terminal.shows(/1 found[\s\S]*\/docs\/report\.md/)
      terminal.type('\r')
      await terminal.shows(/▾ docs[\s\S]*report\.md[\s\S]*luca cat \/docs\/report\.md/)
      terminal.type('\r')
      await terminal.shows(/Report[\s\S]*All well\.[\s\S]*scroll/)
      terminal.type(ESC)
      await terminal.shows(/▾ docs/)
    },
  },
  {
    name: 'a document is read page by page',
    async run(terminal) {
      copyFileSync(join(ROOT, 'test/documents/pdf/manual.pdf'), join(here.appliance.files, 'boiler.pdf'))
      terminal.type(`${ESC}2`)
      await terminal.shows(/[▸▾] docs/)
      terminal.type('/boiler')
      await terminal.shows(/1 found/)
      terminal.type('\r')
      await terminal.shows(/luca call fs_read_document/)
      terminal.type('\r')
      await terminal.shows(/^\/boiler\.pdf .*page 1 of 3$[\s\S]*NAME[\s\S]*Esc back/m)
      terminal.type('n')
      await terminal.shows(/page 2 of 3$[\s\S]*Heat the kitchen/m)
      terminal.type('p')
      await terminal.shows(/page 1 of 3$/m)
      terminal.type(ESC)
      await terminal.shows(/[▸▾] docs/)
      rmSync(join(here.appliance.files, 'boiler.pdf'))
      terminal.type('r')
      await terminal.shows(/^(?![\s\S]*boiler)/)
    },
  },
  {
    name: 'a folder is indexed after asking, and what its files say is found beside names',
    async run(terminal) {
      terminal.type(`${ESC}2`)
      await terminal.shows(/[▸▾] docs/)
      terminal.type('/docs')
      await terminal.shows(/1 found by name/)
      terminal.type('\r')
      await terminal.shows(/luca ls \/docs\n/)
      terminal.type('i')
      await panel(terminal, /Index \/docs\?[\s\S]*y yes {3}n no/)
      terminal.type('n')
      await terminal.shows((screen) => !/Index \/docs/.test(screen))
      terminal.type('/well')
      await terminal.shows(/nothing is indexed yet\./)
      terminal.type(`${ESC}i`)
      await panel(terminal, /Index \/docs\?/)
      terminal.type('y')
      await terminal.shows(/0 found by name/)
      await until('it is read', async () => {
        const { stdout } = await here.appliance.luca(['index', 'status', '--json'])
        return JSON.parse(stdout).files === 1
      })
      terminal.type(CTRL('u'))
      await terminal.shows(/^Search:$/m)
      terminal.type('well')
      await terminal.shows(/1 by what files say[\s\S]*\/docs\/report\.md:\d[\s\S]*All \**well/)
      terminal.type('\r')
      await terminal.shows(/All well\.[\s\S]*scroll/)
      terminal.type(ESC)
      await terminal.shows(/▾ docs/)
      terminal.type(`${ESC}[D`)
      await terminal.shows(/luca ls \/docs\n/)
      terminal.type('i')
      await panel(terminal, /Stop searching \/docs\?/)
      terminal.type('y')
      await terminal.shows(/\/docs is not searched any more/)
    },
  },
  {
    name: 'a file is made, put into the trash and brought back',
    async run(terminal) {
      terminal.type('gn')
      await panel(terminal, /New file in \//)
      terminal.type('made.txt\r')
      await terminal.shows(/made \/made\.txt/)
      assert.ok(has('made.txt'))
      terminal.type('/made.txt')
      await terminal.shows(/1 found/)
      terminal.type('\r')
      await terminal.shows(/luca cat \/made\.txt/)
      terminal.type('d')
      await terminal.shows(/made\.txt is in the trash/)
      assert.ok(!has('made.txt'))
      terminal.type('u')
      await terminal.shows(/made\.txt is back/)
      terminal.type('d')
      await until('it is gone again', () => !has('made.txt'))
    },
  },
  {
    name: 'a tool is looked at as it is declared',
    async run(terminal) {
      terminal.type(`${ESC}3/edit_file\r`)
      await terminal.shows(/edit_file/)
      terminal.type('i')
      await terminal.shows(/fs_edit_file[\s\S]*▾ inputSchema[\s\S]*▾ properties[\s\S]*▸ edits/)
      await terminal.shows(/luca tools --server fs --json/)
      terminal.type(ESC)
      await terminal.shows(/\/ edit_file/)
      terminal.type(ESC)
      await terminal.shows(/All tools/)
    },
  },
  {
    name: 'what can destroy something is asked about, and a no is a no',
    async run(terminal) {
      writeFileSync(join(here.appliance.files, 'doomed.txt'), '')
      terminal.type(`${ESC}3/delete_file\r\r`)
      await terminal.shows(/path \*/)
      terminal.type(`/doomed.txt${CTRL('s')}`)
      await panel(terminal, /May this be done\?[\s\S]*y allow it/)
      terminal.type('n')
      await terminal.shows(/✗ failed/)
      assert.ok(has('doomed.txt'))
      terminal.type(ESC)
      await terminal.shows(/call it/)
      terminal.type(ESC)
      await terminal.shows(/\/ delete_file/)
      terminal.type(ESC)
      await terminal.shows(/All tools/)
    },
  },
  {
    name: 'a notice that is longer than a line is read whole',
    async run(terminal) {
      terminal.type(`${ESC}5`)
      await terminal.shows(/First steps/)
      terminal.type('gj\r')
      await panel(terminal, /Which client is the token for\?/)
      terminal.type('luca up\r')
      await terminal.shows(
        /There is a token named "luca up" already;\s+revoke it first\s+or\s+choose\s+another\s+name\./,
      )
    },
  },
  {
    name: 'a token is made and shown once',
    async run(terminal) {
      terminal.type('gj\r')
      await panel(terminal, /Which client is the token for\?/)
      terminal.type(`client ${Date.now()}\r`)
      await terminal.shows(/lb_[\w-]{40}/)
      terminal.type(ESC)
      await terminal.shows((screen) => !/lb_/.test(screen))
    },
  },
  {
    name: 'a window that becomes smaller and larger again shows the same',
    async run(terminal) {
      const { columns, rows } = terminal
      terminal.resize(30, 8)
      await terminal.shows(/needs 60 × 20/)
      terminal.resize(columns, rows)
      await terminal.shows(/First steps/)
    },
  },
]

atEverySize(VIEWS, (run, size) => here.seeing(run, size))
