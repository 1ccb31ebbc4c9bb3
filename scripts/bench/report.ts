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

const atLeast = (least: number, unit: string, figure: string, what: string): Goal => ({
  figure,
  what,
  least,
  unit,
})
const atMost = (most: number, unit: string, figure: string, what: string): Goal => ({
  figure,
  what,
  most,
  unit,
})

export const GOALS: readonly Goal[] = [
  atLeast(8, '×', 'ratio.http.supergateway.16', 'calls/s over HTTP, 16 connections, against supergateway'),
  atLeast(8, '×', 'ratio.http.mcp-proxy.16', 'calls/s over HTTP, 16 connections, against mcp-proxy'),
  atLeast(0.6, '×', 'ratio.ws.floor.16', 'calls/s over `/ws`, 16 connections, against its floor'),
  atMost(100, ' ms', 'cold.p50', 'first call to a sleeping server, p50'),
  atMost(100, ' ms', 'cold.hardened.p50', 'the same in a hardened unit of a booted system, p50'),
  atMost(80, ' MB', 'memory.asleep', 'gateway, every server asleep'),
  atMost(10, ' ms', 'hello.p99', '`mcp.hello` beside a tool of 1 s on the same connection, p99'),
  atMost(0.3, ' ms', 'nested.more.p50', 'a call with a call within it, over the same without, p50'),
  atMost(20, ' KB', 'memory.idle-websocket', 'an idle WebSocket'),
  atMost(5, ' MB', 'wake.memory', '10 000 entries of the wake list, in the gateway'),
  atMost(1000, ' ms', 'wake.spread.max', 'one of them after its time, 1 000 due each second, the latest'),
  atMost(1000, ' ms', 'wake.at-once.max', 'the same where 1 000 are due at once, the latest'),
  atMost(250, ' ms', 'terminal.first-screen', 'first screen of luca'),
  atMost(16, ' ms', 'terminal.echo.p99', 'a key to its letter while 100 tokens a second come, p99'),
  atMost(40, ' bytes', 'terminal.bytes-per-token', 'bytes to the terminal for each token'),
  atMost(90, ' MB', 'terminal.resident', 'luca, full-screen, in a conversation'),
  atMost(90, ' MB', 'terminal.resident-after-hour', 'the same at once after an hour of tokens'),
  atMost(
    1.05,
    '×',
    'terminal.growth',
    'what is held after an hour of tokens against that after five minutes',
  ),
  atMost(100, ' ms', 'terminal.laden.slowest-key', 'a key to its screen among 20 000 files, the slowest'),
  atLeast(200, ' MB/s', 'cat.mb-per-second', '`luca cat` of 60 MB, from the command to the last byte'),
  atMost(110, ' MB', 'memory.rest', 'gateway, a minute after 10 s of load at 64 connections'),
  atMost(1.05, '×', 'memory.growth', 'memory at 200 000 calls against that at 100 000'),
]

/** Of language models. */
const LLM_GOALS: readonly Goal[] = [
  atLeast(0.97, '×', 'llm.ratio.v1', 'tokens/s through `/v1`, against node-llama-cpp alone'),
  atLeast(0.97, '×', 'llm.ratio.chat', 'tokens/s through `mcp.llm.chat`, against node-llama-cpp alone'),
  atMost(
    15,
    ' ms',
    'llm.first-token-later-ms.v1',
    'first token through `/v1`, later than from node-llama-cpp alone',
  ),
  atMost(
    15,
    ' ms',
    'llm.first-token-later-ms.chat',
    'first token through `mcp.llm.chat`, later than from node-llama-cpp alone',
  ),
  atLeast(
    10,
    '×',
    'llm.turn.ratio',
    'first token of a second turn on 2 000 tokens, sooner than of the first',
  ),
  atLeast(16, '', 'llm.waiting.answered', 'of 16 requests at once, answered'),
  atLeast(16, '', 'llm.waiting.in-order', 'of them in their order'),
  atMost(
    20,
    ' ms',
    'llm.event-loop.turn-ms',
    'the longest turn of the gateway’s event loop meanwhile, in processor time',
  ),
]

/** Of models that call tools. */
const TOOLS_GOALS: readonly Goal[] = [
  atMost(5, ' ms', 'tools.loop.more-ms', 'a round of a loop, beyond its model and its tool'),
  atMost(1500, '', 'tools.choice.tokens', 'tokens of a prompt for tools, of 200'),
  atLeast(0.95, '', 'tools.choice.share', 'of 60 questions, those with the right tool among the shown'),
]

/** Of searching files. */
const SEARCH_GOALS: readonly Goal[] = [
  atMost(50, ' ms', 'search.p95', 'a search among 100 000 texts through the gateway, p95'),
  atMost(600, ' ms', 'search.first.p50', 'the first search, with the start of the server, p50'),
  atMost(350, ' MB', 'search.resident', 'the server after 600 searches'),
  atLeast(0.98, '', 'search.recall', 'of the 10 closest of 100 000 vectors, found'),
  atLeast(0.9, '×', 'embedding.ratio', 'texts embedded in the same processor time, against bare onnxruntime'),
  atMost(30, ' s', 'search.files.words-s', '10 000 small files can be found by their words'),
  atMost(120, ' s', 'search.files.meaning-s', 'and by their meaning'),
  atMost(1, '', 'search.unchanged.walks', 'walks where none of them has changed'),
  atMost(0, '', 'search.unchanged.reads', 'reads of a file then'),
]

