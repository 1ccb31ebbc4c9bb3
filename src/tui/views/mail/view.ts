import { defineView } from '../../model/view.ts'
import { draw } from './draw.ts'
import { actions, lucaFor, update } from './model.ts'
import { INITIAL, type MailMessage, type MailState } from './state.ts'

/** The emails of the user. */
export const mail = defineView<MailState, MailMessage>({
  id: 'mail',
  title: 'Mail',
  servers: ['mail'],
  initial: INITIAL,
  update: (state, message, _, area) => update(state, message, area),
  draw: (state, area, world) => draw(state, area, world.renderer),
  actions,
  isTyping: ({ search }) => search?.isTyped === true,
  luca: lucaFor,
  hints({ accounts = [], search, reading }) {
    if (search?.isTyped)
      return [
        { key: 'Enter', what: 'search' },
        { key: 'Esc', what: 'back' },
      ]
    if (reading)
      return [
        { key: '↑↓', what: 'scroll' },
        { key: 'n', what: 'next' },
        { key: 'p', what: 'before' },
        { key: 'Esc', what: 'back' },
      ]
    if (accounts.length === 0) return [{ key: 'r', what: 'ask again' }]
    return [
      { key: 'Enter', what: 'read' },
      { key: '/', what: 'search' },
      { key: 'f', what: 'folder' },
      ...(accounts.length > 1 ? [{ key: 'a', what: 'account' }] : []),
      { key: 'u', what: 'unread' },
      { key: 'r', what: 'new ones' },
      ...(search ? [{ key: 'Esc', what: 'back' }] : []),
    ]
  },
})
