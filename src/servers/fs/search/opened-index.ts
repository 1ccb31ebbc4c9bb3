/** What searching works with. Nothing of it is loaded before the first search. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../../protocol/database.ts'
import { type ServerHost, ToolError } from '../../../protocol/define.ts'
import type { Static } from '../../../protocol/schema.ts'
import type { ChosenModels } from '../../../search/embedding/models.ts'
import { openVectorDriver } from '../../../search/index/drivers.ts'
import { LIBRARY_STEPS, Library } from '../../../search/index/library.ts'
import { Scans } from '../../../search/index/scans.ts'
import type { VectorDriver } from '../../../search/index/vector-index.ts'
import type { Settings } from '../settings.ts'
import { openIndexDatabase } from './index-database.ts'
import { LazyMeaning } from './meaning.ts'
import { WORK_LIST_STEP, WorkList } from './work-list.ts'

/** The name of the database, and how the names of segments begin. */
const NAME = 'search'
const SEGMENTS = 'vectors-'

/** The list of work came second; steps that a database has done must keep their places. */
export const INDEX_STEPS: readonly string[] = [
  ...LIBRARY_STEPS.slice(0, 1),
  WORK_LIST_STEP,
  ...LIBRARY_STEPS.slice(1),
]

/** What of the machine is needed, and the models of meaning. */
export interface SearchHost
  extends Pick<ServerHost, 'background' | 'clock' | 'database' | 'directories' | 'log'> {
  readonly models: ChosenModels
  settings(): Promise<Static<typeof Settings>>
}

export interface OpenedIndex {
  readonly database: Database
  /** Where all of it is kept. */
  readonly folder: string
  readonly library: Library
  readonly workList: WorkList
  readonly scans: Scans
  readonly meaning: LazyMeaning
}

/** Rejects with a ToolError. */
export async function openIndex(host: SearchHost): Promise<OpenedIndex> {
  const {
    database: open,
    directories: { state },
    models,
  } = host
  if (state === undefined)
    throw new ToolError('Files can’t be searched: the unit of this server names no folder for its state.')
  const database = await openIndexDatabase(() => open(NAME, INDEX_STEPS))
  const library = new Library(database)
  const meaning = new LazyMeaning({
    library,
    folder: state,
    models,
    openDriver: () => openChosenDriver(host),
  })
  return {
    database,
    folder: state,
    library,
    workList: new WorkList(database),
    scans: new Scans(database),
    meaning,
  }
}

async function openChosenDriver({ settings, log }: SearchHost): Promise<VectorDriver> {
  const { vectorIndex } = await settings().catch((cause: unknown) => {
    log.warn({ err: cause }, 'the settings can’t be read; files are found by their words alone')
    throw new Error('There is a mistake in fs.yaml, which the log of this server names.', { cause })
  })
  return openVectorDriver(vectorIndex)
}

/** What the index takes of the disk, in bytes. */
export const bytesOfIndex = (folder: string): number =>
  readdirSync(folder)
    .filter((name) => name.startsWith(`${NAME}.db`) || name.startsWith(SEGMENTS))
    .reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0)
