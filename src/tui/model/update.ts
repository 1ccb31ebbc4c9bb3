/** What happens → the next state, and what is to be done. */
import {
  closed,
  go,
  type Next,
  opened,
  replaced,
  said,
  toView,
  withoutPalette,
  withoutQuestion,
} from './change.ts'
import { NO_TEXT } from './editor.ts'
import { step } from './effects.ts'
import { clicked, keyPressed, pasted, turned, typed } from './input.ts'
import { jobEnded, jobStarted, jobWrote } from './jobs.ts'
import type { Message } from './message.ts'
import { newPalette, type Overlay } from './message.ts'
import { questionOf } from './overlays.ts'
import { settling } from './settling.ts'
import { CHOICES, openViews, type State, topOverlay } from './state.ts'

export const update = (state: State, message: Message): Next => settling(state, message, changed)

function changed(state: State, message: Message): Next {
  switch (message.type) {
    case 'key':
      return keyPressed({ ...state, leaving: state.leaving && message.key === 'C-c' }, message.key, changed)
    case 'text':
      return typed(state, message.text, changed)
    case 'paste':
      return pasted(state, message.text, message.cut, changed)
    case 'click':
      return clicked(state, message.row, message.column)
    case 'wheel':
      return turned(state, message.by, changed)
    case 'resize':
      return step({ ...state, columns: message.columns, rows: message.rows })
    case 'background':
      return step(state.themeChosen ? state : { ...state, theme: message.theme })
    case 'gone':
      return step(state, { type: 'quit' })
    case 'view':
      return toView(state, message.id, message.message)
    case 'go':
      return go(withoutPalette(state), message.view, message.message)
    case 'link':
      return linkChanged(state, message.link)
    case 'offer':
      return offered(state, message.offer)
    case 'asked':
      return step(opened(state, questionOf(message.request, message.answer, message.name)), { type: 'bell' })
    case 'withdrawn':
      return step(withoutQuestion(state, message.name))
    case 'prompted':
      return step(opened(state, promptedOverlay(message)), { type: 'bell' })
    case 'open':
      return step(opened(withoutPalette(state), message.overlay))
    case 'close':
      return step(closed(state))
    case 'run':
      return run(withoutPalette(state), message.line)
    case 'fill':
      return filled(state, message.line)
    case 'said':
      return said(state, message.text, message.tone)
    case 'quiet':
      return step(state.notice?.until === message.until ? { ...state, notice: undefined } : state)
    case 'job-started':
      return jobStarted(state, message.id, message.line)
    case 'job-wrote':
      return jobWrote(state, message.id, message.text)
    case 'job-ended':
      return jobEnded(state, message.id, message.ok)
    case 'completed':
    case 'found-files': {
      const palette = topOverlay(state)
      if (palette?.type !== 'palette' || palette.query.text !== message.query) return step(state)
      if (message.type === 'found-files') return step(replaced(state, { ...palette, files: message.files }))
      return step(replaced(state, withCompletions(palette, message.completions, message.replaced)))
    }
    case 'lines-typed':
      return step({ ...state, typed: message.lines })
    case 'renderer':
      return step({ ...state, renderer: message.renderer })
    case 'toggle-mouse': {
      const mouse = !state.mouse
      const text = mouse
        ? 'The mouse works here; Alt-M gives it back.'
        : 'The mouse is the terminal’s; Alt-M takes it.'
      return remembered(said({ ...withoutPalette(state), mouse }, text, 'plain'))
    }
    case 'toggle-theme':
      return remembered(
        step({
          ...withoutPalette(state),
          theme: state.theme === 'dark' ? 'light' : 'dark',
          themeChosen: true,
        }),
      )
    case 'reconnect':
      return step({ ...withoutPalette(state), link: { state: 'connecting' } }, { type: 'reconnect' })
    case 'quit':
      return step(state, { type: 'quit' })
    case 'settled':
    case 'nothing':
      return step(state)
  }
}

/** What was chosen once holds the next time too. */
function remembered({ state, effects }: Next): Next {
  const { mouse, theme, themeChosen } = state
  const value = { mouse, ...(themeChosen ? { theme } : {}) }
  return { state, effects: [...effects, { type: 'keep', ...CHOICES, value }] }
}

function linkChanged(state: State, link: State['link']): Next {
  const came = link.state === 'connected' && state.link.state !== 'connected'
  const next = { ...state, link }
  return came ? toView(next, state.view, { type: 'shown' }) : step(next)
}

function offered(state: State, offer: State['offer']): Next {
  const next = { ...state, offer }
  const isOpen = openViews(next).some(({ id }) => id === state.view)
  return isOpen ? toView(next, state.view, { type: 'shown' }) : go(next, openViews(next)[0]?.id ?? '')
}

function run(state: State, line: string): Next {
  return line.trim() === '' ? step(state) : step(state, { type: 'line', text: line })
}

function filled(state: State, line: string): Next {
  const palette = topOverlay(state)
  const base = palette?.type === 'palette' ? palette : newPalette()
  const overlay: Overlay = { ...base, query: { text: line, cursor: line.length }, selected: 0, files: [] }
  return step(palette?.type === 'palette' ? replaced(state, overlay) : opened(state, overlay))
}

function withCompletions(
  palette: Extract<Overlay, { type: 'palette' }>,
  completions: readonly string[],
  end: string,
): Overlay {
  const common = commonStart(completions)
  const { text } = palette.query
  const longer = text.slice(0, text.length - end.length) + common
  const query = common.length > end.length ? { text: longer, cursor: longer.length } : palette.query
  return { ...palette, query, completions: completions.length > 1 ? completions : [] }
}

function commonStart(all: readonly string[]): string {
  let common = all[0] ?? ''
  for (const one of all) while (!one.startsWith(common)) common = common.slice(0, -1)
  return common
}

const promptedOverlay = ({
  job,
  question,
  unseen,
  answer,
}: Extract<Message, { type: 'prompted' }>): Overlay => ({
  type: 'prompt',
  title: question,
  job,
  editor: NO_TEXT,
  ...(unseen ? { secret: true } : {}),
  reply(text) {
    answer(text)
    return { type: 'nothing' }
  },
})
