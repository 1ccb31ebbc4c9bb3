/** The view where one talks to a language model. */

import { textOf } from '../../../command/catalogue.ts'
import { firstLine } from '../../../command/first-line.ts'
import { READ_DOCUMENT } from '../../../command/served-documents.ts'
import { servedPath } from '../../../command/served-paths.ts'
import { quote } from '../../../line/words.ts'
import { fileTextOf, hasMore, isNoText } from '../../model/answers.ts'
import { editorKey, editorOf, insert, moveByLine, NO_TEXT } from '../../model/editor.ts'
import { type Kept, step } from '../../model/effects.ts'
import { type Action, type Area, offers, type ViewEvent, type World } from '../../model/view.ts'
import { findNewest, keepNow, listAll, recall, restored } from './keeping.ts'
import { Transcript } from './scrolling.ts'
import { type ChatMessage, type ChatState, type ChatStep, INITIAL, isEmpty, type ModelTurn } from './state.ts'
import {
  answered,
  ask,
  keepSoon,
  send,
  stop,
  tick,
  tookDelta,
  tookOffer,
  used,
  withLast,
  withoutAnswer,
} from './talk.ts'
import { draftRows } from './transcript.ts'

export function update(
  state: ChatState,
  message: ChatMessage | ViewEvent,
  world: World,
  area: Area,
): ChatStep {
  switch (message.type) {
    case 'shown':
      return isEmpty(state) ? step(state, findNewest) : step(state)
    case 'found':
      return step({ ...state, newest: message.newest })
    case 'listed':
      return choose(state, message.kept)
    case 'hidden':
    case 'keep':
      return step(state, ...keepNow(state))
    case 'offered':
      return tookOffer(state, message.offer)
    case 'delta':
      return tookDelta(state, message.delta)
    case 'answered':
      return answered(state, message.outcome)
    case 'used':
      return used(state, message.id, message.outcome, world)
    case 'tick':
      return state.busySince === undefined ? step(state) : step({ ...state }, tick)
    case 'resume':
      return message.name === undefined ? step(state) : step(state, recall(message.name))
    case 'recalled':
      return step(resumed(state, message.name, message.value))
    case 'model': {
      const name = message.name?.trim()
      return message.name === undefined
        ? step(state)
        : step({ ...state, model: name === '' ? undefined : name })
    }
    case 'attach':
      return attach(state, message.path)
    case 'read':
      return attached(state, message, world)
    case 'do':
    case 'key':
      return key(state, message.key, world, area)
    case 'text':
    case 'paste':
      return step({ ...named(state, world), draft: insert(state.draft, message.text), recalled: 0 }, keepSoon)
    case 'wheel':
      return scroll(state, message.by * 3, world, area)
    case 'click':
      return step(state)
  }
}

/** A draft is kept too, so that nothing typed is lost. */
const named = (state: ChatState, { now }: World): ChatState =>
  state.name === undefined ? { ...state, name: new Date(now).toISOString().replace(/[:.]/g, '-') } : state

function key(state: ChatState, pressed: string, world: World, area: Area): ChatStep {
  const isBusy = state.busySince !== undefined
  switch (pressed) {
    case 'enter':
      if (isBusy)
        return step(state, {
          type: 'say',
          text: 'The model is still answering; Esc stops it.',
          tone: 'plain',
        })
      if (isEmpty(state) && state.draft.text === '' && state.newest)
        return step(state, recall(state.newest.name))
      return send(state, world)
    case 'M-enter':
    case 'C-j':
      return step({ ...state, draft: insert(state.draft, '\n') })
    case 'escape':
      if (isBusy) return stop(state)
      return step(state.top === undefined ? state : { ...state, top: undefined })
    case 'C-c':
      if (isBusy) return stop(state)
      if (state.draft.text === '') return step(state)
      return step(
        { ...state, earlier: [...state.earlier, state.draft.text], draft: NO_TEXT, recalled: 0 },
        { type: 'say', text: 'Put aside; Up recalls it.', tone: 'plain' },
        keepSoon,
      )
    case 'pageup':
      return scroll(state, -(area.rows - 4), world, area)
    case 'pagedown':
      return scroll(state, area.rows - 4, world, area)
    case 'up':
    case 'down': {
      const moved = moveByLine(state.draft, pressed === 'up' ? -1 : 1)
      return step(moved ? { ...state, draft: moved } : recalled(state, pressed === 'up' ? 1 : -1))
    }
    case 'C-o':
      return step(folded(state))
    case 'M-r':
      if (isBusy || isEmpty(state)) return step(state)
      return ask(withoutAnswer(state), world)
    case 'M-e':
      return isBusy ? step(state) : step(editLast(state), keepSoon)
    case 'M-n':
      return isBusy || isEmpty(state) ? step(state) : step(fresh(state), ...keepNow(state), findNewest)
    case 'M-g':
      return step(state, ...keepNow(state), listAll)
    case 'M-l':
      return step(state, {
        type: 'prompt',
        prompt: {
          title: 'Which model?',
          hint: 'A name or alias; empty for the gateway’s default. "luca licence" shows those that are allowed.',
          editor: editorOf(state.model ?? ''),
        },
        reply: (name) => ({ type: 'model', name }),
      })
    case 'M-a':
      return step(state, {
        type: 'prompt',
        prompt: {
          title: 'Which file goes with the next message?',
          hint: 'A path of the served files; "a" in Files takes the chosen one.',
          editor: editorOf('/'),
        },
        reply: (path) => ({ type: 'attach', path }),
      })
    case 'M-t':
      return step(
        { ...state, givesTools: !state.givesTools },
        {
          type: 'say',
          text: state.givesTools ? 'The model gets no tools now.' : 'The model may ask for tools.',
          tone: 'plain',
        },
      )
    default: {
      const draft = editorKey(state.draft, pressed)
      // Keys that find nothing to do are left for others.
      if (!draft || (pressed === 'C-d' && state.draft.text === '')) return step(state)
      return step({ ...state, draft, recalled: 0 }, keepSoon)
    }
  }
}

