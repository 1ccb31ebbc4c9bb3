/** All that is measured of searching files. */
import type { Figures } from '../report.ts'
import { measureEmbedding } from './embedding.ts'
import { measureFiles } from './files.ts'
import { measureLibrary } from './library.ts'

export async function measureSearch(quick: boolean, say: (line: string) => void): Promise<Figures> {
  say('embedding, against bare onnxruntime')
  const embedding = await measureEmbedding(quick, say)
  say('many small files')
  const files = await measureFiles(quick, say)
  say('searching many texts')
  return { ...(await measureLibrary(quick, say)), ...embedding, ...files }
}
