/** The texts of a message: which of them are fetched, and how they read together. */
import type { JobOwner } from '../../../framework/workers/pool.ts'
import type { MessageHeading, OpenMailbox, Part } from '../imap/client.ts'
import { type Remarks, remarksOn, remarksOnPackage } from './remarks.ts'
import { isPackage, placesOf } from './texts.ts'
import type { Workers } from './workers.ts'

/** Of a text, as it is sent; more of a message is not read. In bytes. */
const MAX_TEXT_BYTES = 512 * 1024
/** Of a package of Outlook, in which its text comes before its files. */
const MAX_PACKAGE_BYTES = 4 * 1024 * 1024

/** A message as it is kept: its text as Markdown, and what is said of it besides. */
export interface MessageText {
  text: string
  remarks: readonly string[]
}

interface Piece {
  /** Of a message within this one that begins here. */
  message: MessageHeading | undefined
  texts: { part: Part; bytes: Buffer }[]
  /** Of a package of Outlook. */
  packed?: Buffer
}

/** Undefined where the message is gone. */
export async function fetchTexts(
  open: OpenMailbox,
  uid: number,
  parts: readonly Part[],
): Promise<Piece[] | undefined> {
  const pieces: Piece[] = []
  for (const { ways, message } of placesOf(parts)) {
    const texts = await firstWithText(open, uid, ways)
    if (!texts) return undefined
    pieces.push({ message: message?.message, texts })
  }
  const packed = parts.find(isPackage)
  if (packed) {
    const bytes = await open.part(uid, packed, MAX_PACKAGE_BYTES)
    if (!bytes) return undefined
    pieces.push({ message: undefined, texts: [], packed: bytes })
  }
  return pieces
}

async function firstWithText(
  open: OpenMailbox,
  uid: number,
  ways: readonly (readonly Part[])[],
): Promise<Piece['texts'] | undefined> {
  for (const way of ways) {
    const texts: Piece['texts'] = []
    for (const part of way) {
      const bytes = await open.part(uid, part, MAX_TEXT_BYTES)
      if (!bytes) return undefined
      texts.push({ part, bytes })
    }
    if (texts.some(({ bytes }) => !isBlank(bytes))) return texts
  }
  return []
}

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte <= 0x20)

export async function readPieces(
  workers: Workers,
  call: JobOwner,
  parts: readonly Part[],
  pieces: readonly Piece[],
): Promise<MessageText> {
  const said: string[] = []
  const found: Remarks[] = []
  const more: string[] = []
  let isCut = false
  for (const { message, texts, packed } of pieces) {
    if (message) said.push(beginningOf(message))
    for (const { part, bytes } of texts) {
      const { type, charset, parameters = {} } = part
      isCut ||= bytes.length >= MAX_TEXT_BYTES
      const { text, remarks } = await workers.run(
        call,
        'readText',
        [bytes, { type, charset, parameters }],
        [bytes],
      )
      said.push(text)
      found.push(remarks)
    }
    if (packed) {
      const isPart = packed.length >= MAX_PACKAGE_BYTES
      const read = await workers.run(call, 'readPackage', [packed], [packed])
      more.push(...remarksOnPackage(read, isPart))
      // Programs that make one send the same text beside it, if any.
      const own = said.some((text) => text !== '') ? [] : [read]
      said.push(...own.map(({ text }) => text))
      for (const inner of read.messages) said.push(beginningOf(inner.heading), inner.text)
      found.push(...[...own, ...read.messages].map(({ remarks }) => remarks))
    }
  }
  if (isCut) more.push('It is longer than what is read of it.')
  return {
    text: said.filter((one) => one !== '').join('\n\n'),
    remarks: remarksOn(parts, found, more),
  }
}

/** As mail programs write it above what they forward. */
function beginningOf({ subject, from, to, sentAt }: MessageHeading): string {
  const people = (all: MessageHeading['from']) =>
    all
      .slice(0, MAX_NAMES)
      .map(({ name, address }) => (name && address ? `${name} <${address}>` : name || address))
      .join(', ')
  return [
    '--- A message within this one ---',
    `Subject: ${subject || '(none)'}`,
    `From: ${people(from)}`,
    `To: ${people(to)}`,
    sentAt !== undefined && `Date: ${new Date(sentAt).toISOString()}`,
  ]
    .filter(Boolean)
    .join('\n')
}

const MAX_NAMES = 20
