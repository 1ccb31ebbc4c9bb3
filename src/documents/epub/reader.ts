/** Books: EPUB 2 and 3. */
import type { Block, Document, DocumentReader, ReadOptions } from '../document.ts'
import { Package } from '../package/package.ts'
import { propertiesOf } from '../package/properties.ts'
import { placed } from '../text/block.ts'
import { encodingOf } from '../text/encoding.ts'
import { readHtml } from '../text/html.ts'
import { type Chapter, type Publication, publicationIn } from './publication.ts'

/** Throws a DocumentProblem. */
export const readEpub: DocumentReader = async (bytes, options) => {
  const book = new Package(bytes, options)
  const publication = publicationIn(book)
  const names = publication.chapters.map(({ name }) => name ?? '')
  return {
    ...propertiesOf(book, publication.root),
    parts: { kind: 'chapter', count: names.length, ...(names.some((name) => name !== '') && { names }) },
    blocks: () => blocksOf(book.again(), publication, options),
  } satisfies Document
}

async function* blocksOf(
  book: Package,
  { chapters }: Publication,
  { parts: { first, last } = { first: 1, last: chapters.length } }: ReadOptions,
): AsyncGenerator<Block> {
  for (const [i, chapter] of chapters.entries()) {
    const part = i + 1
    if (part < first || part > last) continue
    yield* blocksIn(book, chapter, { part, ...(chapter.name !== undefined && { name: chapter.name }) })
  }
}

async function* blocksIn(
  book: Package,
  { part, isText }: Chapter,
  place: Block['place'],
): AsyncGenerator<Block> {
  if (!book.has(part)) return yield { kind: 'remark', text: `Chapter ${place.part} is missing.`, place }
  if (!isText) return
  const bytes = book.bytes(part) ?? Buffer.alloc(0)
  const encoding = await encodingOf(bytes)
  if (!encoding) return yield { kind: 'remark', text: `Chapter ${place.part} is no text.`, place }
  const text = new TextDecoder(encoding.encoding).decode(bytes)
  for (const block of readHtml(text, { isXhtml: true })) {
    // The name of the book, or of the chapter, is what its heading says too.
    const clean = block.kind === 'title' ? undefined : placed(block, place)
    if (clean) yield clean
  }
}
