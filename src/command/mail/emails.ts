/** What the tools of mail give, as far as it can be understood. */
import { isRecord, isWhole, textIn } from '../../protocol/values.ts'

export interface AccountInfo {
  id: string
  email: string
  host: string
  /** What may be done with its mail: read, write or send. */
  allowed: string
  /** Who its owner signs in at, without a password. */
  oauth: string | undefined
  /** Whether it is sent with another password. */
  ownSmtpPassword: boolean
}

export interface FolderInfo {
  path: string
  /** Such as inbox or sent; undefined where it is for nothing of the kind. */
  role: string | undefined
}

export interface MessageInfo {
  id: number
  mailbox: string
  subject: string
  from: string
  to: string
  date: string
  seen: boolean
  attachments: number
}

export interface MessageList {
  messages: MessageInfo[]
  nextCursor: string | undefined
  note: string | undefined
}

export interface ReadMessage extends MessageInfo {
  cc: string
  attached: string[]
  remarks: string[]
  text: string
  nextOffset: number | undefined
}

export const accountsIn = (value: unknown): AccountInfo[] | undefined =>
  isRecord(value) && Array.isArray(value.accounts) ? value.accounts.flatMap(accountIn) : undefined

export function accountIn(value: unknown): AccountInfo[] {
  if (!isRecord(value)) return []
  const id = textIn(value.id)
  if (id === undefined) return []
  const { email, host, allowed, oauth, ownSmtpPassword } = value
  return [
    {
      id,
      email: textIn(email) ?? '',
      host: textIn(host) ?? '',
      allowed: textIn(allowed) ?? 'read',
      oauth: textIn(oauth),
      ownSmtpPassword: ownSmtpPassword === true,
    },
  ]
}

/** Those that hold messages. */
export const foldersIn = (value: unknown): FolderInfo[] | undefined =>
  isRecord(value) && Array.isArray(value.mailboxes)
    ? value.mailboxes.flatMap((one) => {
        const path = isRecord(one) && one.canOpen !== false ? textIn(one.path) : undefined
        return path === undefined ? [] : [{ path, role: textIn(one.role) }]
      })
    : undefined

export function messagesIn(value: unknown): MessageList | undefined {
  if (!isRecord(value) || !Array.isArray(value.messages)) return undefined
  return {
    messages: value.messages.flatMap((one) => messageIn(one) ?? []),
    nextCursor: textIn(value.nextCursor),
    note: textIn(value.note),
  }
}

export function readMessageIn(value: unknown): ReadMessage | undefined {
  const message = messageIn(value)
  if (!message || !isRecord(value)) return undefined
  return {
    ...message,
    cc: textIn(value.cc) ?? '',
    attached: textsIn(value.attachments),
    remarks: textsIn(value.remarks),
    text: textIn(value.text) ?? '',
    nextOffset: isWhole(value.nextOffset, 0) ? value.nextOffset : undefined,
  }
}

/** A name where there is one, and else the address. */
export const nameOf = (from: string): string => from.replace(/ <[^>]*>/g, '')

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap((one) => textIn(one) ?? []) : []

function messageIn(value: unknown): MessageInfo | undefined {
  if (!isRecord(value) || !isWhole(value.id, 1)) return undefined
  return {
    id: value.id,
    mailbox: textIn(value.mailbox) ?? '',
    subject: textIn(value.subject) ?? '',
    from: textIn(value.from) ?? '',
    to: textIn(value.to) ?? '',
    date: textIn(value.date) ?? '',
    seen: value.seen === true,
    attachments: Array.isArray(value.attachments) ? value.attachments.length : 0,
  }
}
