import { defineView } from '../../model/view.ts'
import { draw } from './draw.ts'
import { canIndex } from './indexing.ts'
import { actions, lucaFor, update } from './model.ts'
import { canSearchTexts } from './search.ts'
import { type FilesMessage, type FilesState, fileRead, INITIAL } from './state.ts'

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
        { key: '↑↓', what: 'move' },
        ...(state.index?.folders.length === 0 ? [{ key: 'M-i', what: 'index' }] : []),
        { key: 'Esc', what: 'back' },
      ]
    if (fileRead(state) !== undefined)
      return [
        { key: '↑↓', what: 'scroll' },
        { key: 'e', what: 'edit' },
        { key: 'Esc', what: 'back' },
      ]
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
