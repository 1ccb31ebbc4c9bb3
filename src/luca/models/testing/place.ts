/** A generated model to be pulled, and folders of models with luca on them. */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateModel } from '../../../models/testing/generate.ts'
import { session } from '../../fixtures/session.ts'

export interface Places extends Disposable {
  /** A folder for whatever a test needs. */
  base: string
  /** The model's file, what is in it, and its SHA-256. */
  source: string
  file: Buffer
  digest: string
  /** A fresh folder of models. */
  place(env?: NodeJS.ProcessEnv): {
    folder: string
    files(): string[]
    luca(...words: string[]): ReturnType<typeof session>
  }
}

export function places(): Places {
  const base = mkdtempSync(join(tmpdir(), 'luca-model-'))
  const source = join(base, 'noise.gguf')
  generateModel(source)
  const file = readFileSync(source)
  let folders = 0
  return {
    base,
    source,
    file,
    digest: createHash('sha256').update(file).digest('hex'),
    place(env = {}) {
      const folder = join(base, `models-${folders++}`)
      return {
        folder,
        files: () => (existsSync(folder) ? readdirSync(folder).sort() : []),
        luca: (...words) => session(['model', ...words], { env: { LLMBDO_MODELS_DIR: folder, ...env } }),
      }
    },
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  }
}
