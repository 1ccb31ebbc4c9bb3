/** What a person does: keys, texts, pastes and the mouse, and who takes them. */
import { closed, go, type Next, opened, replaced, said, toView } from './change.ts'
import { type Effect, step } from './effects.ts'
import type { Message } from './message.ts'
import { newPalette, type Overlay } from './message.ts'
import { overlayEvent } from './overlays.ts'
import { currentView, isTooSmall, openViews, type State, topOverlay } from './state.ts'

/** Answers of panels are messages again. */
type Update = (state: State, message: Message) => Next

/** A key, wherever one is: keys of everywhere come first, then those of a panel, then those of the view. */
export function keyPressed(state: State, key: string, update: Update): Next {
  const global = globalKey(state, key, update)
  if (global) return global
  if (isTooSmall(state)) return step(state)
  const overlay = topOverlay(state)
  if (overlay) return overlayKey(state, overlay, key, update)
  return toView(state, state.view, { type: 'key', key }, () => unclaimed(state, key))
}

/** Keys that mean the same everywhere. */
export function globalKey(state: State, key: string, update: Update): Next | undefined {
  const views = openViews(state)
  const digit = /^M-([1-9])$/.exec(key)?.[1] ?? /^f([2-9])$/.exec(key)?.[1]
  if (digit !== undefined && !topOverlay(state)) {
    const view = views[key.startsWith('M-') ? Number(digit) - 1 : Number(digit) - 2]
    return view ? go(state, view.id) : step(state)
  }
  switch (key) {
    case 'C-p':
      if (topOverlay(state)) return undefined
      return step(opened(state, newPalette()))
    case 'C-q':
      return step(state, { type: 'quit' })
    case 'C-z':
      return step(state, { type: 'suspend' })
    case 'f1':
      return topOverlay(state)?.type === 'help'
        ? step(closed(state))
        : step(opened(state, { type: 'help', top: 0 }))
    case 'M-m':
      return update(state, { type: 'toggle-mouse' })
    default:
      return undefined
  }
}

/** Keys that a view has no use for. */
function unclaimed(state: State, key: string): Next {
  const views = openViews(state)
  const at = views.findIndex(({ id }) => id === state.view)
  if (key === 'tab' || key === 'S-tab') {
    const next = views[(at + (key === 'tab' ? 1 : views.length - 1)) % views.length]
    return next ? go(state, next.id) : step(state)
  }
  if (key === 'C-c') {
    if (state.leaving) return step(state, { type: 'quit' })
    return said({ ...state, leaving: true }, 'Press Ctrl-C again, or Ctrl-Q, to quit.', 'plain')
  }
  if (key === '?') return step(opened(state, { type: 'help', top: 0 }))
  if (key === ':') return step(opened(state, newPalette()))
  if (key === 'q') return said(state, 'Ctrl-Q leaves.', 'plain')
  if (/^[1-9]$/.test(key)) {
    const view = views[Number(key) - 1]
    return view ? go(state, view.id) : step(state)
  }
  return step(state)
}

/** Letters are keys until something takes them as text, which then gets the rest at once. */
export function typed(given: State, text: string, update: Update): Next {
  let state: State = { ...given, leaving: false }
  const effects: Effect<Message>[] = []
  let rest = text
  while (rest !== '') {
    const view = currentView(state)
    const own = state.own[view.id]
    const overlay = topOverlay(state)
    const char = String.fromCodePoint(rest.codePointAt(0) as number)
    const opensPalette = char === ':' && !overlay && !view.hasText(own)
    const takesText = overlay ? TYPED_IN.has(overlay.type) : view.isTyping(own) && !opensPalette
    const next = isTooSmall(state)
      ? step<State, Message>(state)
      : opensPalette
        ? unclaimed(state, char)
        : takesText
          ? textGiven(state, overlay, rest, update)
          : keyPressed(state, char, update)
    state = next.state
    effects.push(...next.effects)
    rest = takesText ? '' : rest.slice(char.length)
  }
  return { state, effects }
}

const TYPED_IN: ReadonlySet<Overlay['type']> = new Set(['prompt', 'choose', 'question', 'palette'])

function textGiven(state: State, overlay: Overlay | undefined, text: string, update: Update): Next {
  if (overlay) return applied(state, overlay, { type: 'text', text }, update)
  return toView(state, state.view, { type: 'text', text })
}

/** What is taken of a paste into a panel, whose fields are lines, in characters. */
const MAX_LINE = 4096

export function pasted(state: State, text: string, cut: boolean, update: Update): Next {
  const overlay = topOverlay(state)
  if (!overlay) {
    const next = toView(state, state.view, { type: 'paste', text })
    return cut
      ? withWarning(next, 'Only the first 1 MiB was pasted; attach whole files in Chat (Alt-A).')
      : next
  }
  const line = text.replace(/[\r\n]+/g, ' ')
  const next = applied(state, overlay, { type: 'text', text: line.slice(0, MAX_LINE) }, update)
  return line.length > MAX_LINE
    ? withWarning(next, `Only the first ${MAX_LINE} characters were taken.`)
    : next
}

function withWarning({ state, effects }: Next, text: string): Next {
  const told = said(state, text, 'warning')
  return { state: told.state, effects: [...effects, ...told.effects] }
}

export function clicked(state: State, row: number, column: number): Next {
  if (isTooSmall(state) || topOverlay(state)) return step(state)
  if (row === 0) {
    let at = 6
    for (const { id, title } of openViews(state)) {
      if (column >= at && column < at + title.length + 4) return go(state, id)
      at += title.length + 4
    }
    return step(state)
  }
  if (row >= state.rows - 2) return step(state)
  return toView(state, state.view, { type: 'click', row: row - 1, column })
}

function overlayKey(state: State, overlay: Overlay, key: string, update: Update): Next {
  return applied(state, overlay, { type: 'key', key }, update)
}

function applied(
  state: State,
  overlay: Overlay,
  event: { type: 'key'; key: string } | { type: 'text'; text: string },
  update: Update,
): Next {
  const result = overlayEvent(state, overlay, event)
  let next: State = result.overlay ? replaced(state, result.overlay) : closed(state)
  const effects: Effect<Message>[] = [...(result.effects ?? [])]
  if (result.message) {
    const then = update(next, result.message)
    next = then.state
    effects.push(...then.effects)
  }
  return { state: next, effects }
}

/** The wheel moves in what is on top. */
export function turned(state: State, by: 1 | -1, update: Update): Next {
  const overlay = topOverlay(state)
  if (overlay) return overlayKey(state, overlay, by < 0 ? 'up' : 'down', update)
  return toView(state, state.view, { type: 'wheel', by })
}
