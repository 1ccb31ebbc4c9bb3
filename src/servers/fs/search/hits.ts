/** What was found, with each file opened for the answer: what has changed, is gone or may not be read any more is in none. */

import { partsOf } from '../../../documents/formats.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { FileRecord, Library, PieceRecord } from '../../../search/index/library.ts'
import type { Scans } from '../../../search/index/scans.ts'
import type { Hit } from '../../../search/query/search.ts'
import type { Files } from '../files.ts'
import type { FoundPassage, Passage } from './file-search.ts'
import { versionOf } from './version.ts'

export class FreshHits {
  readonly #files: Files
  readonly #library: Library
  readonly #scans: Scans
  readonly #isChosen: (path: string) => boolean
  /** Of the files of this answer, those that are as they were read. */
  readonly #checked = new Map<number, FileRecord | undefined>()
  /** Files that are not as they were read. */
  readonly stale: FileRecord[] = []

  /** `isChosen` says whether a path is in a folder that the user chose: files of one that is being removed may still be known. */
  constructor(files: Files, library: Library, scans: Scans, isChosen: (path: string) => boolean) {
    this.#files = files
    this.#library = library
    this.#scans = scans
    this.#isChosen = isChosen
  }

  /** Those that are left, in their order, from one on; and whether there are more. */
  async page(
    hits: readonly Hit[],
    skip: number,
    count: number,
  ): Promise<{ hits: FoundPassage[]; more: boolean }> {
    const found: FoundPassage[] = []
    for (const hit of hits) {
      const passage = await this.#passageOf(hit)
      if (!passage) continue
      if (found.length === skip + count) return { hits: found.slice(skip), more: true }
      found.push(passage)
    }
    return { hits: found.slice(skip), more: false }
  }

  async #passageOf({ record, copies, score, meaning, words, exact }: Hit): Promise<FoundPassage | undefined> {
    const places: { file: FileRecord; record: PieceRecord }[] = []
    for (const one of [record, ...copies]) {
      const file = await this.#fresh(one.file)
      if (file) places.push({ file, record: one })
    }
    const [first, ...others] = places
    if (!first) return undefined
    const { file } = first
    return {
      ...placeOf(first),
      format: file.format,
      language: file.language,
      modifiedAt: file.modifiedAt,
      headings: first.record.headings,
      content: first.record.content,
      isRecognised: this.#scans.has(file.id, first.record.part),
      score,
      meaning,
      words,
      exact,
      copies: others.map(placeOf),
    }
  }

  async #fresh(id: number): Promise<FileRecord | undefined> {
    if (this.#checked.has(id)) return this.#checked.get(id)
    const known = this.#library.fileById(id)
    const file = known && this.#isChosen(known.path) ? known : undefined
    const isFresh = file?.state === 'read' && (await this.#isAsRead(file))
    if (file && !isFresh) this.stale.push(file)
    const fresh = isFresh ? file : undefined
    this.#checked.set(id, fresh)
    return fresh
  }

  async #isAsRead({ path, version }: FileRecord): Promise<boolean> {
    try {
      await using open = await this.#files.openFound(path)
      return versionOf(await open.stamp()) === version
    } catch (error) {
      if (error instanceof ToolError) return false
      throw error
    }
  }
}

const placeOf = ({ file, record }: { file: FileRecord; record: PieceRecord }): Passage => ({
  path: file.path,
  startLine: record.startLine,
  endLine: record.endLine,
  startByte: record.startByte,
  endByte: record.endByte,
  ...partOf(file.format, record),
})

function partOf(format: string, { part, partName, cell }: PieceRecord): Pick<Passage, 'part'> {
  const kind = part === 0 ? undefined : partsOf(format)
  if (kind === undefined) return {}
  return {
    part: { kind, number: part, ...(partName !== '' && { name: partName }), ...(cell !== '' && { cell }) },
  }
}
