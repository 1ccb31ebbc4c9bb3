/**
 * Names that look alike and differ in their bytes: macOS puts U+202F into the names of screenshots and takes accents apart,
 * phones put marks of direction before a name, word processors make quotes curly. No person and no model writes them so.
 */
import { opendirSync } from 'node:fs'
import { type Held, hold } from './descriptors.ts'
import { escapedBytes, shownName } from './names.ts'
import type { Root } from './root.ts'

/** How many names of a folder are compared; in a larger one none is known to be the only one that looks so. */
const MAX_COMPARED = 50_000

const SINGLE_QUOTES = /[\u2018-\u201b\u2032\u02b9\u02bb\u02bc\u00b4`\uff07]/g
const DOUBLE_QUOTES = /[\u201c-\u201f\u2033\u02ba\uff02]/g

/** What names that look alike have in common (NFKC of UAX #15, one kind of space and quote, and nothing that isn't seen). */
export const looks = (name: string): string =>
  name
    .replace(SINGLE_QUOTES, "'")
    .replace(DOUBLE_QUOTES, '"')
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/\p{Zs}/gu, ' ')

/** The names in a folder that look like `name` and are others, as they are shown; none of a folder that can't be listed. */
export function alikes(root: Root, path: readonly string[], folder: Held, name: string): string[] {
  const wanted = looks(name)
  const found: string[] = []
  try {
    using entries = opendirSync(folder.path, { encoding: 'buffer' as BufferEncoding, bufferSize: 1000 })
    for (let compared = 0, entry = entries.readSync(); entry; entry = entries.readSync()) {
      if (++compared > MAX_COMPARED) return []
      const shown = shownName(Buffer.from(entry.name))
      if (shown === name || looks(shown) !== wanted) continue
      using held = hold(folder, escapedBytes(shown) ?? shown)
      if (held && !root.hidden.covers([...path, shown], held)) found.push(shown)
    }
  } catch {
    return []
  }
  return found.sort()
}

/** A name in quotes, with the characters by which it differs from another that looks like it: `"a b" (with U+202F)`. */
export function told(name: string, other: string): string {
  const others = new Set(other)
  const own = [...new Set(name)].filter((char) => !others.has(char) && char > '\u007f').map(codePoint)
  return own.length === 0 ? JSON.stringify(name) : `${JSON.stringify(name)} (with ${own.join(', ')})`
}

const codePoint = (char: string): string =>
  `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
