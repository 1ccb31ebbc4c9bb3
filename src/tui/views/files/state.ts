/** What the view knows, and what happens to it. */

import type { Found, FoundText, Missing } from '../../../command/search/found.ts'
import type { IndexStatus } from '../../../command/search/index-status.ts'
import type { DocumentParts, DocumentSection } from '../../../command/served-documents.ts'
import { servedPath } from '../../../command/served-paths.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { entriesIn, type FolderEntry, understood } from '../../model/answers.ts'
import type { Editor } from '../../model/editor.ts'
import { type Effect, type Outcome, type Step, step } from '../../model/effects.ts'
import { Outline } from '../../model/outline.ts'

export interface Row extends FolderEntry {
  depth: number
  isOpen: boolean
}

export interface Preview {
  path: string
  /** Undefined where there is none to show; the note says why. */
  lines: readonly string[] | undefined
  note: string | undefined
  top: number
  /** Of the file the number of the first line, where that is not 1. */
  firstLine?: number
  /** Where it is a document that is no text; `lines` are the texts of its lines. */
  document?: ShownDocument
}

/** What of a document is read at a time: a page, or as much of a long one as there is room for. */
export interface Section {
  /** Counted from 1; 1 for what is not divided. */
  part: number
  /** Blocks of it that come before. */
  offset: number
  /** Where the sections of this part before it begin. */
  earlier: readonly number[]
}

export interface ShownDocument {
  section: Section
  /** Another one that has been asked for, and is not there yet. */
  asked?: Section
  lines: readonly DocumentLine[]
  title: string | undefined
  parts: DocumentParts | undefined
  /** Where the part goes on, in blocks; undefined where it ends. */
  next: number | undefined
}

export interface DocumentLine {
  /** That of its block, `header` for a row with the names of columns, and empty between blocks. */
  kind: string
  text: string
  level?: number
  /** Of a row its cells, and how wide the columns of its table are. */
  row?: { cells: readonly string[]; widths: readonly number[] }
  /** The first cell of a row of a sheet, such as B7. */
  cell?: string
}

/** Where a file is to be opened: at what was found in it. */
export interface Target {
  path: string
  /** 0 where it is not known, or there is none. */
  line: number
  /** Where that line begins. */
  byte: number
  /** What was found, also for a file that can't be shown itself. */
  found: Pick<FoundText, 'snippet' | 'marks'>
  /** The page, sheet, slide or chapter of a document, and the cell; undefined where it has none. */
  part: number | undefined
  cell: string | undefined
}

/** What was found, of one kind. */
export interface Part<T> {
  /** Undefined until there is an answer. */
  found: readonly T[] | undefined
  /** Whether there may be more than were found. */
  hasMore: boolean
  /** Why it is not known. */
  note: string | undefined
  /** What this is the answer to; what is typed now is asked next. */
  query: string
}

export interface Search {
  query: Editor
  /** Paths. */
  names: Part<string>
  /** Passages of files; undefined where the server can't find them. */
  texts: Part<FoundText> | undefined
  /** What the answer about texts does not know yet. */
  missing: Missing | undefined
  shown: 'both' | 'names' | 'texts'
  /** Of those that are shown. */
  selected: number
  /** Whether a person has gone to that one since the last letter. */
  hasMoved: boolean
  /** The folder that is searched: "/" is all. */
  folder: string
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
  /** Whether a file that is chosen has the whole view. */
  isReading: boolean
  search: Search | undefined
  /** Where the file that is read next is opened; undefined for its beginning. */
  target: Target | undefined
  /** Undefined until it is known, or where the server has none. */
  index: IndexStatus | undefined
  trashed: readonly Trashed[]
}

export type FilesMessage =
  | { type: 'listed'; path: string; outcome: Outcome<FolderEntry[]> }
  | { type: 'read'; path: string; target: Target | undefined; outcome: Outcome<CallToolResult> }
  | {
      type: 'read-document'
      path: string
      target: Target | undefined
      section: Section
      /** What comes into sight of it. */
      where: 'start' | 'end' | 'as it is' | 'what was found'
      outcome: Outcome<DocumentSection>
    }
  | { type: 'preview' }
  | { type: 'reveal'; path: string }
  | { type: 'search'; what: 'names' | 'texts'; query: string; columns: number }
  | { type: 'found-names'; query: string; outcome: Outcome<string[]> }
  | { type: 'found-texts'; query: string; outcome: Outcome<Found> }
  | { type: 'look-at-index' }
  | { type: 'indexed'; outcome: Outcome<IndexStatus> }
  | { type: 'index'; do: 'add' | 'remove'; path: string; yes: boolean }
  | { type: 'index-changed'; do: 'add' | 'remove'; path: string; outcome: Outcome<CallToolResult> }
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
  target: undefined,
  index: undefined,
  trashed: [],
}