/** Of reading documents, in the worker of fs. */
const DOCUMENT_GOALS: readonly Goal[] = [
  atMost(150, ' ms', 'documents.worker.start-ms', 'a worker’s start, until its first answer'),
  atMost(2, ' s', 'documents.pdf.s', 'a PDF of 100 pages of text'),
  atMost(150, ' MB', 'documents.pdf.mb-more', 'memory for that, beyond Node’s own'),
  atMost(1, ' s', 'documents.docx.s', 'a DOCX of 500 pages'),
  atMost(2, ' s', 'documents.xlsx.s', 'an XLSX of 100 000 cells'),
]

/** Of mail. */
const MAIL_GOALS: readonly Goal[] = [
  atMost(500, ' ms', 'mail.newest.cold-ms', 'the newest 25 of 50 000, nothing of them known before'),
  atMost(15, ' ms', 'mail.newest.cached.p95-ms', 'the same from the cache, p95'),
  atMost(8, ' s', 'mail.headers.s', 'all 50 000 headers, once'),
  atMost(300, ' MB', 'mail.headers.peak-mb', 'memory of the server for that, at most'),
  atMost(50, ' ms', 'mail.search.p95-ms', 'a search over the cache, p95'),
  atMost(150, ' ms', 'mail.large.ms', 'reading a mail of 25 MB without what is attached'),
  atMost(40, ' MB', 'mail.large.mb-more', 'memory for that, beyond what reading a small one takes'),
  atMost(200, ' ms', 'mail.start.list-ms', 'a server that sleeps, until it has listed from its cache'),
]

/** Of conversations. */
const CHAT_GOALS: readonly Goal[] = [
  atMost(20, ' ms', 'chat.list.p95-ms', 'a list, with 10 000 conversations, p95'),
  atMost(50, ' ms', 'chat.search.p95-ms', 'a search of their 200 000 messages, p95'),
  atMost(20, ' ms', 'chat.read.p95-ms', 'the last messages of a conversation of 100 000, p95'),
  atMost(200, ' ms', 'chat.start.list-ms', 'a server that sleeps, until it has listed'),
  atMost(100, ' MB', 'chat.resident-mb', 'memory of the server after all of that'),
]

/** Of the image. */
const IMAGE_GOALS: readonly Goal[] = [
  atMost(350, ' MB', 'image.cloud.size', 'the image for virtual machines'),
  atMost(700, ' MB', 'image.generic.size', 'the image for hardware'),
  atMost(
    60,
    ' s',
    'image.luca',
    'from the start of QEMU, which acts every instruction, to luca on the screen',
  ),
  atMost(200, ' MB', 'image.memory', 'memory in use, every server asleep'),
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
    figures[`ratio.http.current.floor.${connections}`] =
      perSecond('http.ours.current', connections) / perSecond('http.floor', connections)
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

/** The tables of language models. */
export const llmTables = (figures: Figures): string => tablesOf(LLM_GOALS, ['llm.'], figures)

/** The tables of models that call tools. */
export const toolsTables = (figures: Figures): string => tablesOf(TOOLS_GOALS, ['tools.'], figures)

/** The tables of searching. */
export const searchTables = (figures: Figures): string =>
  tablesOf(SEARCH_GOALS, ['search.', 'embedding.'], figures)

/** The tables of reading documents. */
export const documentTables = (figures: Figures): string => tablesOf(DOCUMENT_GOALS, ['documents.'], figures)

/** The tables of mail. */
export const mailTables = (figures: Figures): string => tablesOf(MAIL_GOALS, ['mail.'], figures)

/** The tables of conversations. */
export const chatTables = (figures: Figures): string => tablesOf(CHAT_GOALS, ['chat.'], figures)

/** The goals, then all that was measured besides. */
function tablesOf(all: readonly Goal[], beginnings: readonly string[], figures: Figures): string {
  const goals = new Set(all.map(({ figure }) => figure))
  const others = Object.entries(figures)
    .filter(([name]) => beginnings.some((beginning) => name.startsWith(beginning)) && !goals.has(name))
    .map(([name, value]) => `| \`${name}\` | ${shown(value)} |\n`)
  return `${goalsTable(all, figures)}\n| figure | measured |\n|---|---|\n${others.join('')}`
}

export const imageTable = (figures: Figures): string => goalsTable(IMAGE_GOALS, figures)

/** What was reached of the goals that were measured. */
function goalsTable(goals: readonly Goal[], figures: Figures): string {
  const rows = goals.flatMap(({ figure, what, least, most, unit }) => {
    const value = figures[figure]
    if (value === undefined) return []
    const goal = least === undefined ? `≤ ${most}${unit}` : `≥ ${least}${unit}`
    return `| ${what} | \`${figure}\` | ${goal} | ${shown(value)}${unit} | ${isMet(value, { least, most }) ? 'yes' : '**no**'} |\n`
  })
  return `| what | figure | goal | measured | met |\n|---|---|---|---|---|\n${rows.join('')}`
}

/** Three digits, or all of a whole number. */
const shown = (value: number): string => (Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3))

const isMet = (
  value: number,
  { least, most }: { least: number | undefined; most: number | undefined },
): boolean => (least === undefined || value >= least) && (most === undefined || value <= most)
