/** All keys that there are in the current view, and everywhere. */

import { EMPTY, fit, type Line, paragraph, styled } from '../text/lines.ts'
import { currentView, type State, worldOf } from './state.ts'

/** Those that hold everywhere. A view's own are its hints. */
const HELP: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['Ctrl-P or :', 'find views, actions, tools, files, methods; or run a luca command'],
      ['Alt-1 … Alt-9', 'go to a view; 1 … 9 also work where letters are keys'],
      ['Tab, Shift-Tab', 'the next view, the one before'],
      ['Esc', 'back'],
      ['F1 or ?', 'this help'],
      ['Alt-M', 'give the mouse to the terminal, to select text; or take it back'],
      ['Ctrl-C', 'stop what runs; put the typed text aside (Up recalls it)'],
      ['Ctrl-Z', 'suspend luca and return to the shell that started it'],
      ['Ctrl-Q', 'leave'],
    ],
  },
  {
    title: 'In text fields',
    keys: [
      ['Ctrl-A, Ctrl-E', 'beginning and end of the line'],
      ['Alt-B, Alt-F', 'a word back, a word on'],
      ['Ctrl-W, Alt-D', 'delete the word before, the word after'],
      ['Ctrl-U, Ctrl-K', 'delete to the beginning, to the end of the line'],
      ['Up, Down', 'earlier lines'],
    ],
  },
  {
    title: 'In lists',
    keys: [
      ['j k, arrows', 'down and up'],
      ['PgUp, PgDn', 'by a page'],
      ['g G', 'the first, the last'],
    ],
  },
]

export function helpLines(state: State, columns: number): Line[] {
  const view = currentView(state)
  const hints = view.hints(state.own[view.id], worldOf(state))
  return [
    styled(view.title, 'heading'),
    ...hints.flatMap(({ key, what }) => keyLines(spelled(key), what, columns)),
    ...HELP.flatMap(({ title, keys }) => [
      EMPTY,
      styled(title, 'heading'),
      ...keys.flatMap(([key, what]) => keyLines(key, what, columns)),
    ]),
  ]
}

/** Keys as they stand on a keyboard; the line of hints has no room for that. */
const spelled = (key: string): string =>
  key.replace(/^\^/, 'Ctrl-').replace(/^M-(.)/, (_, letter: string) => `Alt-${letter.toUpperCase()}`)

/** Where what a key does begins, in columns. */
const KEY_COLUMN = 18

function keyLines(key: string, what: string, columns: number): Line[] {
  return paragraph(what, columns - KEY_COLUMN).map((one, i): Line => {
    const label = fit(styled(i === 0 ? `  ${key}` : '', 'key'), KEY_COLUMN)
    return { spans: [...label.spans, ...one.spans] }
  })
}
