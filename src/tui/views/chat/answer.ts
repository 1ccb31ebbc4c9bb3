/** An answer as it comes: its text, the tools that it uses, and its end. */
import type { AnswerInfo } from '../../../command/chat/conversations.ts'
import type { ChatPart } from '../../../contracts/chat.ts'
import type { LoopStep } from '../../../contracts/tool-loop.ts'
import { editorOf } from '../../model/editor.ts'
import { type Outcome, step } from '../../model/effects.ts'
import { EMPTY_FLOW, grow, isEmptyFlow } from '../../text/flow.ts'
import { forget, keepSoon } from './keeping.ts'
import { endOf, UNKNOWN } from './loaded.ts'
import { openConversation, stopAnswers } from './server.ts'
import {
  type Asking,
  type ChatEffect,
  type ChatState,
  type ChatStep,
  isBusy,
  type ModelTurn,
  NEW_TURN,
  type ToolUse,
  type Turn,
} from './state.ts'

const consentKey = (asking: number, id: string): string => `chat consent ${asking} ${id}`

/** The place of the last piece of an answer that is followed. */
const placeOf = ({ turns }: ChatState, asking: number): number =>
  turns.findLastIndex((turn) => turn.by === 'model' && turn.asking === asking && !turn.isWhole)

const withTurn = (state: ChatState, at: number, turn: Turn): ChatState => ({
  ...state,
  turns: state.turns.with(at, turn),
})

export function tookPart(state: ChatState, asking: number, part: ChatPart): ChatStep {
  const at = placeOf(state, asking)
  const turn = state.turns[at]
  if (turn?.by !== 'model') return step(state)
  if ('conversation' in part)
    return arrived(withTurn(state, at, { ...turn, message: part.message }), asking, part.conversation)
  if ('waits' in part) return step(withTurn(state, at, { ...turn, waits: part.waits }))
  const { waits: _, ...going } = turn
  return 'text' in part ? step(said(state, at, going, part.text)) : tookStep(state, at, going, part.step)
}

/** The question is kept at the server, and its answer goes on there from now on. */
function arrived(state: ChatState, asking: number, conversation: string): ChatStep {
  const own = state.asked.find(({ number }) => number === asking)
  if (!own?.question) return step(state)
  const { question: _, isStopped, ...arrivedOne } = own
  const asked = state.asked.map((one): Asking => (one === own ? arrivedOne : one))
  const stopping = isStopped ? [stopAnswers(conversation)] : []
  // What was typed before the conversation began is no draft of the next one.
  const begun = state.conversation === undefined ? [forget(undefined)] : []
  return step({ ...state, conversation, asked }, ...stopping, ...begun, keepSoon)
}

/** What is said after calls is a piece of its own. */
function said(state: ChatState, at: number, turn: ModelTurn, text: string): ChatState {
  const isFirst = turn.uses.length > 0 || isEmptyFlow(turn.flow)
  const words = isFirst ? text.replace(/^\n+/, '') : text
  if (turn.uses.length === 0) return withTurn(state, at, { ...turn, flow: grow(turn.flow, words) })
  const { asking, message } = turn
  const next: ModelTurn = {
    ...NEW_TURN,
    ...(asking !== undefined && { asking }),
    ...(message !== undefined && { message }),
    flow: grow(EMPTY_FLOW, words),
  }
  return { ...state, turns: state.turns.toSpliced(at, 1, { ...turn, isWhole: true }, next) }
}

function tookStep(state: ChatState, at: number, turn: ModelTurn, taken: LoopStep): ChatStep {
  const asking = turn.asking ?? 0
  switch (taken.kind) {
    case 'shown': {
      const { tools, of, because } = taken
      return step(withTurn(state, at, { ...turn, offer: { tools, of, ...(because && { because }) } }))
    }
    case 'shortened': {
      const { results, turns } = taken
      return step(withTurn(state, at, { ...turn, shortened: { results, turns } }))
    }
    case 'call': {
      const { id, name, arguments: given } = taken
      const use: ToolUse = { id, name, arguments: given, state: 'running', result: '', isOpen: false }
      return step(withTurn(state, at, { ...turn, uses: [...turn.uses, use] }))
    }
    case 'asks':
      return asks(withTurn(state, at, turn), asking, taken.id)
    case 'result': {
      const found = useOf(state, asking, taken.id)
      if (!found) return step(state)
      const owner = { ...found.turn, ...(taken.isCut && { isCut: true }) }
      const use: ToolUse = { ...found.use, state: taken.isError ? 'failed' : 'done', result: taken.text }
      const next = withTurn(state, found.at, { ...owner, uses: owner.uses.with(found.place, use) })
      return found.use.state === 'asks'
        ? step(next, { type: 'abort', key: consentKey(asking, taken.id) })
        : step(next)
    }
  }
}

