/** Addresses of people, as they are given to be written to: each is checked before anything is made of it. */
import { domainToASCII } from 'node:url'
import { ToolError } from '../../../protocol/define.ts'
import type { Address } from '../imap/client.ts'

/** Of one email, in all its lists. */
export const MAX_RECIPIENTS = 50
/** RFC 5321, section 4.5.3.1. */
const MAX_LOCAL_BYTES = 64
const MAX_DOMAIN = 253
const MAX_NAME = 200

/** What ends a line, or has no place on one: it would begin another header. */
const CONTROLS = /[\p{Cc}\p{Cs}\u2028\u2029]/u
/** An atom with dots (RFC 5322, section 3.2.3), with what RFC 6532 adds. */
const LOCAL = /^[^\s@<>()[\]\\,;:"\p{C}\p{Z}]+$/u
/** A name, in quotes or without, and an address: no guesses are made, since a mail can't be had back. */
const WITH_NAME = /^(?:"((?:[^"\\]|\\.)*)"|([^"<>@;:]*))\s*<([^<>]*)>$/
const DOMAIN = /^(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/i

/** Throws a ToolError where a text can't stand in a header. `what` names it, such as "The subject". */
export function mustBeOneLine(text: string, what: string, max: number): void {
  if (CONTROLS.test(text))
    throw invalid(`${what} has a line break or another control character in it. Leave that out.`)
  if (text.length > max)
    throw invalid(`${what} has ${text.length} characters, and may have ${max} at most. Shorten it.`)
}

/** Someone such as `Eva Müller <eva@example.org>`. Its domain is in ASCII (RFC 5890). Throws a ToolError that says what is wrong with it. */
export function addressIn(text: string): Address {
  if (CONTROLS.test(text))
    throw invalid(`${quoted(text)} has a line break or another control character in it.`)
  if (/@[^<>]*[,;][^<>]*@/.test(text))
    throw invalid(`${quoted(text)} is more than one address. Give each by itself.`)
  const [, inQuotes, plain = '', address] = WITH_NAME.exec(text.trim()) ?? []
  if (address === undefined) return checkedAddress({ name: '', address: text.trim() })
  const name = inQuotes === undefined ? plain.trim() : inQuotes.replace(/\\(.)/g, '$1')
  return checkedAddress({ name, address: address.trim() })
}

/** Someone whose address was given by itself, such as by a header. Throws a ToolError. */
export function checkedAddress({ name, address }: Address): Address {
  mustBeOneLine(name, `The name of ${quoted(address)}`, MAX_NAME)
  return { name, address: checked(address) }
}

/** Lists of people, each of whom is written to once. Throws a ToolError. */
export function recipientsIn(
  lists: Readonly<Record<'to' | 'cc' | 'bcc', readonly string[]>>,
): Record<'to' | 'cc' | 'bcc', Address[]> {
  const count = lists.to.length + lists.cc.length + lists.bcc.length
  if (count > MAX_RECIPIENTS)
    throw invalid(`These are ${count} recipients, and an email goes to ${MAX_RECIPIENTS} at most.`)
  return unique({
    to: lists.to.map(addressIn),
    cc: lists.cc.map(addressIn),
    bcc: lists.bcc.map(addressIn),
  })
}

/** The first place in which someone stands is theirs. */
export function unique(
  lists: Record<'to' | 'cc' | 'bcc', Address[]>,
): Record<'to' | 'cc' | 'bcc', Address[]> {
  const seen = new Set<string>()
  const once = (people: Address[]) =>
    people.filter(({ address }) => {
      const key = address.toLowerCase()
      return !seen.has(key) && seen.add(key)
    })
  return { to: once(lists.to), cc: once(lists.cc), bcc: once(lists.bcc) }
}

function checked(address: string): string {
  const at = address.lastIndexOf('@')
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)]
  if (
    at < 1 ||
    !LOCAL.test(local) ||
    /^\.|\.\.|\.$/.test(local) ||
    Buffer.byteLength(local) > MAX_LOCAL_BYTES
  )
    throw invalid(`${quoted(address)} is no address of mail, such as eva@example.org.`)
  const ascii = domainToASCII(domain)
  if (ascii.length > MAX_DOMAIN || !DOMAIN.test(ascii))
    throw invalid(`${quoted(domain)} in ${quoted(address)} is no domain that mail can go to.`)
  return `${local.normalize('NFC')}@${ascii}`
}

const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)

const invalid = (message: string): ToolError => new ToolError(message, { kind: 'invalid' })
