/** Folders that are not reachable, although they lie within the root: a server's own state, for one. */
import { realpathSync, statSync } from 'node:fs'
import type { Held } from './descriptors.ts'
import { namesBelow } from './paths.ts'
import { isTemporary } from './temporaries.ts'

export class Hidden {
  /** By identity, which holds wherever they are moved or mounted. */
  readonly #ids = new Set<string>()
  /** By place, which holds for those that do not exist yet. */
  readonly #places: string[][] = []
  #hasFiles = false

  /** `paths` are real paths; those outside the root count too, since they may be mounted within. */
  constructor(paths: readonly string[], root: string) {
    for (const path of paths) {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
      if (stats) this.#ids.add(`${stats.dev}:${stats.ino}`)
      if (stats && !stats.isDirectory()) this.#hasFiles = true
      const place = namesBelow(root, stats ? realpathSync(path) : path)
      if (place !== undefined && place.length > 0) this.#places.push(place)
    }
  }

  get any(): boolean {
    return this.#ids.size > 0 || this.#places.length > 0
  }

  /** Whether a file, or something else, may be one of them wherever it lies, so that it has to be held to find out. */
  mayBeAnywhere({ isFile }: { isFile: boolean }): boolean {
    return this.any && (!isFile || this.#hasFiles)
  }

  /**
   * Whether it is one of them, or a file that is being written. `names` lead to it from the root, links resolved; `held` is
   * undefined if absent.
   */
  covers(names: readonly string[], held: Held | undefined): boolean {
    if (isTemporary(names.at(-1) ?? '')) return true
    if (!this.any) return false
    if (held && this.#ids.has(held.id)) return true
    return this.#places.some((place) => place.length === names.length && startsWith(place, names))
  }

  /** Whether one of them lies anywhere below. */
  anyBelow(names: readonly string[]): boolean {
    return this.#places.some((place) => startsWith(place, names))
  }
}

const startsWith = (names: readonly string[], start: readonly string[]): boolean =>
  start.every((name, index) => names[index] === name)
