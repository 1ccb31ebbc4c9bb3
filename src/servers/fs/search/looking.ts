/**
 * Finds out what has changed: goes through folders, and compares each file with what is known of it, without reading any. What is new
 * or other than it was goes to the list of what is to be read; what is gone is forgotten.
 */

import { formatOf } from '../../../documents/formats.ts'
import { DatabaseError } from '../../../host/database.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { FileRecord, Library } from '../../../search/index/library.ts'
import { LeftOut } from '../confined/left-out.ts'
import { isShortage } from '../confined/patience.ts'
import { errnoOf } from '../confined/problems.ts'
import type { Files, Stamp, Survey } from '../files.ts'
import { IdSet } from './id-set.ts'
import { type Rules, rulesIn, wanted } from './rules.ts'
import { modifiedAt, sameFile, versionOf } from './version.ts'
import type { ChangedFile, WorkList } from './work-list.ts'

export interface Look {
  /** From the top folder. */
  folder: string
  /** What holds above it; undefined for a folder that the user chose. */
  above: Rules | undefined
  /** The entries that may have changed, each with all below it; everything in the folder without. */
  names?: ReadonlySet<string>
  /** Folders that are looked at by themselves. */
  apart: ReadonlySet<string>
  signal: AbortSignal
  /** Called for each folder that is gone into. */
  onFolder?(path: string, heldPath: string, above: Rules | undefined): void
}

/** How many files are noted in one transaction, or looked up to be forgotten. */
const AT_ONCE = 500

export class Looking {
  readonly #files: Files
  readonly #library: Library
  readonly #workList: WorkList

  constructor(files: Files, library: Library, workList: WorkList) {
    this.#files = files
    this.#library = library
    this.#workList = workList
  }

  /**
   * What was left out of the folder. Rejects with a ToolError where the folder itself is gone or can't be read: then all that was in
   * it is forgotten; and with the signal's reason.
   */
  async look(look: Look): Promise<LeftOut> {
    const leftOut = new LeftOut()
    const seen = new IdSet()
    const newest = this.#library.lastFile()
    const unread: ChangedFile[] = []
    try {
      for await (const files of this.#files.survey(look.folder, surveyOf(look, leftOut), look.above)) {
        for (const { path, stamp } of files) {
          const known = this.#library.file(path)
          if (known) seen.add(known.id)
          if (known ? isAsRead(known, stamp) : await this.#hasMoved(path, stamp, seen)) continue
          unread.push({ path, modifiedAt: modifiedAt(stamp) })
        }
        if (unread.length >= AT_ONCE) await this.#workList.add(unread.splice(0))
      }
    } catch (error) {
      if (!look.signal.aborted && isUnreadable(error)) await this.#forget(look, seen, newest, leftOut)
      throw error
    }
    if (unread.length > 0) await this.#workList.add(unread)
    await this.#forget(look, seen, newest, leftOut)
    return leftOut
  }

  /** Whether it is one that was read elsewhere, and lies here now. */
  async #hasMoved(path: string, stamp: Stamp, seen: IdSet): Promise<boolean> {
    const before = this.#library.fileOfVersion(sameFile(stamp))
    if (before?.state !== 'read' || formatOf(path) !== before.format || this.#isThere(before)) return false
    await this.#library.moveFile(before.id, path, versionOf(stamp))
    seen.add(before.id)
    return true
  }

  #isThere({ path }: FileRecord): boolean {
    try {
      this.#files.resolved(path)
      return true
    } catch {
      return false
    }
  }

  /** Forgets what was there before this look began, and was not seen in it. */
  async #forget({ folder, names, apart, signal }: Look, seen: IdSet, newest: number, leftOut: LeftOut) {
    const base = folder === '/' ? '' : folder
    // What the disk failed to give may be there all the same.
    const failed = [...leftOut].some(({ why }) => why === 'failed')
    if (failed) return
    const isApart = (path: string) => [...apart].some((other) => path.startsWith(`${other}/`))
    for (const below of names ? [...names].map((name) => `${base}/${name}`) : [folder]) {
      const itself = names && this.#library.file(below)
      if (itself && itself.id <= newest && !seen.has(itself.id)) await this.#library.removeFiles([itself.id])
      for (let after = ''; ; ) {
        signal.throwIfAborted()
        const some = this.#library.filesBelow(below, { after, count: AT_ONCE })
        const gone = some.filter(({ id, path }) => id <= newest && !seen.has(id) && !isApart(path))
        await this.#library.removeFiles(gone.map(({ id }) => id))
        after = some.at(-1)?.path ?? ''
        if (some.length < AT_ONCE) break
      }
    }
  }
}

const isAsRead = ({ state, version }: FileRecord, stamp: Stamp): boolean =>
  (state === 'read' || state === 'left') && version === versionOf(stamp)

/** Whether it is the folder that is gone or may not be read; not the machine that lacks something, such as room on its disk. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof ToolError &&
  !(error instanceof DatabaseError) &&
  !isShortage(error.cause) &&
  errnoOf(error.cause) !== 'EIO'

function surveyOf(look: Look, leftOut: LeftOut): Survey<Rules | undefined> {
  const { folder, names, apart, signal, onFolder } = look
  const base = folder === '/' ? '/' : `${folder}/`
  const isAsked = (path: string) => {
    const name = path.slice(base.length)
    return names === undefined || name.includes('/') || names.has(name)
  }
  return {
    enter(inside, above) {
      const rules = rulesIn(inside, above)
      if (rules) onFolder?.(inside.path, inside.heldPath, above)
      return rules
    },
    wanted: (path, kind, rules) =>
      isAsked(path) &&
      (kind === 'file' ? formatOf(path) !== undefined : !apart.has(path)) &&
      wanted(path, kind, rules),
    leftOut,
    signal,
    isDeep: true,
  }
}
