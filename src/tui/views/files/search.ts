/** Finding files by a part of their names and by what they say, both while one types. */
import { type Found, type FoundText, foundIn, placeOf, SEARCH_TOOL } from '../../../command/search/found.ts'
import { isIndexed } from '../../../command/search/index-status.ts'
import { pathsIn, structureIn } from '../../model/answers.ts'
import { editorKey, NO_TEXT } from '../../model/editor.ts'
import { type Outcome, step } from '../../model/effects.ts'
import { moved } from '../../model/selection.ts'
import type { Area, World } from '../../model/view.ts'
import { addFolder } from './indexing.ts'
import {
  type FilesEffect,
  type FilesMessage,
  type FilesState,
  type FilesStep,
  openAt,
  reveal,
  type Search,
  selectedFolder,
  TRASH,
} from './state.ts'

const isOrIn = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** Servers that search by meaning have this tool. */
export const canSearchTexts = ({ offer }: World): boolean =>
  offer.tools.some(({ name }) => name === SEARCH_TOOL)

/** How long the next letter is waited for, in milliseconds; what files say takes longer to be found. */
const NAMES_AFTER_MS = 60
const TEXTS_AFTER_MS = 200
/** By which what runs is stopped. */
const NAMES = 'search-names'
const TEXTS = 'search-texts'
/** So many are asked for. */
const MOST_NAMES = 200
const MOST_TEXTS = 30
/** What the tool takes, in characters. */
const SNIPPET = { least: 40, most: 400 }

const NOT_ASKED = { found: undefined, hasMore: false, note: undefined, query: '' }

export const newSearch = (world: World): Search => ({
  query: NO_TEXT,
  names: NOT_ASKED,
  texts: canSearchTexts(world) ? NOT_ASKED : undefined,
  missing: undefined,
  shown: 'both',
  selected: 0,
  hasMoved: false,
  folder: EVERYWHERE,
})

const EVERYWHERE = '/'

/** What is asked, and where: in another folder it is another question. */
export function questionOf({ query, folder }: Search): string {
  const text = query.text.trim()
  return text === '' || folder === EVERYWHERE ? text : `${text} in ${folder}`
}

/** Whether what files say there is found by nothing: no folder of it is indexed. */
export const isUnindexed = ({ index }: FilesState, { folder }: Search): boolean =>
  index !== undefined && !isIndexed(index, folder)

/** The folder that the search can be narrowed to; undefined where that is all. */
export function folderToSearch(state: FilesState): string | undefined {
  const folder = selectedFolder(state)
  return folder === EVERYWHERE ? undefined : folder
}

/** What was found and is shown: names first. */
export type Item = { type: 'name'; path: string } | { type: 'text'; hit: FoundText }

/** Of names so many are shown while there are texts too: those would be out of sight. */
const FEW_NAMES = 5

export function itemsOf({ names, texts, shown }: Search): Item[] {
  const paths = shown === 'texts' ? [] : (names.found ?? [])
  const hits = shown === 'names' ? [] : (texts?.found ?? [])
  const few = shown === 'both' && hits.length > 0 ? paths.slice(0, FEW_NAMES) : paths
  return [
    ...few.map((path): Item => ({ type: 'name', path })),
    ...hits.map((hit): Item => ({ type: 'text', hit })),
  ]
}

/** Names that are left out, so that texts are in sight. */
export const hiddenNames = (search: Search): number =>
  search.shown === 'texts'
    ? 0
    : (search.names.found?.length ?? 0) - itemsOf(search).filter(({ type }) => type === 'name').length

export function searchKey(
  state: FilesState,
  search: Search,
  pressed: string,
  { rows, columns }: Area,
): FilesStep {
  if (pressed === 'escape' || pressed === 'C-c') return step({ ...state, search: undefined }, ...stopped())
  if (pressed === 'tab' || pressed === 'S-tab')
    return step({ ...state, search: { ...search, shown: nextShown(search), selected: 0, hasMoved: false } })
  if (pressed === 'M-o') {
    const folder = search.folder === EVERYWHERE ? folderToSearch(state) : EVERYWHERE
    return folder === undefined ? step(state) : searchTyped(state, { ...search, folder }, columns)
  }
  if (pressed === 'M-i') return addFolder(state, selectedFolder(state))
  const items = itemsOf(search)
  if (pressed === 'enter') {
    const item = items[search.selected]
    if (!item) return step(state)
    return item.type === 'name' ? reveal(state, item.path) : openAt(state, item.hit)
  }
  const selected =
    pressed.length > 1 && !pressed.startsWith('C-')
      ? moved(search.selected, items.length, pressed, rows - 4)
      : undefined
  if (selected !== undefined && pressed !== 'home' && pressed !== 'end')
    return step({ ...state, search: { ...search, selected, hasMoved: true } })
  const query = editorKey(search.query, pressed)
  if (!query) return step(state)
  if (query.text === search.query.text) return step({ ...state, search: { ...search, query } })
  return searchTyped(state, { ...search, query }, columns)
}

