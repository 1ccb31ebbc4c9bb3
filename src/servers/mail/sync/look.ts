/** Brings what is kept of a folder up to what its server has: new headers, flags, and what is gone (RFC 4549; CONDSTORE and QRESYNC in RFC 7162). */
import type { CachedMailbox, MailCache } from '../cache/mail-cache.ts'
import type { Range } from '../cache/ranges.ts'
import type { Change, MessageHeader, OpenMailbox } from '../imap/client.ts'

/** How many headers are there at once, however many a folder has. */
export const AT_ONCE = 50

/** Headers that are fetched at a time, while others may use the connection between. */
export const HEADERS_AT_A_TIME = 500

/** Changes that are kept in one transaction. */
const CHANGES_AT_A_TIME = 2000

export interface Looked {
  mailbox: CachedMailbox
  /** Whether anything is other than when it was looked at before; of servers that do not count changes, whether messages came or went. */
  isChanged: boolean
}

export interface LookOptions {
  /** Headers of the newest that are there afterwards. */
  atLeast: number
  now: number
  /** Leaves flags to the next look where the server does not count changes, so that they would all have to be read. */
  isBrief?: boolean
}

/**
 * Looks at a folder. The newest `atLeast` headers are there afterwards, and all flags; older headers that are missing stay so, for
 * `fillNext`. Undefined where the folder is not kept any more.
 */
export async function look(
  cache: MailCache,
  cached: CachedMailbox,
  open: OpenMailbox,
  { atLeast, now, isBrief = false }: LookOptions,
): Promise<Looked | undefined> {
  const { state } = open
  const isSame = cached.uidValidity === state.uidValidity
  const isUnchanged = isSame && state.changes !== undefined && state.changes === cached.changes
  const hasAsMany = isSame && state.messages === cached.messages && state.uidNext - 1 === cached.topUid
  if (isBrief && state.changes === undefined && hasAsMany) return { mailbox: cached, isChanged: false }
  const noted = await cache.noteState(cached, state, now)
  if (!noted) return undefined
  await takeNewest(cache, noted, open, atLeast)
  if (isSame && !isUnchanged) await takeChanges(cache, noted, open, cached.changes)
  const mailbox = cache.mailbox(noted.id)
  if (!mailbox) return undefined
  const isTold = isUnchanged || (state.tellsGone && cached.changes !== undefined)
  // Where all are known, their number tells whether any is gone.
  const mayBeGone =
    isSame && (mailbox.missing.length > 0 ? !isTold : cache.count(noted.id) !== state.messages)
  if (mayBeGone) await cache.keepOnly(noted.id, await open.uids())
  return { mailbox, isChanged: !(hasAsMany && (isUnchanged || state.changes === undefined)) }
}

/** Fetches the newest headers that are missing. True where there are more. */
export async function fillNext(cache: MailCache, id: number, open: OpenMailbox): Promise<boolean> {
  const mailbox = cache.mailbox(id)
  const newest = mailbox?.missing.at(-1)
  if (!mailbox || !newest || mailbox.uidValidity !== open.state.uidValidity) return false
  const [first, last] = newest
  const range: Range = [Math.max(first, last - HEADERS_AT_A_TIME + 1), last]
  const headers = await collected(open.headers(...range))
  await cache.keepHeaders(id, headers, headers.length === 0 ? await emptyUpTo(range, first, open) : range)
  return (cache.mailbox(id)?.missing.length ?? 0) > 0
}

/** Numbers are given once, so that an old folder has long gaps: all of one is passed over. */
async function emptyUpTo([start, last]: Range, first: number, open: OpenMailbox): Promise<Range> {
  const below = (await open.uids()).findLast((uid) => uid < start) ?? 0
  return [Math.max(first, below + 1), last]
}

async function takeNewest(
  cache: MailCache,
  { id, missing }: CachedMailbox,
  open: OpenMailbox,
  atLeast: number,
): Promise<void> {
  const newest = missing.at(-1)
  if (!newest || newest[1] < open.state.uidNext - 1) return
  if (open.state.messages === 0) return await cache.keepHeaders(id, [], newest)
  const headers = await collected(open.newest(atLeast))
  const lowest = headers.reduce((least, { uid }) => Math.min(least, uid), Number.POSITIVE_INFINITY)
  // Fewer than were asked for are all there are.
  const first = headers.length < atLeast || lowest <= newest[0] ? newest[0] : lowest
  await cache.keepHeaders(id, headers, [first, newest[1]])
}

async function takeChanges(
  cache: MailCache,
  { id }: CachedMailbox,
  open: OpenMailbox,
  since: string | undefined,
): Promise<void> {
  const { state } = open
  let some: Change[] = []
  for await (const one of open.changes(state.changes === undefined ? undefined : since)) {
    some.push(one)
    if (some.length < CHANGES_AT_A_TIME) continue
    await cache.keepChanges(id, some)
    some = []
  }
  await cache.keepChanges(id, some, state)
}

async function collected(headers: AsyncIterable<MessageHeader>): Promise<MessageHeader[]> {
  const all: MessageHeader[] = []
  for await (const header of headers) all.push(header)
  return all
}