export const parentOf = (path: string): string => servedPath(path, '..')
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
export const inFolder = (folder: string, name: string): string => servedPath(folder, name)

export const entriesOf = ({ folders }: FilesState, path: string): readonly FolderEntry[] => {
  const entries = folders[path]
  return Array.isArray(entries) ? (entries as readonly FolderEntry[]) : []
}

/** Folders first, each kind by its names, as people order them: 2 before 10, and a before B. */
export function inOrder(entries: readonly FolderEntry[]): FolderEntry[] {
  const { compare } = new Intl.Collator(undefined, { numeric: true })
  return entries.toSorted(
    (a, b) =>
      Number(b.isFolder) - Number(a.isFolder) || compare(a.name, b.name) || (a.name < b.name ? -1 : 1),
  )
}

/** Where each entry of a listing stands, by its path. It is counted once for a listing. */
export function placesIn(entries: readonly FolderEntry[]): ReadonlyMap<string, number> {
  const known = places.get(entries)
  if (known) return known
  const counted = new Map(entries.map(({ path }, at) => [path, at]))
  places.set(entries, counted)
  return counted
}
const places = new WeakMap<readonly FolderEntry[], ReadonlyMap<string, number>>()

const TOP = '/'
const topRow = ({ open }: FilesState): Row => ({
  path: TOP,
  name: TOP,
  isFolder: true,
  size: -1,
  depth: 0,
  isOpen: open.includes(TOP),
})

/** The rows of the tree, each made when it is asked for. */
export class Rows {
  readonly #state: FilesState
  readonly #outline: Outline<readonly FolderEntry[]>

  constructor(state: FilesState) {
    this.#state = state
    this.#outline = new Outline(TOP, state.open, (path) => {
      const parent = path === TOP ? '' : parentOf(path)
      const at = path === TOP ? 0 : placesIn(entriesOf(state, parent)).get(path)
      const what = entriesOf(state, path)
      return at === undefined ? undefined : { what, parent, at, children: what.length }
    })
  }

  get count(): number {
    return this.#outline.rows
  }

  /** A row; undefined after the last. */
  at(index: number): Row | undefined {
    if (index === 0) return topRow(this.#state)
    const place = this.#outline.row(index)
    const entry = place?.what[place.at]
    if (!place || !entry) return undefined
    const { open } = this.#state
    return { ...entry, depth: place.depth, isOpen: entry.isFolder && open.includes(entry.path) }
  }

  /** In which row a path stands; undefined where it is out of sight. */
  indexOf(path: string): number | undefined {
    if (path === TOP) return 0
    const parent = parentOf(path)
    const at = placesIn(entriesOf(this.#state, parent)).get(path)
    return at === undefined ? undefined : this.#outline.indexOf(parent, at)
  }

  /** The row that is chosen: the first one where that is out of sight. */
  get selected(): number {
    return this.indexOf(this.#state.selected) ?? 0
  }
}

export function selectedRow(state: FilesState): Row {
  const rows = new Rows(state)
  return rows.at(rows.selected) ?? topRow(state)
}

/** The folder that is chosen, or that of the file which is. */
export function selectedFolder(state: FilesState): string {
  const { path, isFolder } = selectedRow(state)
  return isFolder ? path : parentOf(path)
}

/** The file that has the whole view; undefined while the tree is there. */
export function fileRead(state: FilesState): string | undefined {
  const { path, isFolder } = selectedRow(state)
  return state.isReading && !isFolder ? path : undefined
}

/** What is known of a file. */
export const previewOf = ({ preview }: FilesState, path: string): Preview =>
  preview?.path === path ? preview : { path, lines: undefined, note: 'reading …', top: 0 }

export const list = (path: string): FilesEffect => ({
  type: 'v1',
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

/** Opens a file at what was found in it. */
export function openAt(state: FilesState, found: FoundText): FilesStep {
  const { path, startLine, startByte = 0, part } = found
  const { state: revealed, effects } = reveal(state, path)
  const place = { line: startLine, byte: startByte, part: part?.number, cell: part?.cell }
  const target = { path, ...place, found }
  return step({ ...revealed, isReading: true, target, preview: undefined }, ...effects)
}

/** Opens the tree as far as a path, and chooses that. */
export function reveal(state: FilesState, path: string): FilesStep {
  const folders: string[] = []
  for (let at = parentOf(path); ; at = parentOf(at)) {
    folders.push(at)
    if (at === '/') break
  }
  const open = [...new Set([...state.open, ...folders])]
  return step(
    { ...state, open, selected: path, search: undefined, target: undefined },
    ...folders.map(list),
    look(),
  )
}
