/** Finding files by a part of their names, or by what they are about. */
import { foundPathsIn, pathsIn, understood } from '../../model/answers.ts'
import { editorKey, NO_TEXT } from '../../model/editor.ts'
import { type Outcome, step } from '../../model/effects.ts'
import { moved } from '../../model/selection.ts'
import type { World } from '../../model/view.ts'
import {
  type FilesEffect,
  type FilesMessage,
  type FilesState,
  type FilesStep,
  reveal,
  type Search,
  TRASH,
} from './state.ts'

const isOrIn = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`)

export const newSearch = (by: Search['by']): Search => ({
  by,
  query: NO_TEXT,
  found: undefined,
  hasMore: false,
  note: undefined,
  selected: 0,
})

/** Servers that search by meaning have this method. */
export const canSearchByMeaning = ({ offer }: World): boolean => offer.methods.includes('mcp.fs.search')

export function searchKey(state: FilesState, search: Search, pressed: string, page: number): FilesStep {
  if (pressed === 'escape' || pressed === 'C-c') return step({ ...state, search: undefined })
  const found = search.found ?? []
  if (pressed === 'enter') {
    const path = found[search.selected]
    return path === undefined ? step(state) : reveal(state, path)
  }
  const selected =
    pressed.length > 1 && !pressed.startsWith('C-')
      ? moved(search.selected, found.length, pressed, page - 3)
      : undefined
  if (selected !== undefined && pressed !== 'home' && pressed !== 'end')
    return step({ ...state, search: { ...search, selected } })
  const query = editorKey(search.query, pressed)
  return query ? searchTyped(state, { ...search, query }) : step(state)
}

export function searchTyped(state: FilesState, search: Search): FilesStep {
  const text = search.query.text.trim()
  if (text === '') return step({ ...state, search: { ...search, found: undefined, note: undefined } })
  return step({ ...state, search: { ...search, selected: 0 } }, searchFor(search.by, text))
}

/** So many are asked for. */
const MOST_BY_NAME = 200
const MOST_BY_MEANING = 30

function searchFor(by: Search['by'], text: string): FilesEffect {
  const told = (outcome: Outcome<string[]>): FilesMessage => ({ type: 'found', query: text, outcome })
  if (by === 'meaning')
    return {
      type: 'v1',
      method: 'mcp.fs.search',
      params: [text, MOST_BY_MEANING],
      consent: 'person',
      reply: (outcome) => told(understood(outcome, foundPathsIn)),
    }
  return {
    type: 'tool',
    name: 'fs_search_files',
    arguments: { path: '/', pattern: `**/*${text.replace(/[*?[\]{}\\]/g, '?')}*`, limit: MOST_BY_NAME },
    consent: 'person',
    key: 'search',
    reply: (outcome) => told(outcome.ok ? { ok: true, value: pathsIn(outcome.value) } : outcome),
  }
}

export function found(state: FilesState, query: string, outcome: Outcome<string[]>): FilesState {
  const { search } = state
  if (!search || search.query.text.trim() !== query) return state
  if (!outcome.ok) return { ...state, search: { ...search, found: [], note: outcome.error } }
  const paths = outcome.value
  // What is in the trash is looked for there.
  const isInTrash = isOrIn(TRASH, state.selected)
  const shown = isInTrash ? paths : paths.filter((path) => !isOrIn(TRASH, path))
  const hasMore = search.by === 'name' && paths.length >= MOST_BY_NAME
  return { ...state, search: { ...search, found: shown, hasMore, note: undefined } }
}
