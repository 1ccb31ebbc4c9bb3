/** Files → what is searched of them, in a worker. */
import { type Block, type Document, DocumentProblem, type ReadOptions } from '../../../documents/document.ts'
import { plainText } from '../../../documents/text.ts'
import { type FileBytes, type NotRead, type ReadFile, readDocument } from '../../../search/reading/read.ts'
import { type Measure, openMeasure } from '../../../search/reading/tokens.ts'
import { paragraphsIn } from '../docx/content.ts'
import { MAX_DOCX_PARAGRAPHS } from '../limits.ts'

/** By the folder of the model: a tokenizer takes longer to load than a file to read. */
const measures = new Map<string | undefined, Promise<Measure>>()
const readers = { docx: readDocx }

export async function readForSearch(
  files: readonly FileBytes[],
  model: string | undefined,
): Promise<(ReadFile | NotRead)[]> {
  const opening = measures.get(model) ?? openMeasure(model)
  measures.set(model, opening)
  const measure = await opening
  const results: (ReadFile | NotRead)[] = []
  for (const file of files) results.push(await readDocument(file, { measure, readers }).catch(damaged))
  return results
}

const damaged = (thrown: unknown): NotRead => {
  if (thrown instanceof DocumentProblem) return { problem: thrown.message }
  return {
    problem: `It can’t be read; it may be damaged: ${thrown instanceof Error ? thrown.message : 'unknown'}`,
  }
}

async function readDocx(bytes: Buffer, { name }: ReadOptions): Promise<Document> {
  const wanted = { offset: 0, limit: MAX_DOCX_PARAGRAPHS, maxBytes: Number.POSITIVE_INFINITY }
  const { paragraphs } = paragraphsIn(bytes, name, wanted)
  return { blocks: () => blocksOf(paragraphs) }
}

async function* blocksOf(paragraphs: readonly { text: string }[]): AsyncGenerator<Block> {
  for (const { text } of paragraphs)
    if (text.trim() !== '') yield { kind: 'paragraph', text: plainText(text), place: {} }
}
