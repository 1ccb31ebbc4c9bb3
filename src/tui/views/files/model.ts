/** The served files as a tree, what is in them, and what can be done with them. */

import { READ_DOCUMENT } from '../../../command/served-documents.ts'
import { quote } from '../../../line/words.ts'
import type { FolderEntry } from '../../model/answers.ts'
import { insert } from '../../model/editor.ts'
import { type Outcome, step } from '../../model/effects.ts'
import { moved } from '../../model/selection.ts'
import type { Action, Area, ViewEvent, World } from '../../model/view.ts'
import { ask, done, edit, finishTrash, named, trash, undo } from './changes.ts'
import { documentRead, hasPages, turnPage } from './document.ts'
import {
  askIndex,
  canIndex,
  changeIndex,
  indexChanged,
  indexed,
  notLooking,
  toggleIndex,
} from './indexing.ts'
import { read, readSelected } from './preview.ts'
import { HEAD_ROWS, lastTopOf } from './reading.ts'
import {
  askSearch,
  foundNames,
  foundTexts,
  lucaForSearch,
  newSearch,
  searchKey,
  searchTyped,
} from './search.ts'
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
  type ShownDocument,
  selectedFolder,
  selectedRow,
} from './state.ts'

export function update(
  state: FilesState,
  message: FilesMessage | ViewEvent,
  world: World,
  area: Area,
): FilesStep {
  switch (message.type) {
    case 'shown':
      return step(state, ...state.open.map(list), ...(canIndex(world) ? [askIndex()] : []))
    case 'listed':
      return listed(state, message.path, message.outcome)
    case 'preview':
      return readSelected(state, world)
    case 'read':
      return read(state, message, world)
    case 'read-document':
      return step(documentRead(state, message, area))
    case 'reveal':
      return reveal(state, message.path)
    case 'search':
      return askSearch(state, message)
    case 'found-names':
      return step(foundNames(state, message.query, message.outcome))
    case 'found-texts':
      return step(foundTexts(state, message.query, message.outcome))
    case 'look-at-index':
      return step(state, askIndex())
    case 'indexed':
      return indexed(state, message.outcome)
    case 'index':
      return changeIndex(state, message)
    case 'index-changed':
      return indexChanged(state, message)
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
        ? searchKey(state, state.search, message.key, area)
        : key(state, message.key, world, area)
    case 'text':
    case 'paste':
      return state.search
        ? searchTyped(
            state,
            { ...state.search, query: insert(state.search.query, message.text.replace(/\s+/g, ' ')) },
            area.columns,
          )
        : step(state)
    case 'wheel':
      return key(state, message.by < 0 ? 'up' : 'down', world, area)
    case 'hidden':
      return state.index ? step(state, notLooking()) : step(state)
    case 'click':
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
      // It may have been changed elsewhere.
      return step({ ...state, search: newSearch(world) }, ...(canIndex(world) ? [askIndex()] : []))
    case 'i':
      return toggleIndex(state, folder)
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
  const turned = turnPage(state, preview, pressed, area)
  if (turned) return turned
  const last = lastTopOf(preview, area)
  const top = moved(Math.min(preview.top, last), last + 1, pressed, area.rows - HEAD_ROWS)
  return top === undefined ? step(state) : step({ ...state, preview: { ...preview, top } })
}

export function actions(state: FilesState, world: World): Action<FilesMessage>[] {
  const { path, isFolder } = selectedRow(state)
  const press = (pressed: string): FilesMessage => ({ type: 'do', key: pressed })
  const luca = lucaFor(state)
  return [
    { title: 'search by name and by what files say', luca: 'luca search', message: press('/') },
    ...(canIndex(world)
      ? [{ title: `index ${selectedFolder(state)}, or no longer`, luca: 'luca index', message: press('i') }]
      : []),
    ...(isFolder
      ? []
      : [
          { title: `read ${path}`, ...(luca ? { luca } : {}), message: press('enter') },
          ...pageActions(state, path, press),
          { title: `edit ${path}`, luca: 'luca call fs_edit_file', message: press('e') },
          { title: `ask the model about ${path}`, luca: 'luca chat --file', message: press('a') },
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

function pageActions(
  state: FilesState,
  path: string,
  press: (key: string) => FilesMessage,
): Action<FilesMessage>[] {
  const { document } = previewOf(state, path)
  if (fileRead(state) === undefined || !document || !hasPages(document)) return []
  return [
    { title: `next page of ${path}`, message: press('n') },
    { title: `page before of ${path}`, message: press('p') },
  ]
}

export function lucaFor(state: FilesState): string {
  const { path, isFolder } = selectedRow(state)
  if (state.search) return lucaForSearch(state.search).map(quote).join(' ')
  const { document } = previewOf(state, path)
  if (document) return `luca call ${READ_DOCUMENT} ${quote(JSON.stringify(argumentsOf(path, document)))}`
  return isFolder ? `luca ls ${quote(path)}` : `luca cat ${quote(path)}`
}

const argumentsOf = (path: string, { parts, section }: ShownDocument): object =>
  parts ? { path, pages: `${section.part}` } : { path }
