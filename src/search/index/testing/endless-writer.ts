/**
 * Puts files into a library and takes them out again, until it is killed. On its output stands each change: when it begins, and when
 * it was acknowledged. Arguments: the folder, and where its random choices begin.
 */
import { mkdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { usearch } from '../usearch.ts'
import { Vectors } from '../vectors.ts'
import { addFile, embedAll, openLibrary } from './library.ts'

export const DIMENSIONS = 16
export const SEGMENT_SIZE = 40
const MODEL = 'm'
const FILES = 30

/** What a file says in one of its versions. */
export const textsOf = (path: string, version: number): string[] =>
  Array.from({ length: 1 + ((version * 7) % 12) }, (_, i) => `${path} of version ${version}, part ${i}`)

if (import.meta.main) {
  const [folder = '', seed = '1'] = process.argv.slice(2)
  const say = (line: string) => writeSync(1, `${line}\n`)
  const { library } = await openLibrary(folder)
  const index = join(folder, 'index')
  mkdirSync(index, { recursive: true })
  const modelId = await library.modelId(MODEL, DIMENSIONS)
  const segments = { driver: usearch, dimensions: DIMENSIONS, segmentSize: SEGMENT_SIZE }
  const vectors = await Vectors.open({ library, folder: index, modelId, ...segments })
  let random = Number(seed)
  const next = (below: number) => {
    random = (random * 48_271) % 2_147_483_647
    return random % below
  }
  for (let version = Number(seed) * 1000; ; version++) {
    const path = `/files/${next(FILES)}`
    const isRemoval = next(4) === 0
    say(`begin ${path} ${isRemoval ? 'none' : version}`)
    if (isRemoval) {
      const file = library.file(path)
      if (file) await library.removeFile(file.id)
    } else await addFile(library, path, textsOf(path, version), { version: `${version}` })
    say(`end ${path} ${isRemoval ? 'none' : version}`)
    if (next(3) > 0) continue
    await embedAll(library, modelId, DIMENSIONS)
    await vectors.follow()
    if (next(5) === 0) {
      await library.sweep()
      await vectors.tidy()
    }
  }
}
