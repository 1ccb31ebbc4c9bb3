/** The figures by name, what they must be worth, and the table that shows both. */
import type { Row } from './throughput.ts'

export interface Goal {
  figure: string
  what: string
  /** Whether the figure is at least, or at most, this. */
  least?: number
  most?: number
  unit: string
}

export const GOALS: readonly Goal[] = [
  {
    figure: 'ratio.http.supergateway.16',
    what: 'calls/s over HTTP, 16 connections, against supergateway',
    least: 8,
    unit: '×',
  },
  {
    figure: 'ratio.http.mcp-proxy.16',
    what: 'calls/s over HTTP, 16 connections, against mcp-proxy',
    least: 8,
    unit: '×',
  },
  {
    figure: 'ratio.ws.floor.16',
    what: 'calls/s over `/ws`, 16 connections, against its floor',
    least: 0.6,
    unit: '×',
  },
  { figure: 'cold.p50', what: 'first call to a sleeping server, p50', most: 100, unit: ' ms' },
  {
    figure: 'cold.hardened.p50',
    what: 'the same in a hardened unit of a booted system, p50',
    most: 100,
    unit: ' ms',
  },
  { figure: 'memory.asleep', what: 'gateway, every server asleep', most: 80, unit: ' MB' },
  {
    figure: 'hello.p99',
    what: '`mcp.hello` beside a tool of 1 s on the same connection, p99',
    most: 10,
    unit: ' ms',
  },
  { figure: 'memory.idle-websocket', what: 'an idle WebSocket', most: 20, unit: ' KB' },
  { figure: 'terminal.first-screen', what: 'first screen of luca', most: 250, unit: ' ms' },
  {
    figure: 'terminal.echo.p99',
    what: 'a key to its letter while 100 tokens a second come, p99',
    most: 16,
    unit: ' ms',
  },
  {
    figure: 'terminal.bytes-per-token',
    what: 'bytes to the terminal for each token',
    most: 40,
    unit: ' bytes',
  },
  { figure: 'terminal.resident', what: 'luca, full-screen, in a conversation', most: 90, unit: ' MB' },
  { figure: 'terminal.growth', what: 'the same after an hour of tokens', most: 1.2, unit: '×' },
  { figure: 'memory.growth', what: 'memory at 200 000 calls against that at 100 000', most: 1.05, unit: '×' },
]

/** Of language models. */
const LLM_GOALS: readonly Goal[] = [
  {
    figure: 'llm.ratio.v1',
    what: 'tokens/s through `/v1`, against node-llama-cpp alone',
    least: 0.97,
    unit: '×',
  },
  {
    figure: 'llm.ratio.chat',
    what: 'tokens/s through `mcp.llm.chat`, against node-llama-cpp alone',
    least: 0.97,
    unit: '×',
  },
  {
    figure: 'llm.first-token-later-ms.v1',
    what: 'first token through `/v1`, later than from node-llama-cpp alone',
    most: 15,
    unit: ' ms',
  },
  {
    figure: 'llm.first-token-later-ms.chat',
    what: 'first token through `mcp.llm.chat`, later than from node-llama-cpp alone',
    most: 15,
    unit: ' ms',
  },
  {
    figure: 'llm.turn.ratio',
    what: 'first token of a second turn on 2 000 tokens, sooner than of the first',
    least: 10,
    unit: '×',
  },
  { figure: 'llm.waiting.answered', what: 'of 16 requests at once, answered', least: 16, unit: '' },
  { figure: 'llm.waiting.in-order', what: 'of them in their order', least: 16, unit: '' },
  {
    figure: 'llm.event-loop.turn-ms',
    what: 'the longest turn of the gateway’s event loop meanwhile, in processor time',
    most: 20,
    unit: ' ms',
  },
]

export type Figures = Record<string, number>

/** Every figure and ratio of the throughput, by name. */
export function throughputFigures(rows: readonly Row[]): Figures {
  const figures: Figures = {}
  const perSecond = (target: string, connections: number) =>
    rows.find((row) => row.target === target && row.connections === connections)?.perSecond ?? 0
  for (const { target, connections, perSecond: calls, p50, p99, residentMb } of rows) {
    const name = `${target}.${connections}`
    figures[`${name}.calls-per-second`] = calls
    figures[`${name}.p50`] = p50
    figures[`${name}.p99`] = p99
    figures[`${name}.resident-mb`] = residentMb
  }
  for (const connections of new Set(rows.map((row) => row.connections))) {
    const ours = perSecond('http.ours.session', connections)
    for (const peer of ['supergateway', 'mcp-proxy', 'floor'])
      figures[`ratio.http.${peer}.${connections}`] = ours / perSecond(`http.${peer}`, connections)
    figures[`ratio.http.modern.floor.${connections}`] =
      perSecond('http.ours.modern', connections) / perSecond('http.floor', connections)
    figures[`ratio.ws.floor.${connections}`] =
      perSecond('ws.ours', connections) / perSecond('ws.floor', connections)
  }
  return figures
}

/** The tables of `docs/performance.md`. */
export function tables(rows: readonly Row[], figures: Figures): string {
  const loads = rows.map(
    ({ target, connections, perSecond, p50, p99, residentMb }) =>
      `| ${target} | ${connections} | ${perSecond.toFixed(0)} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${residentMb.toFixed(0)} |\n`,
  )
  return [
    goalsTable(GOALS, figures),
    `| target | connections | calls/s | p50 ms | p99 ms | resident MB |\n|---|---|---|---|---|---|\n${loads.join('')}`,
  ].join('\n')
}

/** The tables of language models: the goals, then all that was measured besides. */
export function llmTables(figures: Figures): string {
  const goals = new Set(LLM_GOALS.map(({ figure }) => figure))
  const others = Object.entries(figures)
    .filter(([name]) => name.startsWith('llm.') && !goals.has(name))
    .map(([name, value]) => `| \`${name}\` | ${value.toPrecision(3)} |\n`)
  return `${goalsTable(LLM_GOALS, figures)}\n| figure | measured |\n|---|---|\n${others.join('')}`
}

/** What was reached of the goals. */
function goalsTable(goals: readonly Goal[], figures: Figures): string {
  const rows = goals.map(({ figure, what, least, most, unit }) => {
    const value = figures[figure] ?? Number.NaN
    const goal = least === undefined ? `≤ ${most}${unit}` : `≥ ${least}${unit}`
    return `| ${what} | \`${figure}\` | ${goal} | ${value.toPrecision(3)}${unit} | ${isMet(value, { least, most }) ? 'yes' : '**no**'} |\n`
  })
  return `| what | figure | goal | measured | met |\n|---|---|---|---|---|\n${rows.join('')}`
}

const isMet = (
  value: number,
  { least, most }: { least: number | undefined; most: number | undefined },
): boolean => (least === undefined || value >= least) && (most === undefined || value <= most)
