/**
 * Watches folders for changes (inotify). What it tells is a hint and nothing more: that something may have changed, by a name that may be
 * another's by now.
 */
import { type FSWatcher, watch } from 'node:fs'
import type { Rules } from './rules.ts'

/** Folders that are watched at most: each takes memory here, and a watch of those that the kernel gives one user. */
export const MOST_WATCHED = 8192
/** From so many changes in one folder on all of it is looked at. */
const MOST_NAMES = 1000

export interface Change {
  /** What holds above the folder. */
  above: Rules | undefined
  /** What may have changed in it; undefined for all. */
  names: Set<string> | undefined
}

interface Watched {
  watcher: FSWatcher
  above: Rules | undefined
  /** The look in which it was seen last. */
  round: number
}

export class Watching {
  readonly #watched = new Map<string, Watched>()
  readonly #onChange: () => void
  readonly #most: number
  #changes = new Map<string, Change>()
  #round = 0
  #isComplete = true

  constructor(onChange: () => void, most = MOST_WATCHED) {
    this.#onChange = onChange
    this.#most = most
  }

  /** Whether every folder is watched that there is. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  get size(): number {
    return this.#watched.size
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0
  }

  /** A look at all folders begins: what it does not come by is watched no longer once it has ended. */
  begin(): void {
    this.#round++
    this.#isComplete = true
  }

  end(): void {
    for (const [path, { round }] of this.#watched) if (round < this.#round) this.#drop(path)
  }

  /** `heldPath` leads to the folder now. */
  add(path: string, heldPath: string, above: Rules | undefined): void {
    const known = this.#watched.get(path)
    if (known) {
      known.round = this.#round
      known.above = above
      return
    }
    if (this.#watched.size >= this.#most) {
      this.#isComplete = false
      return
    }
    try {
      const watcher = watch(heldPath, { persistent: false, encoding: 'buffer' }, (_, name) => {
        this.#note(path, name?.toString())
      })
      watcher.on('error', () => this.#drop(path))
      this.#watched.set(path, { watcher, above, round: this.#round })
    } catch {
      // No watches are left, or the file system has none.
      this.#isComplete = false
    }
  }

  /** Folders below which something has changed since this was asked last. */
  take(): Map<string, Change> {
    const changes = this.#changes
    this.#changes = new Map()
    return changes
  }

  /** They are watched no longer. */
  dropBelow(folder: string): void {
    for (const path of this.#watched.keys())
      if (path === folder || path.startsWith(`${folder === '/' ? '' : folder}/`)) this.#drop(path)
  }

  close(): void {
    for (const path of this.#watched.keys()) this.#drop(path)
  }

  #note(path: string, name: string | undefined): void {
    const watched = this.#watched.get(path)
    if (!watched) return
    const change = this.#changes.get(path) ?? { above: watched.above, names: new Set<string>() }
    if (name === undefined || change.names === undefined || change.names.size >= MOST_NAMES)
      change.names = undefined
    else change.names.add(name)
    this.#changes.set(path, change)
    this.#onChange()
  }

  #drop(path: string): void {
    this.#watched.get(path)?.watcher.close()
    this.#watched.delete(path)
  }
}
