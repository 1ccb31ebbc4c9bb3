/** The embedding model that the project comes with: where it lies, and how it is opened. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SHIPPED_MODEL } from '../../contracts/shipped-model.ts'
import { type Embedder, EmbedderError } from './embedder.ts'
import type { OnnxOptions } from './onnx-embedder.ts'

export { SHIPPED_MODEL }

/** Beside the programs. scripts/embedding/model.ts makes it. */
const FOLDER = `embedding/${SHIPPED_MODEL}`
/** SHA-256 of the model. Another one is another model, and every index is made anew. */
export const SHIPPED_MODEL_DIGEST = '056f6bf9f46656f56eaad94cca89fe51ff49274c234e8116a09e5311f46a4a41'
/** Beside it: words of the language that it knows, one on each line. */
export const ENGLISH_WORDS = 'english-words.txt'
/** Of its files the one that is written last. */
const LAST_FILE = 'sentence_bert_config.json'

/** Its folder, for a module whose `import.meta.url` is `base`: a bundle in the folder of programs, or a source. */
export function shippedModelFolder(base = import.meta.url): string {
  const programs = base.endsWith('.ts') ? new URL('../../../dist/', import.meta.url) : new URL('./', base)
  return join(fileURLToPath(programs), FOLDER)
}

/** Whether the model is there. It arrives after the programs where the project runs from its own folder. */
export const isShippedModelThere = (folder = shippedModelFolder()): boolean =>
  existsSync(join(folder, LAST_FILE))

/** Opens it. Rejects with an EmbedderError where it is not there, or is damaged. */
export async function openShippedEmbedder({
  folder = shippedModelFolder(),
  ...options
}: OnnxOptions & { folder?: string } = {}): Promise<Embedder> {
  if (!isShippedModelThere(folder))
    throw new EmbedderError(`The model that ships is not in ${folder}; run "make build".`)
  const { openOnnxEmbedder } = await import('./onnx-embedder.ts')
  const id = `shipped:${SHIPPED_MODEL_DIGEST.slice(0, 32)}`
  return await openOnnxEmbedder(folder, { id, ...options })
}
