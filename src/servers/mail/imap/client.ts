/**
 * What this server asks of IMAP (RFC 9051, and RFC 7162 for changes), whatever library speaks it. One connection, one user. Everything
 * rejects with a MailProblem, or the reason of the signal that the connection was made with.
 */

/** What a folder is for, whatever it is called (RFC 6154). */
export type MailboxRole = 'inbox' | 'sent' | 'drafts' | 'trash' | 'junk' | 'archive' | 'all' | 'flagged'

export interface Mailbox {
  /** With the names of the folders above it, in Unicode. */
  path: string
  role: MailboxRole | undefined
  /** Whether it holds messages, and not only folders. */
  canOpen: boolean
}

/** A mailbox as it was when it was opened. */
export interface MailboxState {
  /** Where it is another than before, numbers of messages mean nothing any more. */
  uidValidity: string
  /** The number that the next message will have; all that are there have smaller ones. */
  uidNext: number
  messages: number
  /** Grows with each change; undefined where the server does not count them (CONDSTORE). */
  changes: string | undefined
  /** Whether it also tells which messages are gone since a count of changes (QRESYNC). */
  tellsGone: boolean
}

/** What became of a message, or which are gone: numbers from one to another, both included. */
export type Change =
  | { uid: number; flags: readonly string[] }
  | { gone: readonly [first: number, last: number] }

export interface Address {
  name: string
  address: string
}

/** A leaf of the parts of a message. */
export interface Part {
  /** What it is fetched by, such as `1.2`. */
  id: string
  /** In lower case, such as `text/plain`. */
  type: string
  charset: string | undefined
  /** Its transfer encoding, in lower case. */
  encoding: string
  /** As it is sent, in bytes. */
  size: number
  /** As the sender wrote it. */
  fileName: string | undefined
  isAttachment: boolean
  /** The multiparts that it is in, such as `alternative`, the outermost first; `rfc822` for a message within this one. */
  within?: readonly string[]
  /** How it is to be read, in lower case: such as `format`, `delsp` and `smime-type`. */
  parameters?: Readonly<Record<string, string>>
  /** Of a message within this one. Its own parts follow. */
  message?: MessageHeading
}

export interface MessageHeading {
  subject: string
  from: readonly Address[]
  to: readonly Address[]
  cc: readonly Address[]
  /** What its sender says, since the epoch in milliseconds; undefined where that is no date. */
  sentAt: number | undefined
}

export interface MessageHeader extends MessageHeading {
  uid: number
  flags: readonly string[]
  /** When the server got it, since the epoch in milliseconds. */
  receivedAt: number
  /** In bytes, all of it. */
  size: number
  replyTo: readonly Address[]
  messageId: string | undefined
  inReplyTo: string | undefined
  /** The messages before it in its thread, the oldest first. */
  references: readonly string[]
  parts: readonly Part[]
}

/** What a server is asked to look for; all of it must be so. Texts are looked for without regard to case. */
export interface ServerQuery {
  from?: string
  to?: string
  subject?: string
  /** Anywhere in headers and text. */
  text?: string
  /** By when it was sent; milliseconds since the epoch. Servers know whole days alone, and may find what is a day off. */
  since?: number
  before?: number
  isSeen?: boolean
  isFlagged?: boolean
  largerThan?: number
}

/** One mailbox, as long as it is held. */
export interface OpenMailbox {
  readonly state: MailboxState
  /** The newest messages, as many as there are up to `count`; the order is the server's. */
  newest(count: number): AsyncIterable<MessageHeader>
  /** Those from one number to another, both included. */
  headers(firstUid: number, lastUid: number): AsyncIterable<MessageHeader>
  /** Those of these numbers that are there. */
  headersOf(uids: readonly number[]): AsyncIterable<MessageHeader>
  /** Numbers of all messages there are, ascending. */
  uids(): Promise<number[]>
  /** Flags of all messages; or, since a count of changes, of those that changed, and what is gone where the server tells that. */
  changes(since?: string): AsyncIterable<Change>
  /**
   * Begins to wait for changes of this mailbox (RFC 2177), also while it is left: whatever is asked for next ends that. Resolves with
   * whether something has changed since it was opened.
   */
  news(): Promise<boolean>
  /** Numbers of what the server finds, ascending. */
  search(query: ServerQuery): Promise<number[]>
  /** Numbers of messages with this Message-ID, which is given without angle brackets. */
  withMessageId(id: string): Promise<number[]>
  /** What was sent of a part, as it was before its transfer encoding; no more than `maxBytes`. Undefined where it is gone. */
  part(uid: number, part: Part, maxBytes: number): Promise<Buffer | undefined>
  /** Some bytes of a part as it is sent, with its transfer encoding; fewer only where it ends. Undefined where it is gone. */
  sent(uid: number, part: Part, start: number, length: number): Promise<Buffer | undefined>
}

/** What became of messages that were to be moved. */
export interface Moved {
  /** Those that are in their mailbox no more. */
  uids: readonly number[]
  /** Where the server says so (UIDPLUS): the numbers that they have there, by those that they had. */
  there: { uidValidity: string; uids: ReadonlyMap<number, number> } | undefined
}

/** One mailbox that is held to be changed. Numbers of what is gone are passed over. */
export interface ChangingMailbox extends OpenMailbox {
  /** Adds flags and takes others away. Gives the flags that there are now, of those messages that are there. */
  changeFlags(
    uids: readonly number[],
    flags: { add: readonly string[]; remove: readonly string[] },
  ): Promise<{ uid: number; flags: readonly string[] }[]>
  /** Moves messages to another mailbox: by MOVE, or by a copy that is there before they go. */
  move(uids: readonly number[], path: string): Promise<Moved>
  /** Deletes these for good and no others, whatever else is marked as deleted. Gives those that were there. */
  expunge(uids: readonly number[]): Promise<number[]>
}

export interface ImapClient {
  /** False once the connection has ended, for whatever reason. */
  readonly isOpen: boolean
  mailboxes(): Promise<Mailbox[]>
  /** Opens a mailbox to read; nothing is marked as seen by that. One at a time: others wait. */
  inMailbox<T>(path: string, work: (mailbox: OpenMailbox) => Promise<T>): Promise<T>
  /** Opens a mailbox to change what is in it. */
  changing<T>(path: string, work: (mailbox: ChangingMailbox) => Promise<T>): Promise<T>
  /** Puts a message into a mailbox. */
  append(path: string, bytes: Buffer, flags: readonly string[]): Promise<void>
  /** Says goodbye where that takes no time, and closes. */
  close(): Promise<void>
}
