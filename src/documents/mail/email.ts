/** A mail that lies as a file: who, what about, and its text. Attachments are files of their own, and not read here. */
import PostalMime, { type Address, type Email } from 'postal-mime'
import { type Block, type Document, documentProblem, type ReadOptions } from '../document.ts'
import { headingOf, placed, type TextBlock } from '../text/block.ts'
import { readPlain } from '../text/plain.ts'
import { plainText } from '../text.ts'
import { type Found, readMailHtml } from './html.ts'

const MAX_DEPTH = 64
const MAX_HEADERS = 256 * 1024
/** What was attached takes more; the parser takes ever longer with each line. */
const MAX_LINES = 50_000
/** Of those that a mail went to, and of its attachments. */
const MAX_NAMED = 50

/** Throws a DocumentProblem. */
export async function readEmail(bytes: Buffer, { name, signal }: ReadOptions): Promise<Document> {
  signal?.throwIfAborted()
  const mail = await parsed(bytes, name)
  const title = plainText(headingOf(mail.subject ?? ''))
  return { ...(title !== '' && { title }), blocks: () => blocksOf(mail) }
}

async function parsed(bytes: Buffer, name: string): Promise<Email> {
  try {
    return await PostalMime.parse(firstLines(bytes), {
      maxNestingDepth: MAX_DEPTH,
      maxHeadersSize: MAX_HEADERS,
    })
  } catch (cause) {
    throw documentProblem(name, 'damaged', 'its parts are nested too deep, or its headers too long', cause)
  }
}

async function* blocksOf(mail: Email): AsyncGenerator<Block> {
  for (const block of writtenIn(mail)) {
    const clean = placed(block, {})
    if (clean) yield clean
  }
}

function* writtenIn(mail: Email): Generator<TextBlock> {
  yield { kind: 'paragraph', text: aboutOf(mail), start: 0, end: 0 }
  const { text = '', html = '' } = mail
  if (text.trim() !== '') return yield* readPlain(text)
  const found: Found = { hasUnseen: false, farPictures: 0 }
  yield* readMailHtml(html, found)
  if (found.hasUnseen) yield { kind: 'remark', text: 'Invisible text was left out.', start: 0, end: 0 }
}

const aboutOf = (mail: Email): string =>
  [
    ['Subject', mail.subject],
    ['From', mail.from && named(mail.from)],
    ['To', list(mail.to?.map(named))],
    ['Cc', list(mail.cc?.map(named))],
    ['Date', mail.date],
    ['Attachments', list(mail.attachments.flatMap(({ filename }) => filename ?? []))],
  ]
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')

const named = ({ name, address = '' }: Address): string => (name ? `${name} <${address}>` : address)
const list = (all: readonly string[] = []): string => all.slice(0, MAX_NAMED).join(', ')

function firstLines(bytes: Buffer): Buffer {
  let end = 0
  for (let lines = 0; lines < MAX_LINES; lines++) {
    const newline = bytes.indexOf('\n', end)
    if (newline === -1) return bytes
    end = newline + 1
  }
  return bytes.subarray(0, end)
}
