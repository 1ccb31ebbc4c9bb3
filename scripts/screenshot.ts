/** Draws docs/screen.svg: the Chat view of the interface, as the program itself shows it on a terminal. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChatGatewayOptions } from '../test/support/chat-gateway.ts'
import { knowsTools } from '../test/support/flows.ts'
import { CTRL, chatting } from '../test/support/luca-terminal.ts'
import type { Run, VirtualTerminal } from '../test/support/virtual-terminal.ts'
import { ROOT } from './servers.ts'

export const PICTURE = 'docs/screen.svg'
const SIZE = { columns: 84, rows: 24 }
/** Of a cell, and of the frame around all of them, in units of the picture. */
const CELL = { width: 8.4, height: 18 }
const FRAME = 14
const INK = '#d4d4d4'
const PAPER = '#1c1c1c'

const QUESTION = 'What is left to pay this month?'
const NOTES = 'rent   780.00  paid\nwater   41.20  due on the 28th\nphone   19.90  due on the 30th'
/** What the model of the picture says: it looks once, and answers. */
const conversation: ChatGatewayOptions = {
  tools: ['fs_list_directory', 'fs_read_text_file'].map((name) => ({
    name,
    description: '',
    inputSchema: { type: 'object' },
  })),
  answer: ({ messages }) =>
    messages.at(-1)?.role === 'tool'
      ? {
          pieces: [
            'Two bills are **open**, 61.10 together:\n\n',
            '1. `water`: 41.20, due on the 28th\n',
            '2. `phone`: 19.90, due on the 30th\n\n',
            'To see the list yourself, run\n\n```sh\nluca cat /bills/november.txt\n```\n',
          ],
        }
      : {
          pieces: ['I look into your notes.'],
          calls: [{ name: 'fs_read_text_file', arguments: { path: '/bills/november.txt' } }],
        },
  call: () => ({ content: [{ type: 'text', text: NOTES }] }),
}

const isAnswered = (screen: string): boolean => screen.includes('luca cat') && !screen.includes('answering')

/** The picture. The same program gives the same one. Needs `make build`. */
export async function screenshot(): Promise<string> {
  let picture = ''
  await chatting(conversation, async ({ open }) => {
    // The terminal says that it is dark.
    const terminal = await open({ ...SIZE, env: { COLORFGBG: '15;0' } })
    await knowsTools(terminal)
    terminal.type(`${QUESTION}\r`)
    await terminal.shows(isAnswered)
    // What the tool gave.
    terminal.type(CTRL('o'))
    await terminal.shows((screen) => isAnswered(screen) && screen.includes('780.00'))
    picture = drawn(terminal)
  })
  return picture
}

function drawn(terminal: VirtualTerminal): string {
  const width = SIZE.columns * CELL.width + 2 * FRAME
  const height = SIZE.rows * CELL.height + 2 * FRAME
  const rows = terminal.runs().flatMap((runs, row) => runs.flatMap((run) => drawnRun(run, row)))
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${rounded(width)} ${height}" role="img">`,
    `<title>The Chat view of luca: a question, the tool that the model called, and its answer</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="${INK}" xml:space="preserve">`,
    ...rows,
    '</g>',
    '</svg>',
  ].join('\n')}\n`
}

function drawnRun(run: Run, row: number): string[] {
  const { text, column, columns, ...looks } = withoutTail(run)
  const x = rounded(FRAME + column * CELL.width)
  const y = FRAME + row * CELL.height
  const width = rounded(columns * CELL.width)
  const ground =
    looks.background === undefined
      ? []
      : [
          `<rect x="${x}" y="${y}" width="${width}" height="${CELL.height}" fill="${colourOf(looks.background)}"/>`,
        ]
  if (text.trim() === '') return ground
  const style = [
    looks.foreground === undefined ? '' : ` fill="${colourOf(looks.foreground)}"`,
    looks.bold ? ' font-weight="bold"' : '',
    looks.underline ? ' text-decoration="underline"' : '',
  ].join('')
  // Of the given length, whatever font the reader's machine has.
  const place = `x="${x}" y="${y + 13}" textLength="${width}" lengthAdjust="spacingAndGlyphs"`
  return [...ground, `<text ${place}${style}>${escaped(text)}</text>`]
}

/** Without the blanks at its end, where nothing shows them. */
function withoutTail(run: Run): Run {
  if (run.background !== undefined || run.underline) return run
  const text = run.text.trimEnd()
  return { ...run, text, columns: run.columns - (run.text.length - text.length) }
}

const rounded = (number: number): number => Math.round(number * 10) / 10

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const FIRST_16 = (
  '#000000 #cd0000 #00cd00 #cdcd00 #0000ee #cd00cd #00cdcd #e5e5e5 ' +
  '#7f7f7f #ff0000 #00ff00 #ffff00 #5c5cff #ff00ff #00ffff #ffffff'
).split(' ')
const LEVELS = [0, 95, 135, 175, 215, 255]

/** One of xterm's 256 colours: 16 by name, a cube of 6×6×6, and 24 greys. */
function colourOf(number: number): string {
  if (number < 16) return FIRST_16[number] as string
  const cube = number - 16
  const channels =
    number >= 232
      ? [0, 0, 0].map(() => 8 + (number - 232) * 10)
      : [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => LEVELS[level] as number)
  return `#${channels.map((one) => one.toString(16).padStart(2, '0')).join('')}`
}

if (import.meta.main) writeFileSync(join(ROOT, PICTURE), await screenshot())
