/** A library in a folder of its own, and files and vectors for it. */
import { createHash } from 'node:crypto'
import { openDatabase } from '../../../host/database.ts'
import type { Database } from '../../../protocol/database.ts'
import { LIBRARY_STEPS, Library, type NewPiece } from '../library.ts'

export interface OpenLibrary extends AsyncDisposable {
  library: Library
  database: Database
}

export async function openLibrary(folder: string): Promise<OpenLibrary> {
  const database = await openDatabase({ folder, name: 'search', steps: LIBRARY_STEPS })
  return { library: new Library(database), database, [Symbol.asyncDispose]: () => database.close() }
}

export const digestOf = (text: string): Uint8Array => createHash('sha256').update(text).digest()

/** One that stands on the line of that number. */
export function piece(content: string, line = 1, headings: readonly string[] = []): NewPiece {
  const digest = digestOf([...headings, content].join('\n'))
  const place = {
    startLine: line,
    endLine: line,
    startByte: line * 100,
    endByte: line * 100 + content.length,
  }
  return { headings, content, digest, ...place }
}

/** Puts a file into the library as if it had been read. */
export async function addFile(
  library: Library,
  path: string,
  contents: readonly (string | NewPiece)[],
  own: { version?: string; modifiedAt?: number; format?: string; language?: string } = {},
): Promise<number> {
  const { version = '1', modifiedAt = 0, format = 'text', language = '' } = own
  const { id } = await library.begin({ path, version, modifiedAt, format })
  const pieces = contents.map((one, i) => (typeof one === 'string' ? piece(one, i + 1) : one))
  await library.finish(id, language, pieces)
  return id
}

/** The same numbers for the same text, of length 1, and otherwise as if by chance. */
export function vectorOf(text: string, dimensions: number): Float32Array {
  const bytes = createHash('shake256', { outputLength: dimensions * 2 })
    .update(text)
    .digest()
  return unit(Float32Array.from({ length: dimensions }, (_, i) => bytes.readUInt16LE(i * 2) / 32_768 - 1))
}

export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((one) => one / length)
}

/** Gives each text that waits for one its vector. */
export async function embedAll(library: Library, model: number, dimensions: number): Promise<void> {
  for (;;) {
    const waiting = library.withoutVector(model, 500)
    if (waiting.length === 0) return
    await library.addVectors(
      model,
      waiting.map(({ digest, content }) => ({ digest, vector: vectorOf(content, dimensions) })),
    )
  }
}
