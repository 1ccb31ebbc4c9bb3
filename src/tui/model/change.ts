/** Changes that messages of all kinds lead to: views get messages, panels open and close, notices are given. */
import { NO_TEXT } from './editor.ts'
import { type Effect, mapEffect, type Step, step } from './effects.ts'
import type { Message, Overlay } from './message.ts'
import { areaOf, openViews, type State, topOverlay, worldOf } from './state.ts'
import type { ViewEvent } from './view.ts'

export type Next = Step<State, Message>

/** How long a notice stands, in milliseconds. */
const NOTICE_MS = 6000

/** Gives a message to a view. One that leaves its state as it was and wants nothing has no use for a key. */
export function toView(state: State, id: string, message: unknown, otherwise?: () => Next): Next {
  const view = state.views.find((one) => one.id === id)
  if (!view) return step(state)
  const before = state.own[id]
  const result = view.update(before, message as ViewEvent, worldOf(state), areaOf(state))
  if (otherwise && result.state === before && result.effects.length === 0) return otherwise()
  const next = { ...state, own: { ...state.own, [id]: result.state } }
  return applyEffects(
    next,
    result.effects.map((effect) => mapEffect(effect, (own): Message => ({ type: 'view', id, message: own }))),
  )
}

/** Effects that are changes of the state itself are made here. */
function applyEffects(given: State, effects: readonly Effect<Message>[]): Next {
  let state = given
  const left: Effect<Message>[] = []
  for (const effect of effects) {
    if (effect.type === 'prompt')
      state = opened(state, { type: 'prompt', ...effect.prompt, reply: effect.reply })
    else if (effect.type === 'confirm')
      state = opened(state, { type: 'confirm', ...effect.confirmation, reply: effect.reply })
    else if (effect.type === 'choose')
      state = opened(state, {
        type: 'choose',
        ...effect.choice,
        selected: 0,
        query: NO_TEXT,
        reply: effect.reply,
      })
    else if (effect.type === 'say' || effect.type === 'go') {
      const next =
        effect.type === 'say' ? said(state, effect.text, effect.tone) : go(state, effect.view, effect.message)
      state = next.state
      left.push(...next.effects)
    } else left.push(effect)
  }
  return { state, effects: left }
}

export function go(state: State, view: string, message?: unknown): Next {
  if (!openViews(state).some(({ id }) => id === view)) return step(state)
  const left =
    state.view === view ? step<State, Message>(state) : toView(state, state.view, { type: 'hidden' })
  const shown = toView({ ...left.state, view }, view, { type: 'shown' })
  const told = message === undefined ? step<State, Message>(shown.state) : toView(shown.state, view, message)
  return { state: told.state, effects: [...left.effects, ...shown.effects, ...told.effects] }
}

export const opened = (state: State, overlay: Overlay): State => ({
  ...state,
  overlays: [...state.overlays, overlay],
})
export const closed = (state: State): State =>
  state.overlays.length === 0 ? state : { ...state, overlays: state.overlays.slice(0, -1) }
/** What the palette finds takes its place. */
export const withoutPalette = (state: State): State =>
  topOverlay(state)?.type === 'palette' ? closed(state) : state
export const withoutQuestion = (state: State, name: string): State => ({
  ...state,
  overlays: state.overlays.filter((overlay) => overlay.type !== 'question' || overlay.name !== name),
})
export const replaced = (state: State, overlay: Overlay): State => ({
  ...state,
  overlays: [...state.overlays.slice(0, -1), overlay],
})

export function said(state: State, text: string, tone: NonNullable<State['notice']>['tone']): Next {
  const until = state.now + NOTICE_MS
  return step(
    { ...state, notice: { text, tone, until } },
    { type: 'later', key: 'notice', ms: NOTICE_MS, message: { type: 'quiet', until } },
  )
}
