/** What searching works with. Nothing of it is loaded before the first search. */
import type { Database } from '../../../protocol/database.ts'
import { type ServerHost, ToolError } from '../../../protocol/define.ts'
import type { ChosenModels } from '../../../search/embedding/models.ts'
import { LIBRARY_STEPS, Library } from '../../../search/index/library.ts'
import { openIndexDatabase } from './index-database.ts'
import { LazyMeaning } from './meaning.ts'
import { WORK_LIST_STEP, WorkList } from './work-list.ts'

/** What of the machine is needed, and the models of meaning. */
export interface SearchHost
  extends Pick<ServerHost, 'background' | 'clock' | 'database' | 'directories' | 'log'> {
  readonly models: ChosenModels
}

export interface OpenedIndex {
  readonly database: Database
  readonly library: Library
  readonly workList: WorkList
  readonly meaning: LazyMeaning
}

/** Rejects with a ToolError. */
export async function openIndex({
  database: open,
  directories: { state },
  models,
}: SearchHost): Promise<OpenedIndex> {
  if (state === undefined)
    throw new ToolError('Files can’t be searched: the unit of this server names no folder for its state.')
  const database = await openIndexDatabase(() => open('search', [...LIBRARY_STEPS, WORK_LIST_STEP]))
  const library = new Library(database)
  const meaning = new LazyMeaning({ library, folder: state, models })
  return { database, library, workList: new WorkList(database), meaning }
}
