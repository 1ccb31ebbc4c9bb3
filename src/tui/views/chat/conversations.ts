/** The conversations of the user: found, opened, renamed and deleted. */
import type { ConversationInfo, ConversationPage, HitInfo } from '../../../command/chat/conversations.ts'
import { firstLine } from '../../../command/first-line.ts'
import { editorOf } from '../../model/editor.ts'
import { type Outcome, step } from '../../model/effects.ts'
import type { World } from '../../model/view.ts'
import { forget, keepNow, recallDraft } from './keeping.ts'
import { isOpen, turnsOf } from './loaded.ts'
import { findNewest, openConversation, readOlder } from './server.ts'
import { type ChatEffect, type ChatState, type ChatStep, INITIAL, isBusy } from './state.ts'
import { join, leaving } from './talk.ts'

/** What of a title is shown in a list, in characters. */
const TITLE_CHARS = 60

/** What a conversation is about, in one line. */
export const about = ({ title, messages }: ConversationInfo): string =>
  `${firstLine(title).slice(0, TITLE_CHARS)}  (${messages} ${messages === 1 ? 'message' : 'messages'})`

/** With when something was said in it last, by the clock of who looks: those that were forked are called alike. */
function listedAs(all: readonly ConversationInfo[]): string[] {
  const clock = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
  return all.map((one) => {
    const time = Date.parse(one.changed)
    return Number.isNaN(time) ? about(one) : `${about(one)}  ${clock.format(time)}`
  })
}

/** Goes to a conversation. What is answered in this one goes on. */
export function resume(state: ChatState, conversation: string): ChatStep {
  return step(
    { ...left(state), conversation, isReading: true, givesTools: state.givesTools },
    ...leaving(state),
    keepNow(state),
    openConversation(conversation),
  )
}

/** A new conversation; the old one can be gone back to. */
export function begin(state: ChatState): ChatStep {
  const { model, givesTools } = state
  return step(
    { ...left(state), model, givesTools },
    ...leaving(state),
    keepNow(state),
    recallDraft(undefined),
    findNewest,
  )
}

const left = ({ askings, newest, earlier, hasBegun }: ChatState): ChatState => ({
  ...INITIAL,
  askings,
  newest,
  earlier,
  hasBegun,
})

/** Takes what the server has of the conversation in sight. What is being answered or written anew here stays. */
export function opened(
  state: ChatState,
  conversation: string,
  outcome: Outcome<ConversationPage>,
  world: World,
): ChatStep {
  if (state.conversation !== conversation || isBusy(state) || state.branch) return step(state)
  if (!outcome.ok) {
    const tone = 'error'
    return step(state.isReading ? left(state) : state, { type: 'say', text: outcome.error, tone })
  }
  const { conversation: info, messages, older } = outcome.value
  const last = messages.at(-1)
  const isKnown = state.turns.some((turn) => turn.by === 'model' && turn.message === last?.id)
  if (isKnown && !state.isStale) return step(state)
  const isGoing = last !== undefined && isOpen(last)
  const shown = isGoing ? messages.slice(0, -1) : messages
  const next: ChatState = {
    ...state,
    title: info.title,
    turns: turnsOf(shown),
    older,
    isReading: false,
    // Of several that are answered only the last one is followed.
    isStale: shown.some(isOpen),
    model: info.model,
    givesTools: info.usesTools,
    kept: { model: info.model, givesTools: info.usesTools },
    answeredBy: last?.model,
    top: undefined,
    ...(state.isReading && { earlier: shown.flatMap(({ role, text }) => (role === 'user' ? [text] : [])) }),
  }
  const recalled: ChatEffect[] = state.isReading ? [recallDraft(conversation)] : []
  if (!isGoing) return step(next, ...recalled)
  const joined = join(next, conversation, world)
  return step(joined.state, ...recalled, ...joined.effects)
}

/** Asks for older messages where there are any. */
export function wantOlder(state: ChatState): ChatStep {
  const { conversation, older, isReading } = state
  if (conversation === undefined || older === undefined || isReading) return step(state)
  return step({ ...state, isReading: true }, readOlder(conversation, older))
}

