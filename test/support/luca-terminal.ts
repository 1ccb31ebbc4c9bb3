/** luca on virtual terminals, against a real appliance or a gateway with a model that says what a test wants. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { type Appliance, startAppliance } from './appliance.ts'
import { type Answer, type ChatGateway, type ChatGatewayOptions, chatGateway } from './chat-gateway.ts'
import { VirtualTerminal, type VirtualTerminalOptions } from './virtual-terminal.ts'

export const ESC = '\x1b'
export const CTRL = (letter: string) => String.fromCharCode(letter.charCodeAt(0) - 96)
/** Columns and rows that the interface must be right at. */
export const SIZES = [
  [60, 20],
  [80, 24],
  [120, 40],
  [200, 60],
] as const

export interface Stage {
  readonly appliance: Appliance
  /** The state folder of every luca here. */
  readonly state: string
  /** Runs with a terminal in which luca is connected (`anyway`: or not), and closes it after. */
  seeing(
    run: (terminal: VirtualTerminal) => Promise<void>,
    options?: VirtualTerminalOptions & { anyway?: true },
  ): Promise<void>
}

/** An appliance with a few files, for all tests of a file. */
export function stage(): Stage {
  let appliance: Appliance
  const state = mkdtempSync(join(tmpdir(), 'luca-screen-'))
  before(async () => {
    appliance = await startAppliance()
    mkdirSync(join(appliance.files, 'docs'))
    writeFileSync(join(appliance.files, 'docs/report.md'), '# Report\n\nAll **well**.\n')
    writeFileSync(join(appliance.files, 'code.ts'), 'const answer = 42 // note\n')
    writeFileSync(join(appliance.files, 'notes.txt'), 'one\ntwo\n')
  })
  after(async () => {
    await appliance?.stop()
    rmSync(state, { recursive: true, force: true })
  })
  return {
    get appliance() {
      return appliance
    },
    state,
    async seeing(run, options = {}) {
      const env = { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: appliance.socket, LLMBDO_STATE: state, ...options.env }
      const terminal = new VirtualTerminal({ ...options, env })
      try {
        if (!options.anyway) await terminal.shows(/●/)
        await run(terminal)
      } finally {
        await terminal.close()
      }
    },
  }
}

export interface Chatting {
  gateway: ChatGateway
  /** The state folder of every luca here. */
  state: string
  /** A terminal in which luca is connected. */
  open(options?: VirtualTerminalOptions): Promise<VirtualTerminal>
}

/** Runs with a gateway that has a model, or always the same answer, and closes all terminals after. */
export async function chatting(
  options: ChatGatewayOptions | Answer,
  run: (setting: Chatting) => Promise<void>,
): Promise<void> {
  const gateway = await chatGateway('answer' in options ? options : { answer: () => options as Answer })
  const state = mkdtempSync(join(tmpdir(), 'luca-chat-'))
  const opened: VirtualTerminal[] = []
  try {
    await run({
      gateway,
      state,
      async open(more = {}) {
        const env = { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: gateway.socket, LLMBDO_STATE: state, ...more.env }
        const terminal = new VirtualTerminal({ ...more, env })
        opened.push(terminal)
        await terminal.shows(/connected|●/)
        return terminal
      },
    })
  } finally {
    await Promise.all(opened.map((terminal) => terminal.close()))
    gateway.close()
    rmSync(state, { recursive: true, force: true })
  }
}
