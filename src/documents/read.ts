/** Bytes → a document, whatever its name says it is. */
import { type Block, type Document, documentProblem, type ReadOptions } from './document.ts'
import { type Format, formatOf, formatRow } from './formats.ts'
import { refuseCompoundFile } from './package/package.ts'
import { readerOf } from './readers.ts'
import { formatByBytes, formatOfText, isOfText } from './sniff.ts'
import { encodingOf } from './text/encoding.ts'
import { readTextDocument } from './text/text-document.ts'

/** Of one document: a book has some ten thousand blocks, a large sheet a hundred thousand rows. */
export const MAX_BLOCKS = 1_000_000
/** Of one document, in characters: a hundred thick books. */
export const MAX_TEXT = 64 * 1024 * 1024

export interface OpenedDocument extends Document {
  format: Format
}

/** Throws a DocumentProblem for what can't be read, and the signal's reason. */
export async function openDocument(bytes: Buffer, options: ReadOptions): Promise<OpenedDocument> {
  options.signal?.throwIfAborted()
  const format = await formatFor(bytes, options.name)
  const { text, document } = readerOf(format)
  const opened = text
    ? await readTextDocument(bytes, options, await text())
    : await (await document?.())?.(bytes, options)
  if (!opened) throw documentProblem(options.name, 'unsupported', 'files of this format are not read')
  return { ...opened, format, blocks: () => bounded(opened.blocks(), options) }
}

async function formatFor(bytes: Buffer, name: string): Promise<Format> {
  if (bytes.length === 0) throw documentProblem(name, 'damaged', 'it is empty')
  refuseCompoundFile(bytes, name)
  const found = formatByBytes(bytes)
  const named = formatOf(name)
  const isOfBytes = named !== undefined && named !== 'unknown' && !isOfText(named)
  if (found === 'zip') {
    if (isOfBytes && formatRow(named).inZip) return named
    throw documentProblem(name, 'unsupported', 'it is an archive: unpack it, and read the files in it')
  }
  if (found !== undefined) return found
  const encoding = await encodingOf(bytes.subarray(0, SAMPLE), bytes.length > SAMPLE)
  if (!encoding) {
    if (isOfBytes) return named
    throw documentProblem(name, 'unsupported', 'it is no text, and no document of a known format')
  }
  return formatOfText(name, new TextDecoder(encoding.encoding).decode(bytes.subarray(0, SAMPLE)))
}

/** How much tells the format of a text, in bytes. */
const SAMPLE = 4096

async function* bounded(blocks: AsyncIterable<Block>, { name, signal }: ReadOptions): AsyncGenerator<Block> {
  let count = 0
  let length = 0
  for await (const block of blocks) {
    signal?.throwIfAborted()
    length += block.text.length
    if (++count > MAX_BLOCKS || length > MAX_TEXT)
      throw documentProblem(name, 'too large', 'it has more text than is read of one document')
    yield block
  }
}
