/** All that searching takes, once it is opened. */
import { keepHeapSmall } from '../../../host/small-heap.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { Library } from '../../../search/index/library.ts'
import { OverviewOf } from '../../../search/index/overview.ts'
import type { Scans } from '../../../search/index/scans.ts'
import { type Hit, type Meaning, search } from '../../../search/query/search.ts'
import { weightsFor } from '../../../search/query/weights.ts'
import { quoted } from '../confined/explain.ts'
import type { Files } from '../files.ts'
import { Embedding } from './embedding.ts'
import type {
  FileStatus,
  FoundPassage,
  IndexOverview,
  QuestionOptions,
  SimilarOptions,
} from './file-search.ts'
import { statusOf, whyFolderUnfit } from './file-status.ts'
import { Freshness } from './freshness.ts'
import { FreshHits } from './hits.ts'
import { INDEX_WORK, IndexWork } from './index-work.ts'
import { isBelow } from './inside.ts'
import { Looking } from './looking.ts'
import type { LazyMeaning } from './meaning.ts'
import { Ocr } from './ocr.ts'
import { bytesOfIndex, type OpenedIndex, openIndex, type SearchHost } from './opened-index.ts'
import { Reading } from './reading.ts'
import { Scanning } from './scanning.ts'
import { Serial } from './serial.ts'
import { similarTo } from './similar.ts'
import type { WorkList } from './work-list.ts'

/** How close in meaning another text must be, to be called similar. */
const SIMILAR = 0.5
/** Hits that are looked through at most, for pages and for those whose files have changed. */
const MOST_HITS = 400
/** How many files that have changed are noted at once, to be read again. */
const NOTED = 100

export interface Page {
  hits: FoundPassage[]
  more: boolean
  /** Whether files were found changed, which are to be read again. */
  stale: boolean
}

export async function openParts(files: Files, host: SearchHost): Promise<Parts> {
  keepHeapSmall()
  return new Parts(files, host, await openIndex(host))
}

export class Parts {
  readonly library: Library
  readonly workList: WorkList
  readonly meaning: LazyMeaning
  readonly freshness: Freshness
  readonly reading: Reading
  readonly scanning: Scanning
  readonly work: IndexWork
  readonly #overview: OverviewOf
  readonly #folder: string
  readonly #scans: Scans
  /** What changes what is known of files, one after the other. */
  readonly serial = new Serial()
  readonly #files: Files

  constructor(files: Files, host: SearchHost, opened: OpenedIndex) {
    const { database, folder, library, workList, scans, meaning } = opened
    const { clock, log } = host
    this.#files = files
    this.library = library
    this.workList = workList
    this.meaning = meaning
    this.#folder = folder
    this.#scans = scans
    this.#overview = new OverviewOf(database, () => library.counts())
    this.freshness = new Freshness({
      looking: new Looking(files, library, workList),
      clock,
      folders: () => library.folders(),
      onChange: () => host.background(INDEX_WORK),
    })
    const isChosen = (path: string) => this.isChosen(path)
    const tokens = () => meaning.embedder()
    this.reading = new Reading({ files, library, workList, clock, tokens, isChosen, serial: this.serial })
    const embedding = new Embedding(library)
    const ocr = new Ocr({ clock, languages: () => languagesFor(host) })
    this.scanning = new Scanning({ files, library, scans, ocr, tokens })
    const checkWritable = () => database.checkWritable()
    const onDue = () => host.background(INDEX_WORK)
    const { freshness, reading, scanning, serial } = this
    this.work = new IndexWork({
      library,
      workList,
      meaning,
      freshness,
      reading,
      embedding,
      scanning,
      serial,
      clock,
      checkWritable,
      onDue,
    })
    if (database.damage)
      log.warn(
        { path: database.damage.path },
        'the index of files was damaged, and is made anew of the files',
      )
  }

  /** Passages that are found by their words alone. */
  readonly missing = (): number => {
    const { opened } = this.meaning
    return opened ? this.library.missingVectors(opened.modelId) : this.library.counts().pieces
  }

  readonly overview = (): IndexOverview => ({ ...this.#overview.get(), onDisk: bytesOfIndex(this.#folder) })

  /** Whether a path lies in a folder that the user chose, or is one. */
  isChosen(path: string): boolean {
    return this.library.folders().some((folder) => path === folder || isBelow(path, folder))
  }

  /** Throws a ToolError for what can't be searched. */
  folderToAdd(path: string): string {
    const { path: folder, kind } = this.#files.resolved(path)
    if (kind !== 'folder')
      throw new ToolError(
        `${quoted(path)} is no folder. Folders are searched, with all below them; add the one that it is in.`,
        {
          kind: 'invalid',
        },
      )
    const why = whyFolderUnfit(folder)
    if (why === undefined) return folder
    throw new ToolError(`${quoted(folder)} is not searched, since ${why}. Nothing was added.`, {
      kind: 'invalid',
    })
  }

  /** The folder that the user chose and means; undefined where it is none. It may be gone. */
  chosenFolder(path: string): string | undefined {
    const folders = this.library.folders()
    const asWritten = `/${path.split('/').filter(Boolean).join('/')}`
    if (folders.includes(asWritten)) return asWritten
    try {
      const { path: folder } = this.#files.resolved(path)
      return folders.includes(folder) ? folder : undefined
    } catch {
      return undefined
    }
  }

  async answer(
    question: string,
    meaning: Meaning | undefined,
    { skip = 0, count, ...filter }: QuestionOptions,
    signal: AbortSignal,
  ): Promise<Page> {
    const options = { ...filter, count: MOST_HITS, isLaterPage: skip > 0, signal }
    const weights = weightsFor(meaning?.embedder)
    const { hits } = await search(question, this.library, meaning, weights, options)
    return this.#page(hits, skip, count)
  }

  async similar(path: string, meaning: Meaning, options: SimilarOptions): Promise<Page> {
    const hits = similarTo(path, this.library, meaning, SIMILAR, options)
    return this.#page(hits, options.skip ?? 0, options.count)
  }

  statusOf(path: string): Promise<FileStatus> {
    return statusOf(path, this.#files, this.library, this.workList, this.scanning)
  }

  async close(): Promise<void> {
    this.work.close()
    await this.freshness.close()
    await this.serial.run(async () => {})
    await this.meaning.close()
  }

  async #page(hits: readonly Hit[], skip: number, count: number): Promise<Page> {
    const fresh = new FreshHits(this.#files, this.library, this.#scans, (path) => this.isChosen(path))
    const page = await fresh.page(hits, skip, count)
    const stale = fresh.stale.slice(0, NOTED)
    if (stale.length > 0) await this.workList.add(stale)
    return { ...page, stale: stale.length > 0 }
  }
}

/** The languages that are chosen for OCR; those that are there where the settings can't be read. */
async function languagesFor({ settings, log }: SearchHost): Promise<readonly string[]> {
  try {
    return (await settings()).ocrLanguages
  } catch (cause) {
    log.warn({ err: cause }, 'the settings can’t be read; OCR takes the languages that are there')
    return []
  }
}
