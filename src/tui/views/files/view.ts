import { defineView, type Hint } from '../../model/view.ts'
import { hasPages } from './document.ts'
import { draw } from './draw.ts'
import { canIndex } from './indexing.ts'
import { actions, lucaFor, update } from './model.ts'
import { canSearchTexts, folderToSearch, isUnindexed } from './search.ts'
import {
  type FilesMessage,
  type FilesState,
  fileRead,
  INITIAL,
  previewOf,
  type Search,
  type ShownDocument,
} from './state.ts'

/** The served files. */
export const files = defineView<FilesState, FilesMessage>({
  id: 'files',
  title: 'Files',
  servers: ['fs'],
  initial: INITIAL,
  update,
  draw: (state, area, world) => draw(state, area, world.renderer),
  actions,
  isTyping: ({ search }) => search !== undefined,
  luca: lucaFor,
  hints(state, world) {
    if (state.search)
      return [
        { key: 'Enter', what: 'go there' },
        ...(canSearchTexts(world) ? [{ key: 'Tab', what: 'one kind' }] : []),
        ...(isUnindexed(state, state.search) ? [{ key: 'M-i', what: 'index' }] : []),
        ...scopeHints(state, state.search),
        { key: '↑↓', what: 'move' },
        { key: 'Esc', what: 'back' },
      ]
    const read = fileRead(state)
    if (read !== undefined) {
      const { document } = previewOf(state, read)
      return [
        { key: '↑↓', what: 'scroll' },
        ...(document ? pageHints(document) : [{ key: 'e', what: 'edit' }]),
        { key: 'Esc', what: 'back' },
      ]
    }
    return [
      { key: 'Enter', what: 'open' },
      { key: '/', what: 'search' },
      ...(canIndex(world) ? [{ key: 'i', what: 'index' }] : []),
      { key: 'e', what: 'edit' },
      { key: 'c', what: 'copy' },
      { key: 'm', what: 'move' },
      { key: 'd', what: 'delete' },
      { key: 'u', what: 'undo' },
      { key: 'n', what: 'new' },
      { key: 'N', what: 'new folder' },
      { key: 'a', what: 'to chat' },
      { key: 'r', what: 'reload' },
    ]
  },
})

function scopeHints(state: FilesState, { folder }: Search): Hint[] {
  if (folder !== '/') return [{ key: 'M-o', what: 'all' }]
  return folderToSearch(state) === undefined ? [] : [{ key: 'M-o', what: 'here' }]
}

function pageHints(document: ShownDocument): Hint[] {
  const what = document.parts?.kind ?? 'page'
  return hasPages(document)
    ? [
        { key: 'n', what: `next ${what}` },
        { key: 'p', what: `${what} before` },
      ]
    : []
}
