/**
 * A question that comes unasked takes no keys at first: they were meant for what was there before. It begins to listen
 * once it was on the screen for a moment without a key.
 */
import { type Next, replaced, toView } from './change.ts'
import { step } from './effects.ts'
import { globalKey } from './input.ts'
import type { Choice, Message, Overlay } from './message.ts'
import { type Asking, turnedPage } from './question-picture.ts'
import { currentView, type State, topOverlay } from './state.ts'

/** Longer than between two keys of a person who types, in milliseconds. */
export const SETTLE_MS = 500

type Update = (state: State, message: Message) => Next
type Typed = Extract<Message, { type: 'key' | 'text' | 'paste' | 'wheel' }>

/** Does what a message says, but for keys to a question that does not listen yet. */
export function settling(given: State, message: Message, update: Update): Next {
  if (message.type === 'settled')
    return step(given.settlesAt === message.at ? { ...given, settlesAt: undefined } : given)
  const isEarly = given.settlesAt !== undefined && isTyped(message)
  const next = isEarly ? early(given, message, update) : update(given, message)
  const settlesAt = settlesAtOf(given, next.state, message)
  const state: State = { ...next.state, settlesAt, talkingTo: talkingTo(given, message) }
  if (settlesAt === undefined || settlesAt === given.settlesAt) return { ...next, state }
  const ms = settlesAt - state.now
  const settled: Message = { type: 'settled', at: settlesAt }
  return { state, effects: [...next.effects, { type: 'later', key: 'settled', ms, message: settled }] }
}

/** What was being typed goes on, and pages may be turned. Nothing is an answer. */
function early(state: State, message: Typed, update: Update): Next {
  if (message.type === 'key')
    return globalKey(state, message.key, update) ?? pageTurned(state, message.key) ?? step(state)
  const view = currentView(state)
  const isTyping = state.overlays.length === 1 && view.isTyping(state.own[view.id])
  return isTyping && message.type !== 'wheel'
    ? toView(state, view.id, { type: message.type, text: message.text })
    : step(state)
}

function pageTurned(state: State, key: string): Next | undefined {
  const asking = askingIn(state)
  const top = asking && asking.type !== 'choose' ? turnedPage(state, asking, key) : undefined
  return top === undefined ? undefined : step(replaced(state, { ...(asking as Asking), top }))
}

/** When the question on top begins to listen; undefined where it does, or where there is none. */
function settlesAtOf(before: State, after: State, message: Message): number | undefined {
  const [old, now] = [askingIn(before), askingIn(after)]
  if (now === undefined) return undefined
  const later = after.now + SETTLE_MS
  // Typing in a question makes a new one of it; what takes its answer stays.
  if (old?.reply === now.reply)
    return before.settlesAt !== undefined && isTyped(message) ? later : before.settlesAt
  if (isTyped(message) || message.type === 'click') {
    const isBehind = after.overlays.length < before.overlays.length
    const isNext = old === undefined || (takesLine(old) && takesLine(now))
    return isNext && !isBehind ? undefined : later
  }
  return message.type === 'prompted' && message.job === before.talkingTo ? undefined : later
}

/** The line in the background whose question was the last thing that a person typed in: more of its questions are awaited. */
function talkingTo(before: State, message: Message): number | undefined {
  if (!isTyped(message)) return before.talkingTo
  const overlay = topOverlay(before)
  return overlay?.type === 'prompt' ? overlay.job : undefined
}

const isTyped = (message: Message): message is Typed =>
  message.type === 'key' || message.type === 'text' || message.type === 'paste' || message.type === 'wheel'

function askingIn(state: State): Asking | Choice | undefined {
  const overlay = topOverlay(state)
  return overlay && 'reply' in overlay ? overlay : undefined
}

const takesLine = ({ type }: Overlay): boolean => type === 'prompt' || type === 'choose'
