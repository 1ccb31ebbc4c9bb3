/** Which parts of a message people read. */
import type { Part } from '../imap/client.ts'

/** Texts of one message that are read. */
const MAX_TEXTS = 10

/** The plain texts, or else the HTML. */
export function textsOf(parts: readonly Part[]): Part[] {
  const texts = parts.filter(({ type, isAttachment }) => type.startsWith('text/') && !isAttachment)
  const plain = texts.filter(({ type, size }) => type === 'text/plain' && size > 0)
  const html = texts.filter(({ type }) => type === 'text/html')
  return (plain.length > 0 ? plain : html.length > 0 ? html : texts).slice(0, MAX_TEXTS)
}
