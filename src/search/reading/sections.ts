/** Blocks → sections: each with the headings above it. */
import type { Document } from '../../documents/document.ts'
import { HeadingPath } from '../../documents/headings.ts'
import type { ReadText } from '../../documents/text/block.ts'
import type { Section } from './cut.ts'

/** `isAsWritten` says that people read the text as it stands in the file. */
export function* sectionsOf(text: string, read: ReadText, isAsWritten: boolean): Generator<Section> {
  const path = new HeadingPath()
  for (const block of read(text)) {
    const headings = path.of(block)
    const { kind, start, end } = block
    if (kind === 'title') continue
    const content = block.text.toWellFormed()
    const isWritten = isAsWritten || content === text.slice(start, end)
    yield { headings, start, end, ...(!isWritten && { content }) }
  }
}

/** What is no text of a document. */
export interface Aside {
  /** What the reader says about it. */
  remarks: string[]
  /** The parts that may be pictures of text; 0 is all of it. */
  scans: number[]
}

/** What is no text of the document goes to `aside`. */
export async function* sectionsOfDocument(document: Document, aside: Aside): AsyncGenerator<Section> {
  const path = new HeadingPath(document.title)
  for await (const block of document.blocks()) {
    if (block.kind === 'remark') {
      if (block.isPicture) aside.scans.push(block.place.part ?? 0)
      else aside.remarks.push(block.text)
      continue
    }
    yield { headings: path.of(block), start: 0, end: 0, content: block.text, place: block.place }
  }
}