/** Both, names alone, texts alone, both again; a kind of which there is none is passed over. */
function nextShown({ names, texts, shown }: Search): Search['shown'] {
  const kinds: Search['shown'][] = [
    'both',
    ...(names.found?.length ? (['names'] as const) : []),
    ...(texts?.found?.length ? (['texts'] as const) : []),
  ]
  return kinds[(kinds.indexOf(shown) + 1) % kinds.length] ?? 'both'
}

const stopped = (): FilesEffect[] => [
  { type: 'abort', key: NAMES },
  { type: 'abort', key: TEXTS },
]

/** What runs for the letters before is stopped; what it found stays in sight until there is something else. */
export function searchTyped(state: FilesState, search: Search, columns: number): FilesStep {
  const question = questionOf(search)
  if (question === '') {
    const texts = search.texts && NOT_ASKED
    const empty = { ...search, names: NOT_ASKED, texts, missing: undefined, selected: 0, hasMoved: false }
    return step({ ...state, search: empty }, ...stopped())
  }
  const later = (key: string, ms: number): FilesEffect => ({
    type: 'later',
    key,
    ms,
    message: { type: 'search', what: key === NAMES ? 'names' : 'texts', query: question, columns },
  })
  return step(
    { ...state, search: { ...search, selected: 0, hasMoved: false } },
    ...stopped(),
    later(NAMES, NAMES_AFTER_MS),
    ...(search.texts ? [later(TEXTS, TEXTS_AFTER_MS)] : []),
  )
}

export function askSearch(
  state: FilesState,
  { what, query, columns }: Extract<FilesMessage, { type: 'search' }>,
): FilesStep {
  const { search } = state
  if (!search || questionOf(search) !== query) return step(state)
  const { folder } = search
  const text = search.query.text.trim()
  if (what === 'names')
    return step(state, {
      type: 'tool',
      name: 'fs_search_files',
      arguments: { path: folder, pattern: `**/*${text.replace(/[*?[\]{}\\]/g, '?')}*`, limit: MOST_NAMES },
      consent: 'person',
      key: NAMES,
      reply: (outcome) => ({
        type: 'found-names',
        query,
        outcome: outcome.ok ? { ok: true, value: pathsIn(outcome.value) } : outcome,
      }),
    })
  const snippetChars = Math.max(SNIPPET.least, Math.min(SNIPPET.most, columns - 4))
  return step(state, {
    type: 'tool',
    name: SEARCH_TOOL,
    arguments: {
      query: text,
      limit: MOST_TEXTS,
      snippetChars,
      ...(folder === EVERYWHERE ? {} : { folder }),
    },
    consent: 'person',
    key: TEXTS,
    reply: (outcome) => ({ type: 'found-texts', query, outcome: structureIn(outcome, foundIn) }),
  })
}

/** What was stopped, or was for other letters, is nothing that was found. */
const isLate = ({ search }: FilesState, query: string, outcome: Outcome<unknown>): boolean =>
  !search || questionOf(search) !== query || (!outcome.ok && outcome.cancelled === true)

export function foundNames(state: FilesState, query: string, outcome: Outcome<string[]>): FilesState {
  const { search } = state
  if (!search || isLate(state, query, outcome)) return state
  const paths = outcome.ok ? outcome.value : []
  // What is in the trash is looked for there.
  const isInTrash = isOrIn(TRASH, state.selected)
  const found = isInTrash ? paths : paths.filter((path) => !isOrIn(TRASH, path))
  const names = { found, hasMore: paths.length >= MOST_NAMES, note: noteOf(outcome), query }
  return { ...state, search: keepingSelected(search, { ...search, names }) }
}

export function foundTexts(state: FilesState, query: string, outcome: Outcome<Found>): FilesState {
  const { search } = state
  if (!search?.texts || isLate(state, query, outcome)) return state
  const { hits: found, more: hasMore, missing } = outcome.ok ? outcome.value : NO_TEXTS
  const texts = { found, hasMore, note: noteOf(outcome), query }
  return { ...state, search: keepingSelected(search, { ...search, texts, missing }) }
}

const NO_TEXTS = { hits: [], more: false, missing: undefined }
const noteOf = (outcome: Outcome<unknown>): string | undefined => (outcome.ok ? undefined : outcome.error)

/** What a person has gone to stays the one that Enter opens, wherever it stands now. */
function keepingSelected(before: Search, after: Search): Search {
  const chosen = before.hasMoved ? itemsOf(before)[before.selected] : undefined
  const at = chosen ? itemsOf(after).findIndex((item) => keyOf(item) === keyOf(chosen)) : 0
  return { ...after, selected: Math.max(0, at) }
}

const keyOf = (item: Item): string => (item.type === 'name' ? item.path : placeOf(item.hit))

/** What the search is, as the words of a command. */
export function lucaForSearch({ query, texts, folder }: Search): string[] {
  if (!texts) {
    const given = { path: folder, pattern: `**/*${query.text}*` }
    return ['luca', 'call', 'fs_search_files', JSON.stringify(given)]
  }
  return ['luca', 'search', ...(folder === EVERYWHERE ? [] : ['--folder', folder]), query.text]
}
