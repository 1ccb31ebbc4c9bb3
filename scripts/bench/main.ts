/** `make bench`: measures, prints the tables, and keeps the figures in out/bench.json and docs/performance.md. */
import { whyNoContainers } from '../containers.ts'
import {
  measureGrowth,
  measureHello,
  measureIdleSockets,
  measureNested,
  measureRest,
  measureSleep,
} from './appliance-measures.ts'
import { measureCat } from './cat.ts'
import { measureChat } from './chat/measure.ts'
import { measureDocuments } from './documents/measure.ts'
import { measureHardened } from './hardened.ts'
import { keep } from './keep.ts'
import { measureLlm } from './llm/measure.ts'
import { measureMail } from './mail/measure.ts'
import {
  chatTables,
  documentTables,
  type Figures,
  llmTables,
  mailTables,
  searchTables,
  tables,
  throughputFigures,
  toolsTables,
} from './report.ts'
import { measureSearch } from './search/measure.ts'
import { measureLaden, measureTerminal } from './terminal.ts'
import { installPeers, measureThroughput } from './throughput.ts'
import { measureTools } from './tools/measure.ts'
import { measureWakeList } from './wake-list.ts'

/** Fewer and shorter runs: for a look, not for the page. */
const quick = process.argv.includes('--quick')
const say = (line: string) => void process.stderr.write(`${line}\n`)

say('installing what is compared')
installPeers()
say('a sleeping server')
const sleep = await measureSleep(quick ? 5 : 30)
say('a sleeping server in its unit')
const whyNot = whyNoContainers()
if (whyNot) say(`  left out: ${whyNot}`)
const hardened = whyNot ? undefined : await measureHardened(quick ? 5 : 30)
say('idle WebSockets')
const idleKb = await measureIdleSockets(quick ? 2000 : 10_000)
say('the wake list')
const wakes = await measureWakeList()
say('a slow tool and a fast one')
const hello = await measureHello(quick ? 3 : 10)
say('a call within a call')
const nested = await measureNested(quick ? 500 : 5000)
say('memory after many calls')
const [once, twice] = await measureGrowth(quick ? 10_000 : 100_000)
say('memory after a load, and after a rest')
const rest = await measureRest(quick ? 3 : 10)
say('calls a second')
const rows = await measureThroughput(quick ? 1 : 5, quick ? 1 : 2, say)

say('language models')
const llm = await measureLlm(quick, say)
say('models that call tools')
const tools = await measureTools(quick, say)
say('searching files')
const search = await measureSearch(quick, say)
say('documents')
const documents = await measureDocuments(quick, say)
say('mail')
const mail = await measureMail(quick, say)
say('conversations')
const chat = await measureChat(quick, say)
say('the full-screen interface')
const terminal = await measureTerminal(quick ? 3 : 15, quick ? 10 : 60)
say('keys among 20 000 files')
const keys = await measureLaden(quick ? 3 : 20)
say('luca cat')
const cat = await measureCat(quick ? 3 : 9)

const at = (sorted: number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
const figures: Figures = {
  ...throughputFigures(rows),
  ...llm,
  ...tools,
  ...search,
  ...documents,
  ...mail,
  ...chat,
  'cold.p50': at(sleep.coldMs, 0.5),
  'cold.p95': at(sleep.coldMs, 0.95),
  ...(hardened && {
    'cold.hardened.p50': at(hardened.coldMs, 0.5),
    'cold.hardened.p95': at(hardened.coldMs, 0.95),
    'cold.hardened.first.p50': at(hardened.firstMs, 0.5),
    'memory.standby': hardened.standbyMb,
    'memory.hardened': hardened.gatewayMb,
  }),
  'memory.asleep': sleep.residentMb,
  'memory.idle-websocket': idleKb,
  'wake.memory': wakes.memoryMb,
  'wake.spread.p50': wakes.spread.p50,
  'wake.spread.max': wakes.spread.max,
  'wake.at-once.p50': wakes.atOnce.p50,
  'wake.at-once.max': wakes.atOnce.max,
  'wake.10000-at-once.max': wakes.allAtOnce.max,
  'hello.p50': hello.p50,
  'hello.p99': hello.p99,
  'direct.p50': nested.direct,
  'nested.p50': nested.nested,
  'nested.more.p50': nested.nested - nested.direct,
  'memory.loaded': rest.loadedMb,
  'memory.rest': rest.restedMb,
  'memory.after-100000': once,
  'memory.after-200000': twice,
  'memory.growth': twice / once,
  'terminal.first-screen': terminal.firstScreenMs,
  'terminal.connected': terminal.connectedMs,
  'terminal.echo.p50': terminal.echoP50,
  'terminal.echo.p99': terminal.echoP99,
  'terminal.bytes-per-token': terminal.bytesPerToken,
  'terminal.resident': terminal.residentMb,
  'terminal.resident-after-hour': terminal.residentAfterHourMb,
  'terminal.growth': terminal.growth,
  'terminal.laden.slowest-key': Math.max(...Object.values(keys)),
  'cat.mb-per-second': cat.mbPerSecond,
  'cat.ratio': cat.ratio,
}
const pageTables = {
  table: tables(rows, figures),
  llm: llmTables(figures),
  tools: toolsTables(figures),
  search: searchTables(figures),
  documents: documentTables(figures),
  mail: mailTables(figures),
  chat: chatTables(figures),
}
process.stdout.write(`${Object.values(pageTables).join('\n')}\n`)
// The page shows what was measured together.
keep(figures, quick || !hardened, pageTables)
process.exit()