function resumed(state: ChatState, name: string, value: unknown): ChatState {
  const found = restored(value)
  return found ? { ...INITIAL, ...found, name, givesTools: state.givesTools } : state
}

/** A new conversation; the old one can be gone back to. */
function fresh(state: ChatState): ChatState {
  return {
    ...INITIAL,
    model: state.model,
    givesTools: state.givesTools,
    earlier: state.earlier,
  }
}

function choose(state: ChatState, kept: readonly Kept[]): ChatStep {
  if (kept.length === 0)
    return step(state, { type: 'say', text: 'There are no earlier conversations.', tone: 'plain' })
  return step(state, {
    type: 'choose',
    choice: { title: 'Open a conversation', items: kept.map(({ about }) => about) },
    reply: (index) => ({ type: 'resume', name: index === undefined ? undefined : kept[index]?.name }),
  })
}

function recalled(state: ChatState, by: 1 | -1): ChatState {
  const next = state.recalled + by
  if (next < 0) return state
  if (next === 0) return { ...state, recalled: 0, draft: NO_TEXT }
  const text = state.earlier.at(-next)
  if (text === undefined) return state
  // A draft that was begun is not written over.
  const earlier =
    state.recalled === 0 && state.draft.text !== '' ? [...state.earlier, state.draft.text] : state.earlier
  return { ...state, earlier, recalled: next + earlier.length - state.earlier.length, draft: editorOf(text) }
}

/** The last question can be edited again; what follows it is gone. */
function editLast(state: ChatState): ChatState {
  const at = state.turns.findLastIndex((turn) => turn.by === 'person')
  const turn = state.turns[at]
  if (turn?.by !== 'person') return state
  return {
    ...state,
    turns: state.turns.slice(0, at),
    draft: editorOf(turn.text),
    attachments: turn.attachments,
    top: undefined,
  }
}

/** Opens what tools were given and gave in the last answer that has any; closes it where it is open. */
function folded(state: ChatState): ChatState {
  const at = state.turns.findLastIndex((turn) => turn.by === 'model' && turn.uses.length > 0)
  const turn = state.turns[at] as ModelTurn | undefined
  if (!turn) return state
  const isOpen = !turn.uses.every((use) => use.isOpen)
  const next = { ...turn, uses: turn.uses.map((use) => ({ ...use, isOpen })) }
  return at === state.turns.length - 1
    ? withLast(state, next)
    : { ...state, turns: state.turns.with(at, next) }
}

function scroll(state: ChatState, by: number, world: World, area: Area): ChatStep {
  const rows = area.rows - draftRows(state, area) - 1
  const shown = new Transcript(state, area.columns, world.renderer)
  return step({ ...state, top: shown.moved(state.top, by, rows) })
}

function attach(state: ChatState, given: string | undefined): ChatStep {
  if (given === undefined || given.trim() === '') return step(state)
  return readToAttach(state, servedPath('/', given.trim()), 'text')
}

/** What of a document is attached, in characters. */
const MOST_ATTACHED = 1_000_000

function readToAttach(state: ChatState, path: string, as: 'text' | 'document'): ChatStep {
  const [name, given] =
    as === 'text'
      ? (['fs_read_text_file', { path }] as const)
      : ([READ_DOCUMENT, { path, limit: MOST_ATTACHED }] as const)
  return step(state, {
    type: 'tool',
    name,
    arguments: given,
    consent: 'person',
    reply: (outcome) => ({ type: 'read', path, as, outcome }),
  })
}

/** What is no text, such as PDF, is attached as the text of the document. */
function attached(
  state: ChatState,
  { path, as, outcome }: Extract<ChatMessage, { type: 'read' }>,
  world: World,
): ChatStep {
  if (outcome.ok && as === 'text' && isNoText(outcome.value) && offers(world, READ_DOCUMENT))
    return readToAttach(state, path, 'document')
  if (!outcome.ok || outcome.value.isError) {
    const text = outcome.ok ? textOf(outcome.value) : outcome.error
    return step(state, { type: 'say', text, tone: 'error' })
  }
  const { value } = outcome
  const others = state.attachments.filter((one) => one.path !== path)
  const next = { ...state, attachments: [...others, { path, text: fileTextOf(value) }] }
  if (as === 'text' || !hasMore(value)) return step(next)
  const text = `Only the first ${MOST_ATTACHED} characters of ${path} are attached.`
  return step(next, { type: 'say', text, tone: 'warning' })
}

export function lucaFor({ draft, turns, model }: ChatState): string {
  const last = turns.findLast((turn) => turn.by === 'person')?.text
  const text = draft.text || last || '…'
  return `luca llm ${quote(firstLine(text).slice(0, 200))}${model ? ` ${quote(JSON.stringify({ model }))}` : ''}`
}

export function actions(state: ChatState): Action<ChatMessage>[] {
  const press = (title: string, pressed: string): Action<ChatMessage> => ({
    title,
    luca: 'luca llm',
    message: { type: 'do', key: pressed },
  })
  return [
    press('new conversation', 'M-n'),
    press('open an earlier conversation', 'M-g'),
    press('switch the model', 'M-l'),
    press('attach a file', 'M-a'),
    press(state.givesTools ? 'give the model no tools' : 'let the model use tools', 'M-t'),
    press('ask again', 'M-r'),
    press('edit the last message', 'M-e'),
    press('show or hide the results of tools', 'C-o'),
    press('stop the answer', 'escape'),
  ]
}
