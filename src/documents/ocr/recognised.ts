/** What was read from pictures, in its place in a document. */
import type { Block, Document, Place } from '../document.ts'

export const RECOGNISED = 'Read from a picture by OCR, so it may have mistakes.'

/** The paragraphs of a text that OCR read (`OcrReader.read`). */
export const recognisedBlocks = (text: string, place: Place): Block[] =>
  text
    .split('\n\n')
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => ({ kind: 'paragraph', text: paragraph, isRecognised: true, place }))

/**
 * The document with the texts of parts that are pictures, by their numbers (0 is all of it), below a remark that says so. A part whose
 * text is empty is one without text.
 */
export function withRecognised<D extends Document>(document: D, texts: ReadonlyMap<number, string>): D {
  async function* blocks(): AsyncGenerator<Block> {
    for await (const block of document.blocks()) {
      const { isPicture, place } = block
      const text = isPicture ? texts.get(place.part ?? 0) : undefined
      if (text === undefined) yield block
      else if (text !== '') {
        yield { kind: 'remark', text: RECOGNISED, place }
        yield* recognisedBlocks(text, place)
      }
    }
  }
  return { ...document, blocks }
}
