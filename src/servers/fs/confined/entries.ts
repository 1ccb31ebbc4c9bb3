/** What is in a folder, without what is hidden. */
import { isUtf8 } from 'node:buffer'
import { type Dir, lstatSync } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { type Held, hold, inside } from './descriptors.ts'
import { type DiskName, shownName } from './names.ts'
import { errnoOf } from './problems.ts'
import type { Root } from './root.ts'
import { isTemporary } from './temporaries.ts'

export type Kind = 'file' | 'folder' | 'link' | 'other'

interface KindTests {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

export const kindOf = (entry: KindTests): Kind =>
  entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other'

export interface RawEntry {
  readonly name: DiskName
  readonly shown: string
  readonly kind: Kind
}

/** Lists a folder in no order. `names` lead to it from the root. What is being written is there where `all` is asked for. */
export async function* entriesOf(
  root: Root,
  folder: Held,
  names: readonly string[],
  all = false,
): AsyncGenerator<RawEntry> {
  // The type declarations lack the encoding that gives names as bytes.
  const dir: Dir = await opendir(folder.path, { encoding: 'buffer' as BufferEncoding, bufferSize: 256 })
  for await (const entry of dir) {
    const bytes = entry.name as unknown as Buffer
    const name = isUtf8(bytes) ? bytes.toString() : bytes
    const shown = shownName(bytes)
    const kind = kindOf(entry)
    if ((all && isTemporary(name)) || !isHidden(root, folder, [...names, shown], { name, kind }))
      yield { name, shown, kind }
  }
}

function isHidden(
  root: Root,
  folder: Held,
  names: readonly string[],
  { name, kind }: Pick<RawEntry, 'name' | 'kind'>,
): boolean {
  if (!root.hidden.mayBeAnywhere({ isFile: kind === 'file' })) return root.hidden.covers(names, undefined)
  try {
    using held = hold(folder, name)
    return root.hidden.covers(names, held)
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error
    return root.hidden.covers(names, undefined)
  }
}

/** Size and time of an entry, of a link itself; undefined if it is gone or can't be looked at. */
export function detailsOf(folder: Held, name: DiskName): { size: number; modified: Date } | undefined {
  try {
    const { size, mtime } = lstatSync(inside(folder, name))
    return { size, modified: mtime }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EACCES') return undefined
    throw error
  }
}
