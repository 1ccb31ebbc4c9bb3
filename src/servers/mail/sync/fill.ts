/** Fetches what is not here yet while nobody waits for it: headers of folders that were looked at, then the texts of the newest messages. */
import { type BackgroundRun, type Clock, ToolError } from '../../../protocol/define.ts'
import type { Account } from '../accounts/account.ts'
import type { CachedMailbox, MailCache } from '../cache/mail-cache.ts'
import type { Connections } from '../connection/connections.ts'
import { MailProblem } from '../connection/mail-problem.ts'
import type { OpenMailbox } from '../imap/client.ts'
import { fetchTexts, readPieces } from '../message/read-message.ts'
import type { Workers } from '../message/workers.ts'
import { AT_ONCE, fillNext, look } from './look.ts'

/** How old messages are whose texts are fetched unasked, in milliseconds. */
export const TEXTS_MS = 90 * 86_400_000
/** Texts that are fetched in one run, and while a folder is held. */
const MOST_TEXTS = 5000
const TEXTS_AT_A_TIME = 10

export interface FillHost {
  accounts: { all(): Account[] }
  cache: MailCache
  connections: Connections
  workers: Workers
  clock: Clock
}

/** Whether there is anything to fetch of an account. */
export const mustFill = ({ cache, clock }: Pick<FillHost, 'cache' | 'clock'>, account: Account): boolean => {
  const all = cache.mailboxes(account.id)
  return (
    all.some(isPartial) ||
    all.some(isToBeLookedAt) ||
    cache.texts.missing(idsOfRead(all), clock.wall() - TEXTS_MS, 1).length > 0
  )
}

/** Tries all accounts and all their folders, and rejects with the last MailProblem. */
export async function fill(host: FillHost, run: BackgroundRun): Promise<void> {
  let problem: MailProblem | undefined
  for (const account of host.accounts.all())
    try {
      problem = (await fillAccount(host, account, run)) ?? problem
    } catch (error) {
      if (!(error instanceof MailProblem)) throw error
      problem = error
    }
  // So that it is tried again, once the others have what is theirs.
  if (problem) throw problem
}

/** Works in one folder. Undefined where the server refuses that folder. */
type InFolder = <T>(mailbox: CachedMailbox, work: (open: OpenMailbox) => Promise<T>) => Promise<T | undefined>

/** Gives why a folder that is there can't be fetched from. Rejects with a MailProblem where none can. */
async function fillAccount(
  host: FillHost,
  account: Account,
  run: BackgroundRun,
): Promise<MailProblem | undefined> {
  const { cache, connections, clock } = host
  const refused = new Map<number, MailProblem>()
  const inFolder: InFolder = async ({ id, path }, work) => {
    if (refused.has(id)) return undefined
    try {
      return await connections.use(account, (client) => client.inMailbox(path, work), run.signal)
    } catch (error) {
      if (!(error instanceof MailProblem && error.problem === 'refused')) throw error
      refused.set(id, error)
      return undefined
    }
  }
  await fillHeaders(host, account, run, inFolder)
  await fillTexts(host, account, run, inFolder)
  if (refused.size === 0) return undefined
  // One that was renamed or deleted meanwhile is none any more.
  const all = await connections.use(account, (client) => client.mailboxes(), run.signal)
  await cache.keepMailboxes(account.id, all, clock.wall())
  return [...refused].find(([id]) => cache.mailbox(id))?.[1]
}

const isPartial = ({ missing }: CachedMailbox): boolean => missing.length > 0

/** What was sent is part of conversations. */
const isToBeLookedAt = ({ role, lookedAt, canOpen }: CachedMailbox): boolean =>
  role === 'sent' && canOpen && lookedAt === 0

/** Nobody wants to read what is thrown away. */
const idsOfRead = (all: readonly CachedMailbox[]): number[] =>
  all.filter(({ role, lookedAt }) => role !== 'junk' && role !== 'trash' && lookedAt > 0).map(({ id }) => id)

async function fillHeaders(
  { cache, clock }: FillHost,
  account: Account,
  { turn, progress }: BackgroundRun,
  inFolder: InFolder,
): Promise<void> {
  for (const mailbox of cache.mailboxes(account.id)) {
    const { id } = mailbox
    if (isToBeLookedAt(mailbox)) {
      await turn()
      await inFolder(mailbox, (open) => look(cache, mailbox, open, { atLeast: AT_ONCE, now: clock.wall() }))
    }
    for (let isMore = (cache.mailbox(id)?.missing.length ?? 0) > 0; isMore; ) {
      await turn()
      isMore = (await inFolder(mailbox, (open) => fillNext(cache, id, open))) ?? false
      progress(cache.count(id))
    }
  }
}

async function fillTexts(
  { cache, workers, clock }: FillHost,
  account: Account,
  { signal, turn }: BackgroundRun,
  inFolder: InFolder,
): Promise<void> {
  const since = clock.wall() - TEXTS_MS
  let mailboxes = cache.mailboxes(account.id)
  /** Each is tried once: some can't be had, and some don't stay. */
  const passed = new Set<number>()
  for (let done = 0; done < MOST_TEXTS; ) {
    await turn()
    const missing = cache.texts
      .missing(idsOfRead(mailboxes), since, TEXTS_AT_A_TIME + passed.size)
      .filter(({ id }) => !passed.has(id))
    const mailbox = mailboxes.find(({ id }) => id === missing[0]?.mailbox)
    const messages = missing
      .filter((one) => one.mailbox === mailbox?.id)
      .slice(0, TEXTS_AT_A_TIME)
      .flatMap(({ id }) => cache.message(id) ?? [])
    const [newest] = messages
    if (!mailbox || !newest || !cache.texts.hasRoomFor(newest)) return
    const found = await inFolder(mailbox, async (open) => {
      const all = []
      const isSame = open.state.uidValidity === cache.mailbox(mailbox.id)?.uidValidity
      for (const message of isSame ? messages : [])
        all.push({ message, pieces: await fetchTexts(open, message.uid, message.header.parts) })
      return all
    })
    if (!found) {
      mailboxes = mailboxes.filter((one) => one !== mailbox)
      continue
    }
    for (const { id } of messages) passed.add(id)
    for (const { message, pieces } of found) {
      if (!pieces) continue
      const read = await readPieces(
        workers,
        { signal, caller: undefined },
        message.header.parts,
        pieces,
      ).catch((error: unknown) => {
        signal.throwIfAborted()
        if (!(error instanceof ToolError)) throw error
      })
      if (read) await cache.texts.keep(message, read)
    }
    done += messages.length
  }
}
