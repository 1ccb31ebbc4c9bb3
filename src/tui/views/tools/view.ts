import { defineView } from '../../model/view.ts'
import { draw } from './draw.ts'
import { actions, INITIAL, lucaFor, type ToolsMessage, type ToolsState, update } from './model.ts'

/** Every tool of every server. */
export const tools = defineView<ToolsState, ToolsMessage>({
  id: 'tools',
  title: 'Tools',
  initial: INITIAL,
  update,
  draw,
  actions,
  isTyping: ({ filter, form, call }) => !call && (form !== undefined || filter.isTyped),
  luca: (state) => lucaFor(state, state.selected),
  hints({ call, form, declared, filter }) {
    if (call)
      return [
        { key: 'Enter', what: 'open, close' },
        { key: '↑↓', what: 'move' },
        { key: 'Esc', what: call.result ? 'back' : 'stop' },
      ]
    if (form)
      return [
        { key: 'Enter', what: 'next, call' },
        { key: 'Tab', what: 'next field' },
        { key: '^S', what: 'call' },
        { key: 'Esc', what: 'back' },
      ]
    if (declared)
      return [
        { key: 'Enter', what: 'open, close' },
        { key: '↑↓', what: 'move' },
        { key: 'Esc', what: 'back' },
      ]
    return [
      { key: 'Enter', what: filter.isTyped ? 'keep' : 'fill in' },
      { key: 'i', what: 'schema' },
      { key: '/', what: 'filter' },
      { key: '↑↓', what: 'move' },
    ]
  },
})
