/** What the appliance costs around a language model, side by side with node-llama-cpp called directly. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateModel, LARGE, TEMPLATE } from '../../../src/models/testing/generate.ts'
import { startAppliance } from '../appliance.ts'
import { median } from '../median.ts'
import type { Figures } from '../report.ts'
import { type Answer, askHttp, type Entry, type Question, WebSocketAsker } from './asking.ts'
import { watchEventLoop } from './inspect.ts'

/** The same for all; more than one would make the processors' other work part of what is measured. */
const THREADS = 1
const CONTEXT = 4096
/** Of about six tokens each. */
const SHORT_WORDS = 2
const LONG_WORDS = 330
/** Enough that something is seen: a character can have several tokens. */
const FEW_TOKENS = 6
const WAITING = 16

export async function measureLlm(quick: boolean, say: (line: string) => void): Promise<Figures> {
  const base = mkdtempSync(join(tmpdir(), 'bench-llm-'))
  const path = join(base, 'large.gguf')
  generateModel(path, { shape: LARGE, template: TEMPLATE })
  const appliance = await startAppliance({
    echo: false,
    isPinned: false,
    prepare(state) {
      mkdirSync(join(state, 'models'), { recursive: true })
      generateModel(join(state, 'models/large.gguf'), { shape: LARGE, template: TEMPLATE })
      const settings = { threads: THREADS, context: CONTEXT, gpu: 'off' }
      writeFileSync(join(state, 'models/settings.json'), JSON.stringify(settings))
    },
  })
  const bare = new Bare()
  try {
    say('a cold model')
    const bareCold = await timed(async () => {
      await bare.run('load', { path, threads: THREADS, context: CONTEXT })
      await bare.generate(question(0, FEW_TOKENS))
    })
    const cold = await timed(() => askHttp(appliance, question(0, FEW_TOKENS)))
    const sockets = new WebSocketAsker(appliance)
    await sockets.opened()
    say('tokens a second, and the first of them')
    const speed = await compare(bare, appliance, sockets, quick)
    say('a second turn')
    const turns = await secondTurn(appliance, quick)
    say('many at once')
    const watch = await watchEventLoop(appliance.gatewayPid)
    await bare.run('watch')
    const crowd = await many(sockets)
    const { turnMs, delayMs } = await watch.longest()
    const { ms: idle } = (await bare.run('longest')) as { ms: number }
    sockets.close()
    return {
      ...speed,
      ...turns,
      ...crowd,
      'llm.event-loop.turn-ms': turnMs,
      'llm.event-loop.delay-ms': delayMs,
      'llm.event-loop.idle-process.delay-ms': idle,
      'llm.cold-ms': cold,
      'llm.cold.bare-ms': bareCold,
    }
  } finally {
    bare.end()
    await appliance.stop()
    rmSync(base, { recursive: true, force: true })
  }
}

/** No two begin alike, so that nothing of a prompt is there already. */
const question = (i: number, tokens: number, words = SHORT_WORDS): Question => ({
  content: Array.from({ length: words }, (_, word) => `${i * 7919 + word * 13}`).join(' '),
  tokens,
})

type Way = 'bare' | 'v1' | 'chat'
const WAYS: readonly Way[] = ['bare', 'v1', 'chat']

/** Asks in every way in turns, each first as often as the others; gives the answers by the way. */
async function inTurns(
  rounds: number,
  ask: Readonly<Record<Way, (round: number) => Promise<Answer>>>,
): Promise<Record<Way, Answer[]>> {
  const answers: Record<Way, Answer[]> = { bare: [], v1: [], chat: [] }
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < WAYS.length; turn++) {
      const way = WAYS[(round + turn) % WAYS.length] as Way
      answers[way].push(await ask[way](round))
    }
  return answers
}

async function compare(bare: Bare, entry: Entry, sockets: WebSocketAsker, quick: boolean): Promise<Figures> {
  const asking = (first: number, tokens: number) => ({
    bare: (round: number) => bare.generate(question(first + round, tokens)),
    v1: (round: number) => askHttp(entry, question(first + round + 300, tokens)),
    chat: (round: number) => sockets.ask(question(first + round + 600, tokens)),
  })
  const long = await inTurns(quick ? 3 : 16, asking(1, quick ? 48 : 64))
  const short = await inTurns(quick ? 5 : 30, asking(2000, FEW_TOKENS))
  const speed = ({ firstMs, lastMs, tokens }: Answer) => ((tokens - 1) * 1000) / (lastMs - firstMs)
  // Each round is compared within itself: the machine's speed changes from one to the next.
  const ratio = (of: Way) =>
    median(long[of].map((answer, i) => speed(answer) / speed(long.bare[i] as Answer)))
  const later = (of: Way) =>
    median(short[of].map(({ firstMs }, i) => firstMs - (short.bare[i] as Answer).firstMs))
  return {
    'llm.tokens-per-second.bare': median(long.bare.map(speed)),
    'llm.tokens-per-second.v1': median(long.v1.map(speed)),
    'llm.tokens-per-second.chat': median(long.chat.map(speed)),
    'llm.ratio.v1': ratio('v1'),
    'llm.ratio.chat': ratio('chat'),
    'llm.first-token-ms.bare': median(short.bare.map(({ firstMs }) => firstMs)),
    'llm.first-token-later-ms.v1': later('v1'),
    'llm.first-token-later-ms.chat': later('chat'),
  }
}

/** The first token of a long prompt, and of the turn after it. */
async function secondTurn(entry: Entry, quick: boolean): Promise<Figures> {
  const cold: number[] = []
  const warm: number[] = []
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const first = question(4000 + round * 100, 4, LONG_WORDS)
    const answer = await askHttp(entry, first)
    cold.push(answer.firstMs)
    const history = [
      { role: 'user', content: first.content },
      { role: 'assistant', content: answer.text },
    ]
    warm.push((await askHttp(entry, { history, content: 'Go on', tokens: FEW_TOKENS })).firstMs)
  }
  return {
    'llm.turn.first-ms': median(cold),
    'llm.turn.second-ms': median(warm),
    'llm.turn.ratio': median(cold.map((ms, i) => ms / (warm[i] as number))),
  }
}

/** All ask at once; how many are answered, and how many of them in the order in which they asked. */
async function many(sockets: WebSocketAsker): Promise<Figures> {
  const order: number[] = []
  await Promise.allSettled(
    Array.from({ length: WAITING }, async (_, i) => {
      await sockets.ask(question(6000 + i, 16))
      order.push(i)
    }),
  )
  const inOrder = order.filter((asked, answered) => asked === answered).length
  return { 'llm.waiting.answered': order.length, 'llm.waiting.in-order': inOrder }
}

class Bare {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'bare.mjs'), {
    // A session of its own, as the appliance has: schedulers share the processors out among sessions.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })

  async run(task: string, options: object = {}): Promise<unknown> {
    this.#child.send({ task, ...options })
    const [answer] = await once(this.#child, 'message')
    return answer
  }

  /** With the prompt that the template makes of the question. */
  async generate({ content, tokens }: Question): Promise<Answer> {
    const prompt = `<s><|im_start|>user\n${content}<|im_end|>\n<|im_start|>assistant\n`
    return (await this.run('generate', { prompt, tokens })) as Answer
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
