/** A format that is text, read as a document. */
import { type Block, type Document, documentProblem, type ReadOptions } from '../document.ts'
import { plainText } from '../text.ts'
import { placed, type ReadText, type TextBlock } from './block.ts'
import { encodingOf } from './encoding.ts'
import { SourceText } from './source-text.ts'

/** Throws a DocumentProblem for what is no text. */
export async function readTextDocument(
  bytes: Buffer,
  { name, signal }: ReadOptions,
  read: ReadText,
): Promise<Document> {
  signal?.throwIfAborted()
  const encoding = await encodingOf(bytes)
  if (!encoding) throw documentProblem(name, 'unsupported', 'it is no text')
  const { text } = new SourceText({ bytes, start: 0, isCut: false }, encoding)
  const [first] = read(text)
  const title = first?.kind === 'title' ? plainText(first.text) : ''
  return { ...(title !== '' && { title }), blocks: () => withLines(text, read(text)) }
}

async function* withLines(text: string, blocks: Iterable<TextBlock>): AsyncGenerator<Block> {
  let line = 1
  let at = 0
  for (const block of blocks) {
    for (let next = newline(text, at); next < block.start; next = newline(text, at)) {
      line++
      at = next + 1
    }
    const clean = placed(block, { line })
    if (clean) yield clean
  }
}

function newline(text: string, from: number): number {
  const found = text.indexOf('\n', from)
  return found === -1 ? Number.POSITIVE_INFINITY : found
}
