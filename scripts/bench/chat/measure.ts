/** How fast the server of conversations, as a process of its own, lists, searches and reads a great many of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../../src/client/connect.ts'
import type { Connection } from '../../../src/client/connection.ts'
import { Activator } from '../../../src/framework/testing/activator.ts'
import { FakeGateway } from '../../../src/framework/testing/fake-gateway.ts'
import { openDatabase } from '../../../src/host/database.ts'
import { METHOD } from '../../../src/protocol/mcp.ts'
import { CHAT_STEPS } from '../../../src/servers/chat/store/steps.ts'
import { type NewMessage, Store } from '../../../src/servers/chat/store/store.ts'
import { ROOT } from '../../servers.ts'
import { median } from '../median.ts'
import { residentMb, until } from '../processes.ts'
import { paragraphs } from '../prose.ts'
import type { Figures } from '../report.ts'

const CONVERSATIONS = 10_000
const MESSAGES = 20
const LONG = 100_000
const ROUNDS = 200
/** In most messages, in some, in one, in none. */
const QUERIES = ['the', 'server', 'gateway conversation', 'socket', 'number 4711', 'xylophone', 'sand']

export async function measureChat(quick: boolean, say: (line: string) => void): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-chat-'))
  try {
    const [count, long] = quick ? [500, 5000] : [CONVERSATIONS, LONG]
    say(`  keeping ${count} conversations, and one of ${long} messages`)
    const id = await fill(folder, count, long)
    await using activator = new Activator(
      join(folder, 's'),
      { STATE_DIRECTORY: folder, CONFIGURATION_DIRECTORY: folder },
      join(ROOT, 'dist/chat.cjs'),
    )
    await activator.ready()
    const connection = await connect(join(folder, 's'), { clientInfo: { name: 'bench', version: '1' } })
    say('  listing, searching and reading them')
    const several = async (name: string, args: (n: number) => object) => {
      const ms: number[] = []
      for (let n = 0; n < ROUNDS; n++) ms.push(await msOf(() => ask(connection, name, args(n))))
      return ms.sort((one, other) => one - other)
    }
    const lists = await several('list_conversations', () => ({ limit: 20 }))
    const searches = await several('search_conversations', (n) => ({ text: QUERIES[n % QUERIES.length] }))
    const reads = await several('get_conversation', () => ({ conversation: id }))
    const resident = residentMb(activator.started.at(-1) as number)
    connection.close()
    say('  a cold server')
    const starts: number[] = []
    for (let n = 0; n < (quick ? 2 : 5); n++) starts.push(await start(activator, join(folder, 's')))
    return {
      'chat.list.p50-ms': at(lists, 0.5),
      'chat.list.p95-ms': at(lists, 0.95),
      'chat.search.p50-ms': at(searches, 0.5),
      'chat.search.p95-ms': at(searches, 0.95),
      'chat.read.p95-ms': at(reads, 0.95),
      'chat.start.list-ms': median(starts),
      'chat.resident-mb': resident,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Ends the server, and gives how long the next one takes until it has listed, in milliseconds. */
async function start(activator: Activator, socket: string): Promise<number> {
  const ended = activator.ended.length
  activator.signal('SIGTERM')
  await until('it has ended', async () => activator.ended.length > ended, 10)
  return msOf(async () => {
    const connection = await connect(socket, { clientInfo: { name: 'bench', version: '1' } })
    await ask(connection, 'list_conversations', {})
    connection.close()
  })
}

/** The id of the long one. */
async function fill(folder: string, count: number, long: number): Promise<string> {
  const database = await openDatabase({ folder, name: 'chat', steps: CHAT_STEPS })
  await database.run('PRAGMA synchronous = OFF')
  const store = new Store(database)
  const texts = paragraphs()
  const messages = (from: number, length: number): NewMessage[] =>
    Array.from({ length }, (_, n) => ({
      role: n % 2 === 0 ? 'user' : 'assistant',
      content: `${texts[(from * 7 + n) % texts.length]} number ${from}`,
      state: 'whole',
    }))
  const begin = Date.now() - count * 60_000
  const add = (n: number, length: number) =>
    store.import(begin + n * 60_000, {
      title: `Conversation ${n}`,
      options: {},
      read: [],
      messages: messages(n, length),
    })
  const { id } = await add(0, long)
  for (let n = 1; n < count; n++) await add(n, MESSAGES)
  await database.close()
  return id
}

const gateway = new FakeGateway()

async function ask(connection: Connection, name: string, args: object): Promise<void> {
  const result = await connection.request(
    METHOD.callTool,
    { name, arguments: args },
    { peerRequests: gateway },
  )
  if (result.isError) throw new Error(JSON.stringify(result.content))
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