function asks(state: ChatState, asking: number, id: string): ChatStep {
  const found = useOf(state, asking, id)
  if (!found) return step(state)
  const uses = found.turn.uses.with(found.place, { ...found.use, state: 'asks' })
  return step(withTurn(state, found.at, { ...found.turn, uses }), {
    type: 'consent',
    key: consentKey(asking, id),
    tool: found.use.name,
    reply: (outcome) => ({ type: 'consented', outcome }),
  })
}

/** The call of that name that was made last; models give later ones the same names. */
function useOf({ turns }: ChatState, asking: number, id: string) {
  for (let at = turns.length - 1; at >= 0; at--) {
    const turn = turns[at]
    if (turn?.by !== 'model' || turn.asking !== asking) continue
    const place = turn.uses.findLastIndex((use) => use.id === id)
    const use = turn.uses[place]
    if (use) return { at, turn, place, use }
  }
  return undefined
}

export function answered(state: ChatState, asking: number, outcome: Outcome<AnswerInfo>): ChatStep {
  const own = state.asked.find(({ number }) => number === asking)
  const at = placeOf(state, asking)
  const turn = state.turns[at]
  if (!own || turn?.by !== 'model') return step(state)
  if (!outcome.ok && own.question) return takenBack(state, own, outcome.error)
  const next = { ...state, asked: state.asked.filter((one) => one !== own) }
  const unasked = unaskedIn(state, asking)
  if (!outcome.ok) {
    const lost = ending(next, asking, at, turn, `${outcome.error} The answer may go on; Alt-G finds it.`)
    return step({ ...lost, isStale: true }, ...unasked, keepSoon)
  }
  const { value } = outcome
  // A gateway that told no parts gives all of it at the end.
  const isUntold = isSilentAnswer(state, asking)
  const whole = isUntold ? { ...turn, flow: grow(EMPTY_FLOW, value.text) } : turn
  const { conversation, model = state.answeredBy } = value
  const told = {
    ...ending(next, asking, at, whole, endOf(value)),
    conversation: state.conversation ?? conversation,
    answeredBy: model,
  }
  const again = told.isStale && !isBusy(told) ? [openConversation(conversation)] : []
  return step(told, ...unasked, ...again, keepSoon)
}

const isSilentAnswer = ({ turns }: ChatState, asking: number): boolean =>
  turns.every(
    (turn) =>
      turn.by === 'person' || turn.asking !== asking || (isEmptyFlow(turn.flow) && turn.uses.length === 0),
  )

/** A question that the server did not take is in the draft again, or among what was sent where something else is typed. */
export function takenBack(state: ChatState, { number, question }: Asking, error: string): ChatStep {
  const turns = state.turns.filter(
    (turn) => turn !== question && (turn.by === 'person' || turn.asking !== number),
  )
  const next = { ...state, turns, asked: state.asked.filter((one) => one.number !== number) }
  const isFree = state.draft.text === '' && question !== undefined
  return step(
    isFree ? { ...next, draft: editorOf(question.text), files: question.files } : next,
    { type: 'say', text: error, tone: 'error' },
    keepSoon,
  )
}

/** Nobody is asked any longer about calls of an answer that has ended. */
export const unaskedIn = ({ turns }: ChatState, asking: number): ChatEffect[] =>
  turns.flatMap((turn): ChatEffect[] =>
    turn.by === 'model' && turn.asking === asking
      ? turn.uses.flatMap(({ state, id }) =>
          state === 'asks' ? [{ type: 'abort', key: consentKey(asking, id) }] : [],
        )
      : [],
  )

/** Its last piece is whole now, and calls that had not ended never will. */
function ending(state: ChatState, asking: number, at: number, last: ModelTurn, ended: string): ChatState {
  const { waits: _, ...whole } = { ...last, ended, isWhole: true }
  const turns = state.turns.with(at, whole).map((turn): Turn => {
    if (turn.by === 'person' || turn.asking !== asking || !turn.uses.some(isGoing)) return turn
    const uses = turn.uses.map(
      (use): ToolUse => (isGoing(use) ? { ...use, state: 'failed', result: UNKNOWN } : use),
    )
    return { ...turn, uses }
  })
  return { ...state, turns }
}

const isGoing = ({ state }: ToolUse): boolean => state === 'running' || state === 'asks'
