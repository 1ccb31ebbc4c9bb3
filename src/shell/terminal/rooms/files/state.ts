/** What the room knows, and what happens to it. */
import type { CallToolResult } from '../../../../protocol/mcp.ts'
import { servedPath } from '../../../served-paths.ts'
import { entriesIn, type FolderEntry, understood } from '../../model/answers.ts'
import type { Editor } from '../../model/editor.ts'
import type { Effect, Outcome, Step } from '../../model/effects.ts'

export interface Row {
  path: string
  name: string
  depth: number
  isFolder: boolean
  isOpen: boolean
  size: number
  /** What it is, where that is neither a plain file nor a plain folder. */
  mark?: string
  /** Why it has nothing to show. */
  unreadable?: string
}

export interface Preview {
  path: string
  text: string | undefined
  note: string | undefined
  top: number
}

export interface Search {
  by: 'name' | 'meaning'
  query: Editor
  /** Undefined until there is an answer. */
  found: readonly string[] | undefined
  note: string | undefined
  selected: number
}

export interface Trashed {
  from: string
  to: string
  /** As it stood in its folder; undefined where that was not known. */
  entry: FolderEntry | undefined
}

export interface FilesState {
  /** What is in the folders that were asked for; a text says why it is not known. */
  folders: Readonly<Record<string, readonly FolderEntry[] | string>>
  open: readonly string[]
  /** A path; empty until there is one to choose. */
  selected: string
  preview: Preview | undefined
  /** Whether a file that is chosen has the whole room. */
  isReading: boolean
  search: Search | undefined
  trashed: readonly Trashed[]
}

export type FilesMessage =
  | { type: 'listed'; path: string; outcome: Outcome<FolderEntry[]> }
  | { type: 'read'; path: string; outcome: Outcome<CallToolResult> }
  | { type: 'preview' }
  | { type: 'reveal'; path: string }
  | { type: 'found'; query: string; outcome: Outcome<string[]> }
  | { type: 'named'; for: 'copy' | 'move' | 'file' | 'folder'; path: string; text: string | undefined }
  | {
      type: 'done'
      what: string
      refresh: readonly string[]
      outcome: Outcome<unknown>
      trashed?: Trashed
      restored?: Trashed
    }
  | {
      type: 'moved'
      outcome: Outcome<CallToolResult>
      what: string
      refresh: readonly string[]
      trashed?: Trashed
      restored?: Trashed
    }
  | { type: 'trash-ready'; path: string; folder: string }
  | { type: 'do'; key: string }

export type FilesStep = Step<FilesState, FilesMessage>
export type FilesEffect = Effect<FilesMessage>

/** Where what is deleted goes. */
export const TRASH = '/.trash'
/** How long a selection must stay before it is read, in milliseconds. */
const PREVIEW_AFTER_MS = 60

export const INITIAL: FilesState = {
  folders: {},
  open: ['/'],
  selected: '',
  preview: undefined,
  isReading: false,
  search: undefined,
  trashed: [],
}

export const parentOf = (path: string): string => servedPath(path, '..')
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
export const inFolder = (folder: string, name: string): string => servedPath(folder, name)

export const entriesOf = ({ folders }: FilesState, path: string): readonly FolderEntry[] => {
  const entries = folders[path]
  return Array.isArray(entries) ? (entries as readonly FolderEntry[]) : []
}

/** Folders first, each kind by its names. */
export const inOrder = (entries: readonly FolderEntry[]): FolderEntry[] =>
  entries.toSorted((a, b) => Number(b.isFolder) - Number(a.isFolder) || (a.name < b.name ? -1 : 1))

/** What is to be seen of the tree. */
export function rowsOf(state: FilesState): Row[] {
  const { open } = state
  const rows: Row[] = [
    { path: '/', name: '/', depth: 0, isFolder: true, isOpen: open.includes('/'), size: -1 },
  ]
  const isOpen = new Set(open)
  const add = (folder: string, depth: number) => {
    if (!isOpen.has(folder)) return
    for (const entry of entriesOf(state, folder)) {
      const { path, isFolder } = entry
      rows.push({ ...entry, depth, isOpen: isFolder && isOpen.has(path) })
      if (isFolder) add(path, depth + 1)
    }
  }
  add('/', 1)
  return rows
}

export const selectedRow = (state: FilesState): Row => {
  const rows = rowsOf(state)
  return rows.find(({ path }) => path === state.selected) ?? (rows[0] as Row)
}

/** The file that has the whole room; undefined while the tree is there. */
export function fileRead(state: FilesState): string | undefined {
  const { path, isFolder } = selectedRow(state)
  return state.isReading && !isFolder ? path : undefined
}

/** What is known of a file. */
export const previewOf = ({ preview }: FilesState, path: string): Preview =>
  preview?.path === path ? preview : { path, text: undefined, note: 'reading …', top: 0 }

export const list = (path: string): FilesEffect => ({
  type: 'older',
  method: 'mcp.fs.list',
  params: [path],
  consent: 'person',
  reply: (outcome) => ({ type: 'listed', path, outcome: understood(outcome, entriesIn) }),
})

export const look = (): FilesEffect => ({
  type: 'later',
  key: 'preview',
  ms: PREVIEW_AFTER_MS,
  message: { type: 'preview' },
})
