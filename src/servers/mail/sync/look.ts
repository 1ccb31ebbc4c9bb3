/** Brings what is kept of a folder up to what its server has: new headers, flags, and what is gone (RFC 4549; CONDSTORE in RFC 7162). */
import type { CachedMailbox, MailCache } from '../cache/mail-cache.ts'
import type { Range } from '../cache/ranges.ts'
import type { MessageHeader, OpenMailbox } from '../imap/client.ts'

/** Headers that are fetched at a time, while others may use the connection between. */
export const HEADERS_AT_A_TIME = 1000

export interface Looked {
  mailbox: CachedMailbox
  /** Messages that came since it was looked at before; none where that was never. */
  arrived: number
}

/**
 * Looks at a folder. The newest `atLeast` headers are there afterwards, and all flags; older headers that are missing stay so, for
 * `fillNext`. Undefined where the folder is not kept any more.
 */
export async function look(
  cache: MailCache,
  cached: CachedMailbox,
  open: OpenMailbox,
  { atLeast, now }: { atLeast: number; now: number },
): Promise<Looked | undefined> {
  const { state } = open
  const noted = await cache.noteState(cached, state, now)
  if (!noted) return undefined
  const isSame = cached.uidValidity === state.uidValidity
  await takeNewest(cache, noted, open, atLeast)
  const isUnchanged = isSame && state.changes !== undefined && state.changes === cached.changes
  const known = () => cache.count(noted.id).messages
  if (!isUnchanged) await takeFlags(cache, noted, open, isSame ? cached.changes : undefined)
  const mailbox = cache.mailbox(noted.id)
  if (!mailbox) return undefined
  // Counting tells whether any is gone, once all are known.
  if (isSame && (!isUnchanged || (mailbox.missing.length === 0 && known() !== state.messages)))
    if (mailbox.missing.length > 0 || known() !== state.messages)
      await cache.keepOnly(noted.id, await open.uids())
  return { mailbox, arrived: isSame ? Math.max(0, state.uidNext - 1 - cached.topUid) : 0 }
}

/** Fetches the newest headers that are missing. True where there are more. */
export async function fillNext(cache: MailCache, id: number, open: OpenMailbox): Promise<boolean> {
  const mailbox = cache.mailbox(id)
  const newest = mailbox?.missing.at(-1)
  if (!mailbox || !newest || mailbox.uidValidity !== open.state.uidValidity) return false
  const [first, last] = newest
  const range: Range = [Math.max(first, last - HEADERS_AT_A_TIME + 1), last]
  await cache.keepHeaders(id, await collected(open.headers(...range)), range)
  return (cache.mailbox(id)?.missing.length ?? 0) > 0
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

async function takeFlags(
  cache: MailCache,
  { id }: CachedMailbox,
  open: OpenMailbox,
  since: string | undefined,
): Promise<void> {
  const { changes } = open.state
  const all: { uid: number; flags: readonly string[] }[] = []
  for await (const one of open.flags(changes === undefined ? undefined : since)) all.push(one)
  await cache.keepFlags(id, all, changes)
}

async function collected(headers: AsyncIterable<MessageHeader>): Promise<MessageHeader[]> {
  const all: MessageHeader[] = []
  for await (const header of headers) all.push(header)
  return all
}
