/** The served files as a tree, what is in them, and what can be done with them. */

import { textOf } from '../../../command/catalogue.ts'
import { formatSize } from '../../../command/sizes.ts'
import { quote } from '../../../line/words.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { type FolderEntry, fileTextOf, hasMore } from '../../model/answers.ts'
import { insert } from '../../model/editor.ts'
import { type Outcome, step } from '../../model/effects.ts'
import { moved } from '../../model/selection.ts'
import type { Action, Area, ViewEvent, World } from '../../model/view.ts'
import { linesOf } from '../../text/long-text.ts'
import { ask, done, edit, finishTrash, named, trash, undo } from './changes.ts'
import { HEAD_ROWS, isMarkdown, lastTopOf } from './reading.ts'
import { canSearchByMeaning, found, newSearch, searchKey, searchTyped } from './search.ts'
import {
  type FilesMessage,
  type FilesState,
  type FilesStep,
  fileRead,
  inOrder,
  list,
  look,
  type Preview,
  parentOf,
  placesIn,
  previewOf,
  Rows,
  reveal,
  selectedRow,
} from './state.ts'

/** How much of a file is shown, in bytes. */
const PREVIEW_BYTES = 128 * 1024

export function update(
  state: FilesState,
  message: FilesMessage | ViewEvent,
  world: World,
  area: Area,
): FilesStep {
  switch (message.type) {
    case 'shown':
      return step(state, ...state.open.map(list))
    case 'listed':
      return listed(state, message.path, message.outcome)
    case 'preview':
      return readSelected(state)
    case 'read':
      return step(read(state, message.path, message.outcome))
    case 'reveal':
      return reveal(state, message.path)
    case 'found':
      return step(found(state, message.query, message.outcome))
    case 'named':
      return named(state, message)
    case 'moved':
    case 'done':
      return done(state, message)
    case 'trash-ready':
      return finishTrash(state, message.path, message.folder)
    case 'do':
      return key(state, message.key, world, area)
    case 'key':
      return state.search
        ? searchKey(state, state.search, message.key, area.rows)
        : key(state, message.key, world, area)
    case 'text':
    case 'paste':
      return state.search
        ? searchTyped(state, {
            ...state.search,
            query: insert(state.search.query, message.text.replace(/\s+/g, ' ')),
          })
        : step(state)
    case 'wheel':
      return key(state, message.by < 0 ? 'up' : 'down', world, area)
    case 'click':
    case 'hidden':
      return step(state)
  }
}

function listed(state: FilesState, path: string, outcome: Outcome<FolderEntry[]>): FilesStep {
  const entries = outcome.ok ? inOrder(outcome.value) : outcome.error
  // Counted now, so that no key waits for it.
  if (Array.isArray(entries)) placesIn(entries)
  const folders = { ...state.folders, [path]: entries }
  const next = { ...state, folders }
  const first = state.selected === '' && path === '/' && Array.isArray(entries) ? entries[0]?.path : undefined
  return step(first === undefined ? next : { ...next, selected: first }, look())
}

function readSelected(state: FilesState): FilesStep {
  const row = selectedRow(state)
  if (row.isFolder) return step({ ...state, preview: undefined })
  if (row.unreadable !== undefined)
    return step({ ...state, preview: { path: row.path, lines: undefined, note: row.unreadable, top: 0 } })
  return step(state, {
    type: 'tool',
    name: 'fs_read_text_file',
    arguments: { path: row.path, offset: 0, length: PREVIEW_BYTES },
    consent: 'person',
    reply: (outcome) => ({ type: 'read', path: row.path, outcome }),
  })
}

function read(state: FilesState, path: string, outcome: Outcome<CallToolResult>): FilesState {
  if (selectedRow(state).path !== path) return state
  const top = state.preview?.path === path ? state.preview.top : 0
  const without = (note: string): FilesState => ({ ...state, preview: { path, lines: undefined, note, top } })
  if (!outcome.ok) return without(outcome.error)
  if (outcome.value.isError) return without(textOf(outcome.value))
  const text = fileTextOf(outcome.value)
  // Markdown is folded by what it means.
  const lines = isMarkdown(path) ? text.split(/\r?\n/) : linesOf(text)
  const note = hasMore(outcome.value) ? `the first ${formatSize(PREVIEW_BYTES)}` : undefined
  return { ...state, preview: { path, lines, note, top } }
}

