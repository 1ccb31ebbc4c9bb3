/** Bytes of a file → what is searched of it. */
import type { Block } from './block.ts'
import { type Format, formatOf, READERS } from './formats.ts'
import { decodeText, type SourceText } from './source-text.ts'

/** Of a longer file the beginning is read, and it is said so. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024

export interface ReadFile {
  format: Format
  source: SourceText
  blocks: Block[]
}

/** Undefined for what is no text. Rejects with what a library throws of a file that it can't read. */
export async function readDocument(name: string, bytes: Buffer): Promise<ReadFile | undefined> {
  const format = formatOf(name)
  if (format === undefined) return undefined
  const { analyse } = await import('chardet')
  const source = decodeText(bytes, (part) => analyse(part).at(0)?.name)
  if (!source) return undefined
  return { format, source, blocks: await blocksOf(format, source.text, bytes) }
}

async function blocksOf(format: Format, text: string, bytes: Buffer): Promise<Block[]> {
  if (format === 'html') return (await import('./html.ts')).readHtml(text)
  if (format === 'email') return (await import('./email.ts')).readEmail(bytes, text.length)
  return READERS[format](text)
}
