/** A mail that lies as a file: who, what about, and its text. Attachments are files of their own, and not read here. */
import PostalMime, { type Address } from 'postal-mime'
import { type Block, headingOf } from '../text/block.ts'
import { readHtml } from '../text/html.ts'
import { readPlain } from '../text/plain.ts'

const MAX_DEPTH = 64
const MAX_HEADERS = 256 * 1024
/** What was attached takes more; the parser takes ever longer with each line. */
const MAX_LINES = 50_000
/** Of those that a mail went to, and of its attachments. */
const MAX_NAMED = 50

/** Each block lies in the whole of the file: where the parts of a mail lie in it is not told. */
export async function readEmail(bytes: Buffer): Promise<Block[]> {
  const mail = await PostalMime.parse(firstLines(bytes), {
    maxNestingDepth: MAX_DEPTH,
    maxHeadersSize: MAX_HEADERS,
  })
  const subject = headingOf(mail.subject ?? '')
  const about = [
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
  const body = bodyOf(mail.text ?? '', mail.html ?? '')
  return [about, ...body]
    .filter((content) => content.trim() !== '')
    .map((content) => ({
      headings: subject ? [subject] : [],
      start: 0,
      end: bytes.length,
      content: content.toWellFormed(),
    }))
}

function bodyOf(text: string, html: string): string[] {
  if (text.trim() !== '') return [...readPlain(text)].map(({ start, end }) => text.slice(start, end))
  return [...readHtml(html)].map(({ content = '' }) => content)
}

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
