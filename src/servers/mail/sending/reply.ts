/** Whom an answer goes to, from which address, and how it is tied to what it answers (RFC 5322, sections 3.6.3 and 3.6.4). */
import { ToolError } from '../../../protocol/define.ts'
import type { Account } from '../accounts/account.ts'
import type { Address, MessageHeader } from '../imap/client.ts'
import { errorWith } from '../tools/fence.ts'
import { checkedAddress, unique } from './addresses.ts'
import type { Draft } from './compose.ts'

/** The first says where a thread began; of the rest the last ones. */
const MAX_REFERENCES = 30
/** Marks of answers and of what is passed on, in languages that put their own. */
const ANSWER = /^(?:re|aw|antw|sv|vs|ref|odp|rif|réf|res)(?:\[\d+\])?\s*:/i
const PASSED_ON = /^(?:fwd?|wg|tr|i|rv|vb|enc)\s*:/i

type Reply = Pick<Draft, 'from' | 'to' | 'cc' | 'subject' | 'inReplyTo' | 'references'>

/** Throws a ToolError where the mail names nobody that can be written to. `own` are all addresses of the user. */
export function replyTo(
  header: MessageHeader,
  account: Account,
  own: readonly string[],
  { all }: { all: boolean },
): Reply {
  const isOwn = ({ address }: Address) => own.some((one) => isSame(one, address))
  const isMine = header.from.length > 0 && header.from.every(isOwn)
  const answered = header.replyTo.length > 0 ? header.replyTo : header.from
  const to = (isMine ? header.to : answered).filter(isNamed)
  const others = (isMine ? header.cc : [...header.to, ...header.cc]).filter(
    (one) => isNamed(one) && !isOwn(one),
  )
  const people = unique({ to: to.map(writable), cc: all ? others.map(writable) : [], bcc: [] })
  return {
    from: identityFor(header, account),
    to: people.to,
    cc: people.cc,
    subject: ANSWER.test(header.subject) ? header.subject : `Re: ${header.subject}`,
    ...threadOf(header),
  }
}

export const forwardedSubject = (subject: string): string =>
  PASSED_ON.test(subject) ? subject : `Fwd: ${subject}`

/** The address of an account that a mail was sent to; its own where it was none of them. */
export function identityFor({ to, cc, from }: MessageHeader, account: Account): string {
  const mine = addressesOf(account)
  const found = [...to, ...cc, ...from].find(({ address }) => mine.some((one) => isSame(one, address)))
  return found ? checkedAddress(found).address : account.email
}

export const addressesOf = ({ email, aliases = [] }: Account): string[] => [email, ...aliases]

/** `ada+shop@example.org` is `ada@example.org` (RFC 5233). */
export function isSame(own: string, address: string): boolean {
  const [one, other] = [own.toLowerCase(), address.toLowerCase()]
  return one === other || one === other.replace(/\+[^@]*(?=@[^@]*$)/, '')
}

/** Throws a ToolError in which what others gave as an address stands between marks. */
function writable(person: Address): Address {
  try {
    return checkedAddress(person)
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    const words = `${person.name} <${person.address}>`.trim().slice(0, MAX_QUOTED)
    throw errorWith("An address in this email can't be written to:", words, { kind: 'invalid', cause: error })
  }
}

const MAX_QUOTED = 200

const isNamed = ({ address }: Address): boolean => address !== ''

function threadOf({
  messageId,
  inReplyTo,
  references,
}: MessageHeader): Pick<Reply, 'inReplyTo' | 'references'> {
  if (messageId === undefined || !isPlain(messageId)) return {}
  const before = references.length > 0 ? references : inReplyTo === undefined ? [] : [inReplyTo]
  const all = [...before, messageId].filter(isPlain)
  const kept = all.length <= MAX_REFERENCES ? all : [...all.slice(0, 1), ...all.slice(1 - MAX_REFERENCES)]
  return { inReplyTo: messageId, references: kept }
}

/** As ids are (RFC 5322, section 3.6.4); others have no place in a header that is ours. */
const isPlain = (id: string): boolean => /^[\x21-\x7e]{1,400}$/.test(id)
