/** Files → what is searched of them, in a worker. */
import { DocumentProblem } from '../../../documents/document.ts'
import {
  type FileBytes,
  type NotRead,
  type ReadFile,
  type ReadRecognised,
  readDocument,
  readRecognised,
} from '../../../search/reading/read.ts'
import { type Measure, openMeasure } from '../../../search/reading/tokens.ts'

/** By the folder of the model: a tokenizer takes longer to load than a file to read. */
const measures = new Map<string | undefined, Promise<Measure>>()

export async function readForSearch(
  files: readonly FileBytes[],
  model: string | undefined,
): Promise<(ReadFile | NotRead)[]> {
  const measure = await measureOf(model)
  const results: (ReadFile | NotRead)[] = []
  for (const file of files) results.push(await readDocument(file, { measure }).catch(damaged))
  return results
}

export const readRecognisedText = async (
  text: string,
  part: number,
  size: number,
  model: string | undefined,
): Promise<ReadRecognised> => readRecognised(text, part, size, { measure: await measureOf(model) })

function measureOf(model: string | undefined): Promise<Measure> {
  const opening = measures.get(model) ?? openMeasure(model)
  measures.set(model, opening)
  return opening
}

const damaged = (thrown: unknown): NotRead => {
  if (thrown instanceof DocumentProblem) return { problem: thrown.message }
  return {
    problem: `It can’t be read; it may be damaged: ${thrown instanceof Error ? thrown.message : 'unknown'}`,
  }
}
