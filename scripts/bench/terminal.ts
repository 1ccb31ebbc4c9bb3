/**
 * The full-screen interface on a terminal: how soon it is there, how soon a key is, and what a stream costs.
 * `make bench FILE=scripts/bench/terminal.ts` measures this part alone; with `HOUR=1` it streams an hour at its own
 * pace instead, and prints resident memory each minute; with `LADEN=1` it measures keys among 20 000 files.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Appliance, startAppliance } from '../../test/support/appliance.ts'
import { chatGateway } from '../../test/support/chat-gateway.ts'
import { MANY, startLadenAppliance } from '../../test/support/laden-appliance.ts'
import { VirtualTerminal } from '../../test/support/virtual-terminal.ts'
import { median } from './median.ts'

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
  /** The same at once after an hour's tokens, which came as fast as they could. */
  residentAfterHourMb: number
  /** What is resident after an hour's tokens against that after five minutes', each with all garbage collected. */
  growth: number
}

const TOKENS_PER_SECOND = 100
const HOUR_SECONDS = 3600
/** The hour comes in answers of so many seconds each: none may take longer. After one, code is compiled and caches are full. */
const PART_SECONDS = 300
/** How fast an hour's tokens come that are not waited for. */
const BURST_PER_SECOND = 20_000
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
    answer({ messages }) {
      const part = (messages.length - 1) / 2
      return part === 0
        ? { pieces: tokens((seconds + 2) * TOKENS_PER_SECOND), perSecond: TOKENS_PER_SECOND }
        : {
            pieces: [...tokens(TOKENS_PER_SECOND * PART_SECONDS), ` end of part ${part}.`],
            perSecond: BURST_PER_SECOND,
          }
    },
  })
  const terminal = open(gateway.socket, state)
  try {
    await terminal.shows(/●/)
    const bytesPerToken = await bytesOfTokens(terminal, seconds / 2)
    const echoes = await keysWhileStreaming(terminal, seconds / 2)
    await terminal.settled()
    const residentMb = residentOf(terminal)
    await wholeAnswer(terminal, 1)
    await collect(terminal)
    const warmMb = residentOf(terminal)
    for (let part = 2; part <= HOUR_SECONDS / PART_SECONDS; part++) await wholeAnswer(terminal, part)
    const residentAfterHourMb = residentOf(terminal)
    await collect(terminal)
    const growth = residentOf(terminal) / warmMb
    return {
      echoP50: at(echoes, 0.5),
      echoP99: at(echoes, 0.99),
      bytesPerToken,
      residentMb,
      residentAfterHourMb,
      growth,
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

async function wholeAnswer(terminal: VirtualTerminal, part: number): Promise<void> {
  terminal.type('\x15again\r')
  await terminal.shows(new RegExp(`end of part ${part}\\.`), 120_000)
  await terminal.settled()
}

async function collect({ pty }: VirtualTerminal): Promise<void> {
  pty.child.kill('SIGUSR2')
  await new Promise((resolve) => setTimeout(resolve, 2000))
}

/** In MB. The program has taken the place of the shell that started it. */
function residentOf({ pty }: VirtualTerminal): number {
  const status = readFileSync(`/proc/${pty.child.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
}

/** From a key to its screen in a folder of 20 000 files, in milliseconds: the slowest of each key. */
export async function measureLaden(times: number): Promise<Record<string, number>> {
  const state = mkdtempSync(join(tmpdir(), 'bench-terminal-'))
  await using appliance = await startLadenAppliance()
  const terminal = open(appliance.socket, state)
  const slowest: Record<string, number> = {}
  const press = async (name: string, key: string, shown: RegExp) => {
    const pressed = performance.now()
    terminal.type(key)
    await terminal.shows(shown)
    slowest[name] = Math.max(slowest[name] ?? 0, performance.now() - pressed)
  }
  try {
    await terminal.shows(/●/)
    terminal.type('\x1b2')
    await terminal.shows(new RegExp(`▸ ${MANY}`))
    terminal.type('gjj')
    await terminal.shows(new RegExp(`luca ls /${MANY}`))
    terminal.type('\r')
    await terminal.shows(/document-0\.txt/)
    for (let i = 0; i < times; i++) {
      await press('end', 'G', /luca cat '?\/שלום/)
      await press('up', 'k', /luca cat '\/with {2}spaces/)
      await press('home', 'g', /luca ls \/$/m)
    }
    return slowest
  } finally {
    await terminal.close()
    rmSync(state, { recursive: true, force: true })
  }
}

/** Streams an hour at its own pace, and tells each minute what is resident, as it is. */
async function watchHour(say: (line: string) => void): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'bench-terminal-'))
  const gateway = await chatGateway({
    answer: () => ({
      pieces: [...tokens(TOKENS_PER_SECOND * HOUR_SECONDS), ' end of an hour'],
      perSecond: TOKENS_PER_SECOND,
    }),
  })
  const terminal = open(gateway.socket, state)
  let minute = 0
  const tell = () => say(`${minute++} min  ${residentOf(terminal).toFixed(1)} MB`)
  try {
    await terminal.shows(/●/)
    tell()
    const timer = setInterval(tell, 60_000)
    terminal.type('go\r')
    await terminal.shows(/end of an hour/, (HOUR_SECONDS + 60) * 1000)
    clearInterval(timer)
    tell()
  } finally {
    await terminal.close()
    gateway.close()
    rmSync(state, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  if (process.env.HOUR) await watchHour(say)
  else if (process.env.LADEN) say(JSON.stringify(await measureLaden(20), null, 2))
  else say(JSON.stringify(await measureTerminal(7, process.argv.includes('--quick') ? 10 : 20), null, 2))
  process.exit()
}