function key(state: FilesState, pressed: string, world: World, area: Area): FilesStep {
  const read = fileRead(state)
  if (read !== undefined) return readingKey(state, previewOf(state, read), pressed, area)
  const rows = new Rows(state)
  const row = selectedRow(state)
  const next = moved(rows.selected, rows.count, pressed, area.rows)
  if (next !== undefined) return step({ ...state, selected: rows.at(next)?.path ?? '/' }, look())
  const folder = row.isFolder ? row.path : parentOf(row.path)
  switch (pressed) {
    case 'right':
    case 'l':
    case 'enter':
    case 'space':
    case ' ':
      if (!row.isFolder) return step({ ...state, isReading: true })
      if (!row.isOpen) return step({ ...state, open: [...state.open, row.path] }, list(row.path))
      return pressed === 'enter' ? closeFolder(state, row.path) : step(state)
    case 'left':
    case 'h':
      if (row.isFolder && row.isOpen && row.path !== '/') return closeFolder(state, row.path)
      return step({ ...state, selected: parentOf(row.path) }, look())
    case '/':
      return step({ ...state, search: newSearch('name') })
    case 's':
      return canSearchByMeaning(world) ? step({ ...state, search: newSearch('meaning') }) : step(state)
    case 'r':
      return step(state, ...state.open.map(list), look())
    case 'e':
      return row.isFolder ? step(state) : edit(state, row.path)
    case 'c':
      return row.path === '/' ? step(state) : ask(state, 'copy', row.path, `Copy ${row.name} to`, row.path)
    case 'm':
      return row.path === '/'
        ? step(state)
        : ask(state, 'move', row.path, `Move or rename ${row.name} to`, row.path)
    case 'n':
      return ask(state, 'file', folder, `New file in ${folder}`, '')
    case 'N':
    case 'S-n':
      return ask(state, 'folder', folder, `New folder in ${folder}`, '')
    case 'd':
    case 'delete':
      return row.path === '/' ? step(state) : trash(state, row, world.now)
    case 'u':
      return undo(state)
    case 'a':
      return row.isFolder
        ? step(state)
        : step(state, { type: 'go', view: 'chat', message: { type: 'attach', path: row.path } })
    default:
      return step(state)
  }
}

const closeFolder = (state: FilesState, path: string): FilesStep =>
  step({ ...state, open: state.open.filter((one) => one !== path) })

function readingKey(state: FilesState, preview: Preview, pressed: string, area: Area): FilesStep {
  if (pressed === 'escape' || pressed === 'left' || pressed === 'h' || pressed === 'enter')
    return step({ ...state, isReading: false })
  if (pressed === 'e') return edit(state, preview.path)
  if (preview.lines === undefined) return step(state)
  const last = lastTopOf(preview, area)
  const top = moved(Math.min(preview.top, last), last + 1, pressed, area.rows - HEAD_ROWS)
  return top === undefined ? step(state) : step({ ...state, preview: { ...preview, top } })
}

export function actions(state: FilesState, world: World): Action<FilesMessage>[] {
  const { path, isFolder } = selectedRow(state)
  const press = (pressed: string): FilesMessage => ({ type: 'do', key: pressed })
  const luca = lucaFor(state)
  return [
    { title: 'search by name', luca: 'luca call fs_search_files', message: press('/') },
    ...(canSearchByMeaning(world)
      ? [{ title: 'search by meaning', luca: 'luca call mcp.fs.search', message: press('s') }]
      : []),
    ...(isFolder
      ? []
      : [
          { title: `read ${path}`, ...(luca ? { luca } : {}), message: press('enter') },
          { title: `edit ${path}`, luca: 'luca call fs_edit_file', message: press('e') },
          { title: `ask the model about ${path}`, luca: 'luca llm', message: press('a') },
        ]),
    // The top folder stays where it is.
    ...(path === '/'
      ? []
      : [
          { title: `copy ${path}`, luca: 'luca call mcp.fs.write', message: press('c') },
          { title: `move ${path}`, luca: 'luca call fs_move_file', message: press('m') },
          { title: `put ${path} into the trash`, luca: 'luca call fs_move_file', message: press('d') },
        ]),
    { title: 'undo', luca: 'luca call fs_move_file', message: press('u') },
    { title: 'new file', luca: 'luca call fs_write_file', message: press('n') },
    { title: 'new folder', luca: 'luca call fs_create_directory', message: press('N') },
  ]
}

export function lucaFor(state: FilesState): string {
  const { path, isFolder } = selectedRow(state)
  if (state.search) {
    const method = state.search.by === 'name' ? 'fs_search_files' : 'mcp.fs.search'
    const given =
      state.search.by === 'name'
        ? { path: '/', pattern: `**/*${state.search.query.text}*` }
        : { query: state.search.query.text }
    return `luca call ${method} ${quote(JSON.stringify(given))}`
  }
  return isFolder ? `luca ls ${quote(path)}` : `luca cat ${quote(path)}`
}
