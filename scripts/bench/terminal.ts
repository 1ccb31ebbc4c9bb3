/** The full-screen interface on a terminal: how soon it is there, how soon a key is, and what a stream costs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Appliance, startAppliance } from '../../test/support/appliance.ts'
import { type ChatGateway, chatGateway } from '../../test/support/chat-gateway.ts'
import { VirtualTerminal } from '../../test/support/virtual-terminal.ts'

export interface TerminalFigures {
  /** From the start of luca to the first whole screen, the median of the runs, in milliseconds. */
  firstScreenMs: number
  /** The same to the sign that the gateway has answered. */
  connectedMs: number
  /** From a key to its letter on the screen while 100 tokens a second come, in milliseconds. */
  echoP50: number
  echoP99: number
  /** Bytes written to the terminal for each token that came. */
  bytesPerToken: number
  /** Resident, in MB, after the stream. */
  residentMb: number
  /** Resident memory after an hour's tokens against that after a short stream. */
  growth: number
}

const TOKENS_PER_SECOND = 100
const HOUR_SECONDS = 3600
const WORDS = [
  'the ',
  'gateway ',
  'answers ',
  'every ',
  'call ',
  'as ',
  'it ',
  'comes, ',
  'and ',
  'sleeps ',
  'again. ',
]

/** Tokens as a model gives them: about five letters each, a new paragraph now and then, code among them. */
function tokens(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    if (i % 400 === 380) return '\n\n```js\n'
    if (i % 400 === 399) return '\n```\n\n'
    return i % 60 === 59 ? '\n\n' : (WORDS[(i * 7) % WORDS.length] as string)
  })
}

const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0
const at = (all: readonly number[], share: number): number =>
  all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0

/** `seconds` is how long a stream is watched while keys are pressed. */
export async function measureTerminal(runs: number, seconds: number): Promise<TerminalFigures> {
  const state = mkdtempSync(join(tmpdir(), 'bench-terminal-'))
  const appliance = await startAppliance()
  try {
    const starts = await measureStart(runs, appliance, state)
    return { ...starts, ...(await measureStream(seconds, state)) }
  } finally {
    await appliance.stop()
    rmSync(state, { recursive: true, force: true })
  }
}

async function measureStart(
  runs: number,
  { socket }: Appliance,
  state: string,
): Promise<Pick<TerminalFigures, 'firstScreenMs' | 'connectedMs'>> {
  const screens: number[] = []
  const connected: number[] = []
  for (let run = 0; run < runs; run++) {
    const started = performance.now()
    const terminal = open(socket, state)
    await terminal.shows(/\^Q leave/)
    screens.push(performance.now() - started)
    await terminal.shows(/●/)
    connected.push(performance.now() - started)
    await terminal.close()
  }
  return { firstScreenMs: median(screens), connectedMs: median(connected) }
}

async function measureStream(
  seconds: number,
  state: string,
): Promise<Omit<TerminalFigures, 'firstScreenMs' | 'connectedMs'>> {
  const gateway = await chatGateway({
    // The second question is answered as fast as can be: an hour of tokens at once.
    answer: ({ messages }) =>
      messages.length === 1
        ? { pieces: tokens((seconds + 2) * TOKENS_PER_SECOND), perSecond: TOKENS_PER_SECOND }
        : { pieces: [...tokens(TOKENS_PER_SECOND * HOUR_SECONDS), ' end of it'], perSecond: 20_000 },
  })
  const terminal = open(gateway.socket, state)
  try {
    await terminal.shows(/●/)
    const bytesPerToken = await bytesOfTokens(terminal, seconds / 2)
    const echoes = await keysWhileStreaming(terminal, seconds / 2)
    await terminal.settled()
    const residentMb = await residentOf(terminal)
    const grown = await longStream(terminal, gateway)
    return {
      echoP50: at(echoes, 0.5),
      echoP99: at(echoes, 0.99),
      bytesPerToken,
      residentMb,
      growth: grown / residentMb,
    }
  } finally {
    await terminal.close()
    gateway.close()
  }
}

/** Collects all garbage when told to, so that resident memory is what is held. */
const COLLECTS = `data:text/javascript,${encodeURIComponent(`
  import v8 from 'node:v8'
  import vm from 'node:vm'
  process.on('SIGUSR2', () => {
    v8.setFlagsFromString('--expose-gc')
    for (let i = 0; i < 3; i++) vm.runInNewContext('gc')()
  })`)}`

const open = (socket: string, state: string): VirtualTerminal =>
  new VirtualTerminal({
    env: {
      LLMBDO_GATEWAY_UNIX_SOCKET_PATH: socket,
      LLMBDO_STATE: state,
      NODE_OPTIONS: `--import ${COLLECTS}`,
    },
  })

async function bytesOfTokens(terminal: VirtualTerminal, seconds: number): Promise<number> {
  terminal.type('go\r')
  await terminal.shows(/gateway/)
  const before = terminal.bytes
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  return (terminal.bytes - before) / (seconds * TOKENS_PER_SECOND)
}

async function keysWhileStreaming(terminal: VirtualTerminal, seconds: number): Promise<number[]> {
  const echoes: number[] = []
  const until = performance.now() + seconds * 1000
  for (let i = 0; performance.now() < until; i++) {
    const letter = String.fromCharCode(97 + (i % 26))
    const pressed = performance.now()
    const shown = terminal.nextBytes((text) => text.includes(letter))
    terminal.type(letter)
    await shown
    echoes.push(performance.now() - pressed)
    await new Promise((resolve) => setTimeout(resolve, 37))
    terminal.type('\x7f')
    await new Promise((resolve) => setTimeout(resolve, 37))
  }
  return echoes
}

async function longStream(terminal: VirtualTerminal, gateway: ChatGateway): Promise<number> {
  terminal.type('\x15again\r')
  await terminal.shows(/end of it/, 120_000)
  if (gateway.asked.length !== 2) throw new Error('The second question was not asked.')
  await terminal.settled()
  return residentOf(terminal)
}

/** In MB. The program has taken the place of the shell that started it. */
async function residentOf(terminal: VirtualTerminal): Promise<number> {
  const { pty } = terminal
  pty.child.kill('SIGUSR2')
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const status = readFileSync(`/proc/${pty.child.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
}
