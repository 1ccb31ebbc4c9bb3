/** What changes a mailbox that is held: flags, moving and deleting. Every number is told again by what the server then has. */
import type { ImapFlow } from 'imapflow'
import { MailProblem } from '../connection/mail-problem.ts'
import type { ChangingMailbox, Moved } from './client.ts'
import { problemOf, type Refusals } from './refusals.ts'

type Uids = readonly number[]

const BY_UID = { uid: true } as const

export function changesOf(
  flow: ImapFlow,
  refusals: Refusals,
  host: string,
): Pick<ChangingMailbox, 'changeFlags' | 'move' | 'expunge'> {
  const can = (capability: string) => flow.capabilities.has(capability) || flow.capabilities.has('IMAP4rev2')
  const failing =
    (sentence?: string) =>
    (error: unknown): never => {
      throw problemOf(error, host, sentence)
    }
  /** Has a command done, which ends with `false` where the server refuses it; undefined where a message was gone, and nothing was done. */
  const done = async <T>(command: () => Promise<T | false>, sentence: string): Promise<T | undefined> => {
    refusals.take()
    const result = await command().catch(failing(sentence))
    const why = refusals.take()
    if (result && why === undefined) return result
    if (isGone(why)) return undefined
    return failing(sentence)(why ?? { responseStatus: flow.usable ? 'NO' : undefined })
  }
  const found = async (query: { uid: string; deleted?: boolean }): Promise<number[]> =>
    (await flow.search(query, BY_UID).catch(failing())) || []
  const there = (uids: Uids) => found({ uid: setOf(uids) })

  return { changeFlags, move, expunge }

  async function changeFlags(
    uids: Uids,
    { add, remove }: { add: readonly string[]; remove: readonly string[] },
  ): ReturnType<ChangingMailbox['changeFlags']> {
    const some = await there(uids)
    if (some.length === 0) return []
    const set = setOf(some)
    const sentence = `${host} keeps no such mark in this folder.`
    // Of those that are gone meanwhile none is told below.
    if (add.length > 0) await done(() => flow.messageFlagsAdd(set, [...add], BY_UID), sentence)
    if (remove.length > 0) await done(() => flow.messageFlagsRemove(set, [...remove], BY_UID), sentence)
    const now: { uid: number; flags: readonly string[] }[] = []
    try {
      for await (const { uid, flags = [] } of flow.fetch(set, { uid: true, flags: true }, BY_UID))
        if (some.includes(uid)) now.push({ uid, flags: [...flags] })
    } catch (error) {
      failing()(error)
    }
    return now
  }

  async function move(uids: Uids, path: string): Promise<Moved> {
    const hasMove = can('MOVE')
    const sentence = `${host} does not move them to ${JSON.stringify(path)}.`
    return await withThoseThere(uids, NOTHING_MOVED, async (some) => {
      const set = setOf(some)
      if (!hasMove) await mustDeleteAlone(some)
      const moved = await done(
        () => (hasMove ? flow.messageMove(set, path, BY_UID) : flow.messageCopy(set, path, BY_UID)),
        sentence,
      )
      if (!moved) return undefined
      if (!hasMove)
        await remove(some, `${host} copied them to ${JSON.stringify(path)}, but does not delete them here.`)
      const { uidValidity, uidMap } = moved
      const isTold = uidValidity !== undefined && uidMap !== undefined
      return {
        uids: await goneOf(some),
        there: isTold ? { uidValidity: String(uidValidity), uids: uidMap } : undefined,
      }
    })
  }

  async function expunge(uids: Uids): Promise<number[]> {
    return await withThoseThere(uids, [], async (some) => {
      await mustDeleteAlone(some)
      await remove(some, `${host} does not delete them.`)
      return await goneOf(some)
    })
  }

  /** Some servers refuse all where another program deleted one of them meanwhile, so that it is tried again with the others. */
  async function withThoseThere<T>(
    uids: Uids,
    none: T,
    work: (some: Uids) => Promise<T | undefined>,
  ): Promise<T> {
    for (let i = 0; i < TRIES; i++) {
      const some = await there(uids)
      if (some.length === 0) return none
      const result = await work(some)
      if (result !== undefined) return result
    }
    throw new MailProblem('unreachable', 'Another program changes this folder all the time. Try again later.')
  }

  async function remove(uids: Uids, sentence: string): Promise<void> {
    await done(() => flow.messageDelete(setOf(uids), BY_UID), sentence)
  }

  async function goneOf(uids: Uids): Promise<number[]> {
    const left = new Set(await there(uids))
    return uids.filter((uid) => !left.has(uid))
  }

  /** Without UIDPLUS (RFC 4315) all goes that is marked as deleted, which another program may have done. */
  async function mustDeleteAlone(uids: Uids): Promise<void> {
    if (can('UIDPLUS')) return
    const marked = (await found({ uid: '1:*', deleted: true })).filter((uid) => !uids.includes(uid))
    if (marked.length > 0)
      throw new MailProblem(
        'refused',
        `${host} can't delete single messages, and another program marked ${marked.length} in this folder as deleted. Have that program delete them or take the marks away, then try again.`,
      )
  }
}

const NOTHING_MOVED: Moved = { uids: [], there: undefined }
const TRIES = 5

/** By its words too, since imapflow takes it for a success: `EXPUNGEISSUED` of RFC 5530. */
const isGone = (why: unknown): boolean =>
  why instanceof Error &&
  'responseText' in why &&
  typeof why.responseText === 'string' &&
  why.responseText.includes('Some of the requested messages no longer exist')

const setOf = (uids: Uids): string => uids.join(',')
