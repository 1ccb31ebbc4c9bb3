/** Writes the screens of "A recorded session" in docs/console.md, as the program itself shows them on a terminal. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAppliance } from '../test/support/appliance.ts'
import type { ChatGatewayOptions } from '../test/support/chat-gateway.ts'
import { knowsTools } from '../test/support/flows.ts'
import { CTRL, chatting, ESC } from '../test/support/luca-terminal.ts'
import { VirtualTerminal } from '../test/support/virtual-terminal.ts'
import { ROOT } from './servers.ts'

const PAGE = join(ROOT, 'docs/console.md')
const SECTION = '## A recorded session'
const BLOCK = /^```\n[\s\S]*?^```$/gm

const REPORT =
  '# Report of the third quarter\n\nSales grew by 8 %, most of it in spring.\n\n- rent is paid\n- the roof waits\n'
const HOME =
  '# At home\n\n## Waiting\n\nThe roof leaks above the kitchen. A roofer comes in March, and the gutter is fixed then.\n'
const conversation: ChatGatewayOptions = {
  tools: ['fs_list_directory', 'fs_delete_file'].map((name) => ({
    name,
    description: '',
    inputSchema: { type: 'object' },
  })),
  call: () => ({ content: [{ type: 'text', text: '[DIR] docs\n[FILE] report.md' }] }),
  asks: new Set(['fs_delete_file']),
  question: 'It would delete "/old.txt".',
  answer({ messages }) {
    const last = messages.at(-1)
    if (last?.role === 'tool')
      return {
        pieces: [
          'There are two things:\n\n1. `docs`, a folder\n2. `report.md`\n\nTo read the second one:\n\n',
          '```sh\nluca cat /report.md   # prints it\n```\n',
        ],
      }
    return last?.content?.startsWith('delete')
      ? { calls: [{ name: 'fs_delete_file', arguments: { path: '/old.txt' } }] }
      : { pieces: ['I look.'], calls: [{ name: 'fs_list_directory', arguments: { path: '/' } }] }
  },
}

const screenOf = (terminal: VirtualTerminal): string =>
  terminal
    .lines()
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()

async function chatScreens(): Promise<string[]> {
  const screens: string[] = []
  await chatting(conversation, async ({ open }) => {
    const terminal = await open()
    await knowsTools(terminal)
    terminal.type('What is in my folder?\r')
    await terminal.shows((screen) => screen.includes('luca cat') && !screen.includes('answering'))
    screens.push(screenOf(terminal))
    terminal.type(CTRL('o'))
    await terminal.shows(/\[FILE\] report\.md/)
    terminal.type('delete the old one\r')
    await terminal.shows(/May this be done\?/)
    await terminal.settled()
    screens.push(screenOf(terminal))
  })
  return screens
}

async function otherScreens(): Promise<string[]> {
  const files = mkdtempSync(join(tmpdir(), 'recorded-'))
  mkdirSync(join(files, 'docs'))
  mkdirSync(join(files, 'photos'))
  writeFileSync(join(files, 'docs/report.md'), REPORT)
  writeFileSync(join(files, 'docs/home.md'), HOME)
  writeFileSync(join(files, 'shopping.txt'), 'bread\nmilk\n')
  const appliance = await startAppliance({ files })
  const state = mkdtempSync(join(tmpdir(), 'recorded-state-'))
  const env = { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: appliance.socket, LLMBDO_STATE: state }
  const terminal = new VirtualTerminal({ env })
  const large = new VirtualTerminal({ env, columns: 120, rows: 40 })
  const screens: string[] = []
  const shot = async (of: VirtualTerminal, shown: RegExp) => {
    await of.shows(shown)
    await of.settled()
    screens.push(screenOf(of))
  }
  try {
    await terminal.shows(/●/)
    terminal.type(`${ESC}2`)
    await terminal.shows(/shopping\.txt/)
    terminal.type('/repor')
    await terminal.shows(/1 found/)
    terminal.type('\r')
    await shot(terminal, /the roof waits[\s\S]*luca cat \/docs\/report\.md/)
    await appliance.luca(['index', 'add', '/'])
    terminal.type('/repair the house')
    await shot(terminal, /0 found by name, 1 by what files say/)
    terminal.type(ESC)
    await terminal.shows(/▾ docs/)
    terminal.type(`${ESC}3`)
    await terminal.shows(/All tools/)
    terminal.type('/convert\r\r')
    await shot(terminal, /call it/)
    terminal.type('Europe/Paris\t12:00\tAsia/Tokyo\t\t\r')
    await shot(terminal, /time_difference: /)
    terminal.type(`${ESC}4`)
    await shot(terminal, /llm-local[\s\S]*luca doctor/)
    terminal.type(`${ESC}1`)
    await terminal.shows(/Ask something/)
    terminal.type(`${CTRL('p')}memory`)
    await shot(terminal, /run +memory/)
    await large.shows(/●/)
    large.type(`${ESC}3`)
    await large.shows(/edit_file/)
    large.type('/edit\r')
    await large.shows(/fs_edit_file/)
    await shot(large, /dryRun/)
    // Of the large one the empty rows are left out.
    screens.push(String(screens.pop()).replace(/\n(?: *│? *\n)+/g, '\n'))
    return screens
  } finally {
    await Promise.all([terminal.close(), large.close()])
    await appliance.stop()
    for (const folder of [files, state]) rmSync(folder, { recursive: true, force: true })
  }
}

const page = readFileSync(PAGE, 'utf8')
const begin = page.indexOf(SECTION)
const end = page.indexOf('\n## ', begin + 1)
const section = page.slice(begin, end)
const screens = [...(await chatScreens()), ...(await otherScreens())]
const places = section.match(BLOCK)?.length ?? 0
if (places !== screens.length)
  throw new Error(`${PAGE} has ${places} screens in "${SECTION}", and ${screens.length} were recorded.`)
const recorded = section.replace(BLOCK, () => `\`\`\`\n${screens.shift()}\n\`\`\``)
writeFileSync(PAGE, page.slice(0, begin) + recorded + page.slice(end))
