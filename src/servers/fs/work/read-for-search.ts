/** Files → what is searched of them, in a worker. */
import type { Block } from '../../../documents/text/block.ts'
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

const damaged = (thrown: unknown): NotRead => ({
  problem: `It can’t be read; it may be damaged: ${thrown instanceof Error ? thrown.message : 'unknown'}`,
})

function readDocx(bytes: Buffer, name: string): Block[] {
  const wanted = { offset: 0, limit: MAX_DOCX_PARAGRAPHS, maxBytes: Number.POSITIVE_INFINITY }
  return paragraphsIn(bytes, name, wanted)
    .paragraphs.filter(({ text }) => text.trim() !== '')
    .map(({ text }) => ({ headings: [], start: 0, end: bytes.length, content: text.toWellFormed() }))
}
