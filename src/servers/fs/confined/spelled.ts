/** Finds what a path means that is spelled otherwise than on disk. */
import { alikes } from './alike.ts'
import type { Root } from './root.ts'
import { walk } from './walk.ts'

/**
 * The names of `names`, those replaced that are not there by the only ones that look like them; undefined where all are
 * there, and where one is not and none or several look like it. May throw as `walk` does.
 */
export function spelledAs(root: Root, names: readonly string[]): string[] | undefined {
  if (isThere(root, names)) return undefined
  const spelled: string[] = []
  for (const name of names) {
    using place = walk(root, [...spelled, name], { follow: true, terse: true })
    if (place.held) {
      spelled.push(name)
      continue
    }
    const [only, ...others] = alikes(root, place.names.slice(0, -1), place.folder ?? root.held, name)
    if (only === undefined || others.length > 0) return undefined
    spelled.push(only)
  }
  return spelled
}

function isThere(root: Root, names: readonly string[]): boolean {
  try {
    using place = walk(root, names, { follow: true, terse: true })
    return place.held !== undefined
  } catch {
    return false
  }
}