export function tookOlder(
  state: ChatState,
  conversation: string,
  outcome: Outcome<ConversationPage>,
): ChatStep {
  if (state.conversation !== conversation || !state.isReading) return step(state)
  const next = { ...state, isReading: false }
  if (!outcome.ok) return step(next, { type: 'say', text: outcome.error, tone: 'error' })
  const turns = turnsOf(outcome.value.messages)
  const { top } = state
  return step({
    ...next,
    turns: [...turns, ...state.turns],
    older: outcome.value.older,
    top: top && { ...top, turn: top.turn + turns.length },
  })
}

export const found = (state: ChatState, outcome: Outcome<readonly ConversationInfo[]>): ChatStep =>
  step(outcome.ok ? { ...state, newest: outcome.value[0] } : state)

export function listed(state: ChatState, outcome: Outcome<readonly ConversationInfo[]>): ChatStep {
  if (!outcome.ok) return step(state, { type: 'say', text: outcome.error, tone: 'error' })
  const ids = outcome.value.map(({ id }) => id)
  return choose(
    state,
    'Open a conversation',
    'There are no earlier conversations.',
    listedAs(outcome.value),
    ids,
  )
}

export function hits(state: ChatState, outcome: Outcome<readonly HitInfo[]>): ChatStep {
  if (!outcome.ok) return step(state, { type: 'say', text: outcome.error, tone: 'error' })
  const items = outcome.value.map(({ conversation, text }) => `${about(conversation)}  ${firstLine(text)}`)
  const ids = outcome.value.map(({ conversation: { id } }) => id)
  return choose(state, 'Open a conversation in which it was said', 'Nothing was found.', items, ids)
}

function choose(
  state: ChatState,
  title: string,
  nothing: string,
  items: readonly string[],
  ids: readonly string[],
): ChatStep {
  if (ids.length === 0) return step(state, { type: 'say', text: nothing, tone: 'plain' })
  return step(state, {
    type: 'choose',
    choice: { title, items },
    reply: (index) => ({ type: 'resume', conversation: index === undefined ? undefined : ids[index] }),
  })
}

export const askWords = (state: ChatState): ChatStep =>
  step(state, {
    type: 'prompt',
    prompt: {
      title: 'Which words were said?',
      hint: 'Finds the conversations that have all of them.',
      editor: editorOf(''),
    },
    reply: (words) => ({ type: 'search', words }),
  })

export const askTitle = (state: ChatState): ChatStep =>
  step(state, {
    type: 'prompt',
    prompt: { title: 'What is the conversation called?', editor: editorOf(state.title) },
    reply: (title) => ({ type: 'title', title }),
  })

export function renamed(state: ChatState, outcome: Outcome<ConversationInfo>): ChatStep {
  if (!outcome.ok) return step(state, { type: 'say', text: outcome.error, tone: 'error' })
  const { title } = outcome.value
  return step({ ...state, title }, { type: 'say', text: `It is called ${title}.`, tone: 'plain' })
}

export function askDelete(state: ChatState): ChatStep {
  const { conversation, title } = state
  if (conversation === undefined) return step(state)
  return step(state, {
    type: 'confirm',
    confirmation: {
      title: 'Delete this conversation for good?',
      detail: [title, 'What a fork shares with it stays with the fork.'],
    },
    reply: (yes) => ({ type: 'agreed', conversation, yes }),
  })
}

export function deleted(state: ChatState, conversation: string, outcome: Outcome<string>): ChatStep {
  if (!outcome.ok) return step(state, { type: 'say', text: outcome.error, tone: 'error' })
  const said: ChatEffect = { type: 'say', text: 'It is deleted.', tone: 'plain' }
  if (state.conversation !== conversation) return step(state, forget(conversation), said)
  return step({ ...left(state), earlier: [] }, ...leaving(state), forget(conversation), findNewest, said)
}
