/** A mail that lies as a file: who, what about, and its text. Attachments are files of their own, and not read here. */
import PostalMime, { type Address } from 'postal-mime'
import type { Block } from './block.ts'
import { readHtml } from './html.ts'
import { readPlain } from './plain.ts'

const MAX_DEPTH = 64
const MAX_HEADERS = 64 * 1024

/** `length` is that of the file's text: where the parts of a mail lie in it is not told, so that each lies in all of it. */
export async function readEmail(bytes: Buffer, length: number): Promise<Block[]> {
  const mail = await PostalMime.parse(bytes, { maxNestingDepth: MAX_DEPTH, maxHeadersSize: MAX_HEADERS })
  const headings = mail.subject ? [mail.subject] : []
  const place = { start: 0, end: length, headings }
  const about = [
    ['From', mail.from && named(mail.from)],
    ['To', mail.to?.map(named).join(', ')],
    ['Date', mail.date],
    ['Attachments', mail.attachments.flatMap(({ filename }) => filename ?? []).join(', ')],
  ]
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
  const text = mail.text ?? ''
  const body = text.trim()
    ? readPlain(text).map(({ start, end }) => text.slice(start, end))
    : readHtml(mail.html ?? '').map(({ content }) => content ?? '')
  return [about, ...body].filter((content) => content !== '').map((content) => ({ ...place, content }))
}

const named = ({ name, address = '' }: Address): string => (name ? `${name} <${address}>` : address)
