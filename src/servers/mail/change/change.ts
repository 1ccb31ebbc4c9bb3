/** Messages are changed by their numbers, wherever they lie, and what is kept of them follows at once. */
import { ToolError } from '../../../protocol/define.ts'
import type { Account } from '../accounts/account.ts'
import type { CachedMailbox, CachedMessage } from '../cache/mail-cache.ts'
import { MailProblem } from '../connection/mail-problem.ts'
import type { ChangingMailbox } from '../imap/client.ts'
import type { Mail, MailCall } from '../mail.ts'

/** What became of messages, by their numbers here. */
export interface Outcome {
  done: number[]
  /** They were moved or deleted before. */
  gone: number[]
  failed: { ids: number[]; why: string }[]
}

/** Messages of one folder. */
export interface Group {
  account: Account
  mailbox: CachedMailbox
  messages: readonly CachedMessage[]
}

export interface Flags {
  add: readonly string[]
  remove: readonly string[]
}

/** Throws a ToolError where the owner of an account allows no changes, or nothing at all could be done. */
export async function markMessages(
  mail: Mail,
  ids: readonly number[],
  flags: Flags,
  call: MailCall,
): Promise<Outcome> {
  return await eachFolder(mail, ids, call, (group) =>
    inFolder(mail, group, call, async (open) => {
      const now = await open.changeFlags(uidsOf(group), flags)
      await mail.cache.keepChanges(group.mailbox.id, now)
      return now.map(({ uid }) => uid)
    }),
  )
}

/** To the folder that is named or meant in the account of each. Throws as `markMessages` does. */
export async function moveMessages(
  mail: Mail,
  ids: readonly number[],
  folder: string,
  call: MailCall,
): Promise<Outcome> {
  return await eachFolder(mail, ids, call, async (group) => {
    const { account, mailbox } = group
    const target = await mail.mailbox(account, folder, call)
    if (target.id === mailbox.id) return uidsOf(group)
    if (!target.canOpen)
      throw new ToolError(`${JSON.stringify(target.path)} holds other folders, and no messages.`, {
        kind: 'invalid',
      })
    try {
      return await inFolder(mail, group, call, async (open) => {
        const { uids, there } = await open.move(uidsOf(group), target.path)
        if (there) await mail.cache.keepMoved(mailbox.id, target.id, there)
        else mail.distrust(target)
        await forget(mail, mailbox, uids)
        return [...uids]
      })
    } catch (error) {
      mail.distrust(target)
      throw error
    }
  })
}

/** Deletes for good. Throws as `markMessages` does. */
export async function expungeMessages(mail: Mail, ids: readonly number[], call: MailCall): Promise<Outcome> {
  return await eachFolder(mail, ids, call, (group) =>
    inFolder(mail, group, call, async (open) => {
      const uids = await open.expunge(uidsOf(group))
      await forget(mail, group.mailbox, uids)
      return uids
    }),
  )
}

/** Those that are known here, by the folders that they lie in. Throws a ToolError where the owner of an account allows no changes. */
export function groupsOf(mail: Mail, ids: readonly number[]): Group[] {
  const groups = new Map<number, Group & { messages: CachedMessage[] }>()
  for (const id of new Set(ids)) {
    const message = mail.cache.message(id)
    const mailbox = message && mail.cache.mailbox(message.mailbox)
    if (!message || !mailbox) continue
    const group = groups.get(mailbox.id)
    if (group) group.messages.push(message)
    else
      groups.set(mailbox.id, { account: mail.accounts.named(mailbox.account), mailbox, messages: [message] })
  }
  const all = [...groups.values()]
  for (const { account } of all) mail.accounts.mustAllow(account, 'write')
  return all
}

const uidsOf = ({ messages }: Group): number[] => messages.map(({ uid }) => uid)

const forget = (mail: Mail, { id }: CachedMailbox, uids: readonly number[]): Promise<void> =>
  mail.cache.keepChanges(
    id,
    uids.map((uid) => ({ gone: [uid, uid] as const })),
  )

/** One folder after the other. `work` gives the numbers, in that folder, of what was done. */
async function eachFolder(
  mail: Mail,
  ids: readonly number[],
  call: MailCall,
  work: (group: Group) => Promise<readonly number[]>,
): Promise<Outcome> {
  const groups = groupsOf(mail, ids)
  const known = new Set(groups.flatMap(({ messages }) => messages.map(({ id }) => id)))
  const outcome: Outcome = { done: [], gone: [...new Set(ids)].filter((id) => !known.has(id)), failed: [] }
  for (const group of groups) {
    const { account, mailbox, messages } = group
    try {
      const uids = new Set(await work(group))
      const gone = messages.filter(({ uid }) => !uids.has(uid))
      await forget(
        mail,
        mailbox,
        gone.map(({ uid }) => uid),
      )
      outcome.done.push(...messages.filter(({ uid }) => uids.has(uid)).map(({ id }) => id))
      outcome.gone.push(...gone.map(({ id }) => id))
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      outcome.failed.push({ ids: messages.map(({ id }) => id), why: error.message })
      // A folder may be gone, or have another name.
      if (error instanceof MailProblem && error.problem === 'refused')
        await mail.mailboxes(account, call, { isFresh: true }).catch(onlyProblems)
    }
  }
  return outcome
}

/** Has a folder changed, if its messages have the numbers there by which they are known here. */
async function inFolder<T>(
  mail: Mail,
  { account, mailbox }: Group,
  call: MailCall,
  work: (open: ChangingMailbox) => Promise<T>,
): Promise<T> {
  let isBegun = false
  try {
    return await mail.connections.use(
      account,
      (client) =>
        client.changing(mailbox.path, async (open) => {
          if (open.state.uidValidity !== mailbox.uidValidity) throw madeAnew(mailbox)
          isBegun = true
          return await work(open)
        }),
      call.signal,
    )
  } catch (error) {
    mail.distrust(mailbox)
    const isUnknown = isBegun && error instanceof MailProblem && error.problem === 'unreachable'
    if (!isUnknown) throw error
    throw new MailProblem(
      'unreachable',
      `${error.message} Whether these were changed is not known: list the folder before you try again.`,
      { cause: error },
    )
  }
}

const madeAnew = ({ path }: CachedMailbox): ToolError =>
  new ToolError(
    `The folder ${JSON.stringify(path)} was made anew at its server, so that the numbers of its emails are no longer those. List it again.`,
    { kind: 'not_found', untrusted: 'mail' },
  )

function onlyProblems(error: unknown): void {
  if (!(error instanceof MailProblem)) throw error
}
