/** Questions: how they are sent, stopped, asked again and edited. */
import type { ConversationInfo } from '../../../command/chat/conversations.ts'
import { editorOf, NO_TEXT } from '../../model/editor.ts'
import { type Outcome, step } from '../../model/effects.ts'
import { offers, type World } from '../../model/view.ts'
import { takenBack, unaskedIn } from './answer.ts'
import { forget, keepSoon } from './keeping.ts'
import { fork, stopAnswers } from './server.ts'
import {
  type Asking,
  type ChatEffect,
  type ChatState,
  type ChatStep,
  NEW_TURN,
  SEND_TOOL,
  type Turn,
  type UserTurn,
} from './state.ts'

const keyOf = (asking: number): string => `chat answer ${asking}`

export const tick: ChatEffect = { type: 'later', key: 'chat tick', ms: 1000, message: { type: 'tick' } }

export const NOT_OFFERED =
  'This gateway keeps no conversations for you: it is an older one, or you may not use its server "chat".'

/** Sends what is typed; nothing happens where nothing is. */
export function send(state: ChatState, world: World): ChatStep {
  const text = state.draft.text.trim()
  if (text === '') return step(state)
  return sendQuestion(state, { by: 'person', text: withoutEscape(text), files: state.files }, world)
}

/** A text that begins with two slashes is one with one, and no command. */
const withoutEscape = (text: string): string => (text.startsWith('//') ? text.slice(1) : text)
const withEscape = (text: string): string => (text.startsWith('/') ? `/${text}` : text)

/** Asks in place of the draft, which is kept among what was sent. */
export function sendQuestion(state: ChatState, question: UserTurn, world: World): ChatStep {
  if (!offers(world, SEND_TOOL)) return step(state, { type: 'say', text: NOT_OFFERED, tone: 'warning' })
  if (state.asked.some((one) => one.question))
    return step(state, { type: 'say', text: 'The question before it is on its way.', tone: 'plain' })
  const cleared = { ...putAside(state), files: [], top: undefined }
  return ask(cleared, question, world)
}

/** The draft is empty, and Up recalls it. */
export function putAside(state: ChatState): ChatState {
  const { text } = state.draft
  const earlier = text.trim() === '' ? state.earlier : [...state.earlier, text]
  return { ...state, earlier, draft: NO_TEXT, recalled: 0 }
}

/** Asks for an answer; in a conversation of its own where it goes on otherwise than it did. */
function ask(state: ChatState, question: UserTurn, { now }: World): ChatStep {
  const { branch, conversation } = state
  const own: Asking = { number: state.askings + 1, since: now, question }
  const next: ChatState = {
    ...state,
    turns: [...state.turns, question, { ...NEW_TURN, asking: own.number }],
    asked: [...state.asked, own],
    askings: own.number,
  }
  // What was written anew is no draft of the conversation that it leaves.
  const left = branch && conversation !== undefined ? [forget(conversation)] : []
  if (branch?.after !== undefined && conversation !== undefined)
    return step(next, fork(conversation, branch.after, own.number), ...left, tick)
  const { state: asked, effects } = sent(next, own.number, question)
  return step(asked, ...effects, ...left)
}

export function forked(state: ChatState, asking: number, outcome: Outcome<ConversationInfo>): ChatStep {
  const own = state.asked.find(({ number }) => number === asking)
  if (!own?.question) return step(state)
  if (!outcome.ok) return takenBack(state, own, outcome.error)
  return sent({ ...state, conversation: outcome.value.id, branch: undefined }, asking, own.question)
}

/** What the server has already of the model and the tools goes without saying. */
function sent(state: ChatState, asking: number, { text, files }: UserTurn): ChatStep {
  const { model, givesTools } = state
  const conversation = state.branch ? undefined : state.conversation
  const kept = conversation === undefined ? NOTHING_KEPT : state.kept
  const next = { ...state, conversation, branch: undefined, kept: { model, givesTools } }
  return step(
    next,
    follow(asking, {
      text,
      ...(conversation !== undefined && { conversation }),
      ...(files.length > 0 && { files }),
      ...(model !== kept.model && { model: model ?? '' }),
      ...(givesTools !== kept.givesTools && { tools: givesTools ? 'auto' : [] }),
    }),
    tick,
    keepSoon,
  )
}

const NOTHING_KEPT: ChatState['kept'] = { model: undefined, givesTools: true }

const follow = (asking: number, asked: Extract<ChatEffect, { type: 'chat' }>['ask']): ChatEffect => ({
  type: 'chat',
  key: keyOf(asking),
  ask: asked,
  part: (part) => ({ type: 'part', asking, part }),
  reply: (outcome) => ({ type: 'answered', asking, outcome }),
})

/** Follows the last answer of a conversation, whose parts come from its beginning. */
export function join(state: ChatState, conversation: string, { now }: World): ChatStep {
  const number = state.askings + 1
  const turns: Turn[] = [...state.turns, { ...NEW_TURN, asking: number }]
  const next = { ...state, turns, asked: [...state.asked, { number, since: now }], askings: number }
  return step(next, follow(number, { join: conversation }), tick)
}

/** Stops all answers of the conversation; those of questions that are on their way as soon as these have arrived. */
export function stop(state: ChatState): ChatStep {
  const asked = state.asked.map((one): Asking => (one.question ? { ...one, isStopped: true } : one))
  const isAnswering = state.conversation !== undefined && state.asked.some(({ question }) => !question)
  return step({ ...state, asked }, ...(isAnswering ? [stopAnswers(state.conversation as string)] : []))
}

/** Answers go on, and are followed no further. */
export const leaving = (state: ChatState): ChatEffect[] =>
  state.asked.flatMap(({ number }): ChatEffect[] => [
    { type: 'abort', key: keyOf(number) },
    ...unaskedIn(state, number),
  ])

export function again(state: ChatState, world: World): ChatStep {
  const found = lastQuestion(state)
  return found ? ask(found.before, found.question, world) : step(state)
}

/** The last question can be typed anew. What was said before goes on elsewhere once it is sent. */
export function editLast(state: ChatState): ChatStep {
  const found = lastQuestion(state)
  if (!found) return step(state)
  const { before, question } = found
  const draft = editorOf(withEscape(question.text))
  return step({ ...putAside(before), draft, files: question.files }, keepSoon)
}

function lastQuestion(state: ChatState): { before: ChatState; question: UserTurn } | undefined {
  const at = state.turns.findLastIndex((turn) => turn.by === 'person')
  const question = state.turns[at]
  if (question?.by !== 'person') return undefined
  const turns = state.turns.slice(0, at)
  const last = turns.findLast((turn) => turn.by === 'model' && turn.message !== undefined)
  const after = last?.by === 'model' ? last.message : undefined
  return { question, before: { ...state, turns, branch: { after }, top: undefined } }
}
