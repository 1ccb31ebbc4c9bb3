/**
 * Shows why the interface does not draw with blessed (decision 12). Prints one line for each thing that is asked of it.
 *
 *     node docs/decisions/0012-blessed.ts [FOLDER]
 *
 * FOLDER is that of a fork, as npm installs it; without one it is the blessed of node_modules.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import xterm from '@xterm/headless'
import { widthOf } from '../../src/tui/text/cells.ts'
import { Pty } from '../../test/support/pty.ts'

const ROOT = join(import.meta.dirname, '../..')
const FORK = resolve(process.argv[2] ?? join(ROOT, 'node_modules/blessed'))
/** The part with the search for colours; a fork may have compiled it. */
const LIB = ['lib', 'dist/lib']
  .map((folder) => join(FORK, folder))
  .find((folder) => existsSync(join(folder, 'colors.js')))
const LINES = [
  'plain',
  '漢字 wide',
  '👩‍🚀 joined',
  '👍🏽 tone',
  '🫠 newer',
  'e\u0301 mark',
  '🇫🇷 flag',
  '❤️ heart',
]
const WIDTH = 24
const ENV = { ...process.env, LANG: 'C.UTF-8', TERM: 'xterm-256color' }
const loading = `const blessed = require(${JSON.stringify(FORK)});`

/** What a program with blessed says, run by itself; of one that fails, the error. */
function run(code: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', loading + code], {
    env: ENV,
    encoding: 'utf8',
  })
  return status === 0 ? stdout + stderr : `fails: ${/^\w*Error.*/m.exec(stderr)?.[0] ?? stderr}`
}

/** In which column each line of a box ends on a terminal; all the same, if they stand where they belong. */
async function edges(terminal: xterm.Terminal): Promise<number[]> {
  const content = JSON.stringify(LINES.join('\n'))
  const program = `${loading}
    const screen = blessed.screen({ fullUnicode: true, forceUnicode: true });
    blessed.box({ parent: screen, width: ${WIDTH}, height: ${LINES.length + 2}, border: 'line', content: ${content} });
    screen.render();
    // Without a chance to clear what it has drawn.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300)`
  let drawn = ''
  const pty = new Pty(process.execPath, ['-e', program], {
    columns: 60,
    rows: 20,
    env: ENV,
    onData: (bytes) => {
      drawn += bytes.toString('latin1')
    },
  })
  await pty.exited
  await pty.close()
  await new Promise<void>((written) => terminal.write(Buffer.from(drawn, 'latin1'), written))
  return LINES.map((_, row) => {
    const line = terminal.buffer.active.getLine(row + 1)
    return Array.from({ length: 60 }, (_, i) => line?.getCell(i)?.getChars()).lastIndexOf('│')
  })
}

function terminalOf(modern: boolean): xterm.Terminal {
  const terminal = new xterm.Terminal({ cols: 60, rows: 20, allowProposedApi: true })
  if (!modern) return terminal
  const wcwidth = (code: number) => Math.min(widthOf(String.fromCodePoint(code)), 2) as 0 | 1 | 2
  terminal.unicode.register({
    version: 'today',
    wcwidth,
    // As xterm's own do it: a width, shifted by one bit, and whether it joins what stands before.
    charProperties: (code, before) => {
      const width = wcwidth(code)
      const joins = width === 0 && before !== 0
      return joins ? (before & 6) | 1 : width << 1
    },
  })
  terminal.unicode.activeVersion = 'today'
  return terminal
}

const misplaced = (columns: readonly number[]): string =>
  LINES.filter((_, i) => columns[i] !== WIDTH - 1).join(', ') || 'none'

/** Says what its reader makes of a terminal's file, and how many colours blessed then takes the terminal to have. */
const reading = (term: string): string => `
  const tput = blessed.tput({ terminal: '${term}', extended: true })
  let read = 'its file is read'
  try {
    tput.readTerminfo('${term}')
  } catch (error) {
    read = 'its file is not read (' + error.message.split('\\n')[0] + ')'
  }
  console.log(read + ', ' + tput.colors + ' colours')`

/** How long a piece of code takes in a new process, after another one. */
function milliseconds(code: string, before = ''): number {
  const timed = `${before}; const start = performance.now(); ${code}; console.log(performance.now() - start)`
  const times = Array.from({ length: 7 }, () =>
    Number(spawnSync(process.execPath, ['-e', timed], { env: ENV, encoding: 'utf8' }).stdout),
  )
  return Math.round(times.sort((x, y) => x - y)[3] ?? Number.NaN)
}

const say = (what: string, found: unknown) => process.stdout.write(`${what}: ${found}\n`)

say(
  'drawing: lines that are shifted on a terminal with the widths of Unicode 6',
  misplaced(await edges(terminalOf(false))),
)
say(
  'drawing: lines that are shifted on a terminal with the widths of today',
  misplaced(await edges(terminalOf(true))),
)
for (const term of ['xterm-256color', 'tmux-256color']) say(`terminfo: ${term}`, run(reading(term)).trim())
say(
  'terminfo: ms to read xterm-256color',
  milliseconds(`blessed.tput({ terminal: 'xterm-256color', extended: true })`, loading),
)
say('starting: ms to load all of it', milliseconds(`require(${JSON.stringify(FORK)})`))
if (LIB !== undefined) {
  const parts = ['keys.js', 'colors.js']
    .map((name) => `require(${JSON.stringify(join(LIB, name))})`)
    .join(';')
  say('starting: ms to load its keys and colours alone', milliseconds(parts))
  const { match } = createRequire(import.meta.url)(join(LIB, 'colors.js'))
  say('colours: the number of #87afff, which is 111 of 256', match('#87afff'))
}
