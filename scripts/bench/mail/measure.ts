/**
 * How fast the server of mail, as a process of its own, lists, fills and searches a mailbox of a real Dovecot, and how much memory that takes.
 * Dovecot has read all of the mailbox once before: how long it takes over that is its own.
 */
import { join } from 'node:path'
import { type Dovecot, startDovecot } from '../../../src/servers/mail/testing/dovecot.ts'
import { importMbox } from '../../../src/servers/mail/testing/import-mbox.ts'
import { type MailProcess, startMailProcess } from '../../../src/servers/mail/testing/mail-process.ts'
import { accountAt } from '../../../src/servers/mail/testing/with-accounts.ts'
import { ROOT } from '../../servers.ts'
import { median } from '../median.ts'
import { family, peakMb, residentMb, until } from '../processes.ts'
import type { Figures } from '../report.ts'
import { largeMessage, writeMbox } from './mailbox.ts'

const MESSAGES = 50_000
const LARGE_BYTES = 25_000_000
const NEWEST = 25
const SEARCHES = 200
/** What is looked for. Some find thousands, and some nothing. */
const QUERIES: readonly object[] = [
  { subject: 'invoice order' },
  { from: 'greta keller' },
  { subject: 'holiday', hasAttachment: true },
  { from: 'fischer', since: '365d' },
  { attachment: 'file-4999' },
  { subject: '49321' },
  { from: 'nobody' },
]

interface List {
  messages: { id: number }[]
  note?: string
}

export async function measureMail(quick: boolean, say: (line: string) => void): Promise<Figures> {
  const count = quick ? 5000 : MESSAGES
  const rounds = quick ? 2 : 5
  const options = { settings: 'mail_location = mdbox:~/mdbox' }
  await using dovecot = await startDovecot(options)
  say(`  importing ${count} messages`)
  await importMbox(dovecot, 'ada', (path) => writeMbox(path, count, Date.now()))
  say('  the newest, cold')
  const cold = []
  for (let round = 0; round < rounds; round++) {
    await using server = await started(dovecot)
    cold.push(await msOf(() => server.ask('list_emails', { limit: NEWEST })))
  }
  await using server = await started(dovecot)
  const pid = () => server.activator.started.at(-1) as number
  say('  all headers')
  const all = await fill(server, count)
  const peak = peakMb(pid())
  const cached = await several(50, () => server.ask('list_emails', { limit: NEWEST }))
  say('  searching')
  const searches = await several(SEARCHES, (i) =>
    server.ask('search_emails', { ...QUERIES[i % QUERIES.length] }),
  )
  say('  a large message')
  const large = await measureLarge(server, dovecot, rounds, pid)
  say('  a cold server')
  const starts = []
  for (let round = 0; round < rounds; round++) {
    await server.end('SIGTERM')
    starts.push(await msOf(() => server.ask('list_emails', { limit: NEWEST })))
  }
  return {
    'mail.newest.cold-ms': median(cold),
    'mail.newest.cached.p95-ms': at(cached, 0.95),
    'mail.headers.s': all / 1000,
    'mail.headers.peak-mb': peak,
    'mail.search.p50-ms': at(searches, 0.5),
    'mail.search.p95-ms': at(searches, 0.95),
    ...large,
    'mail.start.list-ms': median(starts),
  }
}

async function started(dovecot: Dovecot): Promise<MailProcess> {
  const server = await startMailProcess({
    main: join(ROOT, 'dist/mail.cjs'),
    secrets: { ada: 'secret' },
    env: { LLMBDO_IDLE_SECONDS: '0' },
  })
  await server.ask('add_account', { ...accountAt(dovecot, 'ada') })
  return server
}

/** Until all are there, in milliseconds. */
async function fill(server: MailProcess, count: number): Promise<number> {
  const begun = performance.now()
  await until(
    'all headers are there',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      return (await server.ask<List>('list_emails', { limit: 1 })).note === undefined
    },
    300,
  )
  const ms = performance.now() - begun
  const oldest = await server.ask<List>('search_emails', { subject: `${count - 1}` })
  if (oldest.messages.length === 0) throw new Error('Not all headers are there.')
  return ms
}

/**
 * New to the cache each time, so that it is fetched; by a process that has read nothing else but a small one, so that no room of before is
 * used, and what reads texts is there.
 */
async function measureLarge(
  server: MailProcess,
  dovecot: Dovecot,
  rounds: number,
  pid: () => number,
): Promise<Figures> {
  const ms = []
  const mb = []
  const firstMb = []
  const resident = () => family(pid()).reduce((sum, one) => sum + residentMb(one), 0)
  /** How long reading a message takes that has just come, and how much memory. */
  const read = async (message: string) => {
    await dovecot.deliver('ada', [message])
    const { messages } = await server.ask<List>('list_emails', { limit: 1, fresh: true })
    const before = resident()
    let most = before
    const watch = setInterval(() => {
      most = Math.max(most, resident())
    }, 5)
    const took = await msOf(() => server.ask('get_email', { id: messages[0]?.id }))
    clearInterval(watch)
    return { ms: took, mb: Math.max(most, resident()) - before }
  }
  const [small, large] = [largeMessage(1000), largeMessage(LARGE_BYTES)]
  for (let round = 0; round < rounds; round++) {
    await server.end('SIGTERM')
    firstMb.push((await read(small)).mb)
    const took = await read(large)
    ms.push(took.ms)
    mb.push(took.mb)
  }
  return {
    'mail.large.ms': median(ms),
    'mail.large.mb-more': Math.max(...mb),
    'mail.read.first-mb': median(firstMb),
  }
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

async function several(times: number, work: (i: number) => Promise<unknown>): Promise<number[]> {
  const all = []
  for (let i = 0; i < times; i++) all.push(await msOf(() => work(i)))
  return all
}

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] as number
