import type { Files } from './files.ts'
import type { FileSearch } from './search/file-search.ts'

/** What the tools work with. */
export interface FsDeps {
  readonly files: Files
  readonly search: FileSearch
}
