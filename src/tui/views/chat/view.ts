import { defineView } from '../../model/view.ts'
import { draw } from './draw.ts'
import { actions, lucaFor, update } from './model.ts'
import { type ChatMessage, type ChatState, INITIAL, isBusy } from './state.ts'

/** Talking to a language model. */
export const chat = defineView<ChatState, ChatMessage>({
  id: 'chat',
  title: 'Chat',
  initial: INITIAL,
  update,
  draw,
  actions,
  isTyping: () => true,
  hasText: ({ draft }) => draft.text !== '',
  luca: lucaFor,
  hints: (state) =>
    isBusy(state)
      ? [
          { key: 'Esc', what: 'stop' },
          { key: 'PgUp', what: 'scroll' },
          { key: '^O', what: 'tool results' },
        ]
      : [
          { key: 'Enter', what: 'send' },
          { key: 'M-Enter', what: 'new line' },
          ...(state.turns.length > 0
            ? [
                { key: 'M-r', what: 'again' },
                { key: 'M-e', what: 'edit' },
                { key: '^O', what: 'tool results' },
                { key: 'M-n', what: 'new' },
              ]
            : []),
          { key: 'M-a', what: 'attach' },
          { key: 'M-l', what: 'model' },
          { key: 'M-g', what: 'earlier' },
          { key: 'M-s', what: 'search' },
          { key: '/', what: 'prompts of servers' },
          { key: 'M-t', what: 'tools on, off' },
          { key: 'PgUp', what: 'scroll' },
        ],
})
