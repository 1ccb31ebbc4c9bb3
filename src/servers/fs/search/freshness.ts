/** Keeps what is known of the files in step with them: when folders are looked through, and what of them. */

import { DatabaseError } from '../../../host/database.ts'
import type { Clock } from '../../../protocol/define.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { SearchedFolder } from './file-search.ts'
import type { Looking } from './looking.ts'
import { IGNORE_FILES, type Rules } from './rules.ts'
import { Serial } from './serial.ts'
import { Watching } from './watching.ts'

/** After so long all is looked through again, should a watch have missed something; sooner where not all is watched. */
const LOOK_AGAIN_MS = 10 * 60_000
const LOOK_UNWATCHED_MS = 60_000
/** After what has changed in quick succession, in milliseconds. */
const SETTLED_MS = 300
/** Files by whose content all in their folder is searched or not. */
const RULING: ReadonlySet<string> = new Set([...IGNORE_FILES, 'CACHEDIR.TAG', 'pyvenv.cfg'])

export interface FreshnessOptions {
  looking: Looking
  clock: Clock
  folders(): readonly string[]
  /** Something may have changed, and is to be looked at soon. */
  onChange(): void
}

export class Freshness {
  readonly #options: FreshnessOptions
  readonly #watching: Watching
  readonly #serial = new Serial()
  readonly #problems = new Map<string, string>()
  readonly #closing = new AbortController()
  #settled: NodeJS.Timeout | undefined
  #full: Promise<void> | undefined
  #lookedAt: number | undefined
  /** By the monotonic clock. */
  #lookedMono: number | undefined
  /** Whether something that the look in progress may have missed was chosen since it began. */
  #isExpired = false

  constructor(options: FreshnessOptions, mostWatched?: number) {
    this.#options = options
    this.#watching = new Watching(() => this.#hint(), mostWatched)
  }

  /** When all was looked through last in this process. */
  get lookedAt(): number | undefined {
    return this.#lookedAt
  }

  get isLooking(): boolean {
    return this.#full !== undefined
  }

  /** Whether there is anything to look at. */
  get isDue(): boolean {
    if (this.#watching.hasChanges || this.#lookedMono === undefined) return true
    const passed = this.#options.clock.monotonic() - this.#lookedMono
    return passed >= (this.#watching.isComplete ? LOOK_AGAIN_MS : LOOK_UNWATCHED_MS)
  }

  get folders(): SearchedFolder[] {
    return this.#options.folders().map((path) => ({ path, problem: this.#problems.get(path) }))
  }

  /** All is to be looked through again. */
  expire(): void {
    this.#isExpired = true
    this.#lookedMono = undefined
  }

  /** Looks at what may have changed; at all, where that is due. Rejects where it is closed meanwhile. */
  async look(): Promise<void> {
    if (this.#full) return this.#full
    const { clock } = this.#options
    const passed = this.#lookedMono === undefined ? Infinity : clock.monotonic() - this.#lookedMono
    if (passed < (this.#watching.isComplete ? LOOK_AGAIN_MS : LOOK_UNWATCHED_MS)) return this.#lookAtChanges()
    this.#full = this.#serial
      .run(() => this.#lookAtAll())
      .finally(() => {
        this.#full = undefined
      })
    return this.#full
  }

  async close(): Promise<void> {
    clearTimeout(this.#settled)
    this.#closing.abort(new DOMException('The server is stopping.', 'AbortError'))
    this.#watching.close()
    await this.#serial.run(async () => {})
  }

  #hint(): void {
    this.#settled ??= setTimeout(() => {
      this.#settled = undefined
      if (!this.#closing.signal.aborted) this.#options.onChange()
    }, SETTLED_MS).unref()
  }

  async #lookAtAll(): Promise<void> {
    const { clock, folders } = this.#options
    const began = clock.monotonic()
    this.#isExpired = false
    this.#watching.take()
    this.#watching.begin()
    for (const folder of folders()) await this.#lookAt(folder, undefined)
    this.#watching.end()
    this.#lookedMono = this.#isExpired ? undefined : began
    this.#lookedAt = clock.wall()
  }

  #lookAtChanges(): Promise<void> {
    return this.#serial.run(async () => {
      for (const [folder, { above, names }] of this.#watching.take()) {
        const isRuling = names === undefined || [...names].some((name) => RULING.has(name))
        const asked = isRuling ? undefined : names
        for (const name of asked ?? []) this.#watching.dropBelow(`${folder === '/' ? '' : folder}/${name}`)
        await this.#lookAt(folder, asked, above)
      }
    })
  }

  async #lookAt(folder: string, names: ReadonlySet<string> | undefined, above?: Rules) {
    const chosen = this.#options.folders()
    const { signal } = this.#closing
    const isChosen = chosen.includes(folder)
    try {
      const leftOut = await this.#options.looking.look({
        folder,
        above,
        signal,
        apart: new Set(chosen.filter((path) => path !== folder)),
        ...(names ? { names } : {}),
        onFolder: (path, heldPath, above) => this.#watching.add(path, heldPath, above),
      })
      if (isChosen && !leftOut.isEmpty && [...leftOut].some(({ first }) => first === folder))
        this.#problems.set(folder, 'It can’t be read.')
      else if (isChosen) this.#problems.delete(folder)
    } catch (error) {
      const isAboutFolder = error instanceof ToolError && !(error instanceof DatabaseError)
      if (signal.aborted || !isAboutFolder) {
        // What had changed is taken, and was not noted: all is looked through again.
        this.expire()
        throw error
      }
      if (isChosen) this.#problems.set(folder, error.message)
    }
  }
}
