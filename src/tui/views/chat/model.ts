/** The view where one talks to a language model. */
import { firstLine } from '../../../command/first-line.ts'
import { servedPath } from '../../../command/served-paths.ts'
import { quote } from '../../../line/words.ts'
import { editorKey, editorOf, insert, moveByLine, NO_TEXT } from '../../model/editor.ts'
import { step } from '../../model/effects.ts'
import { type Action, type Area, offers, type ViewEvent, type World } from '../../model/view.ts'
import { answered, tookPart } from './answer.ts'
import {
  askDelete,
  askTitle,
  askWords,
  begin,
  deleted,
  found,
  hits,
  listed,
  opened,
  renamed,
  resume,
  tookOlder,
  wantOlder,
} from './conversations.ts'
import { keepNow, keepSoon, recallDraft, withDraft } from './keeping.ts'
import { isCommand, isName, prompted, tookPrompts, wantPrompts } from './prompts.ts'
import { Transcript } from './scrolling.ts'
import { findNewest, listAll, openConversation, remove, rename, searchFor } from './server.ts'
import {
  type ChatEffect,
  type ChatMessage,
  type ChatState,
  type ChatStep,
  isBusy,
  isEmpty,
  type ModelTurn,
  SEND_TOOL,
} from './state.ts'
import { again, editLast, forked, putAside, send, stop, tick } from './talk.ts'
import { draftRows } from './transcript.ts'

export function update(
  state: ChatState,
  message: ChatMessage | ViewEvent,
  world: World,
  area: Area,
): ChatStep {
  switch (message.type) {
    case 'shown':
      return shown(state, world)
    case 'imported':
      return imported(state, message.outcome)
    case 'found':
      return found(state, message.outcome)
    case 'listed':
      return listed(state, message.outcome)
    case 'hits':
      return hits(state, message.outcome)
    case 'search': {
      const words = message.words?.trim() ?? ''
      return words === '' ? step(state) : step(state, searchFor(words))
    }
    case 'hidden':
    case 'keep':
      return step(state, keepNow(state))
    case 'draft':
      return step(message.conversation === state.conversation ? withDraft(state, message.value) : state)
    case 'part':
      return tookPart(state, message.asking, message.part)
    case 'answered':
      return answered(state, message.asking, message.outcome)
    case 'forked':
      return forked(state, message.asking, message.outcome)
    case 'consented':
    case 'stopped':
      return failure(state, message.outcome)
    case 'tick':
      return isBusy(state) ? step({ ...state }, tick) : step(state)
    case 'resume':
      return message.conversation === undefined ? step(state) : resume(state, message.conversation)
    case 'opened':
      return opened(state, message.conversation, message.outcome, world)
    case 'older':
      return tookOlder(state, message.conversation, message.outcome)
    case 'model': {
      const name = message.name?.trim()
      return message.name === undefined
        ? step(state)
        : step({ ...state, model: name === '' ? undefined : name })
    }
    case 'attach':
      return step(attached(state, message.path), keepSoon)
    case 'rename':
      return state.conversation === undefined ? step(state) : askTitle(state)
    case 'title': {
      const title = message.title?.trim() ?? ''
      const { conversation } = state
      return title === '' || conversation === undefined
        ? step(state)
        : step(state, rename(conversation, title))
    }
    case 'renamed':
      return renamed(state, message.outcome)
    case 'delete':
      return askDelete(state)
    case 'agreed':
      return message.yes ? step(state, remove(message.conversation)) : step(state)
    case 'deleted':
      return deleted(state, message.conversation, message.outcome)
    case 'prompts':
      return tookPrompts(state, message.typed, message.isSent, message.outcome)
    case 'prompted':
      return prompted(state, message.typed, message.outcome, world)
    case 'do':
    case 'key':
      return key(state, message.key, world, area)
    case 'text':
    case 'paste':
      return step({ ...state, draft: insert(state.draft, message.text), recalled: 0 }, keepSoon)
    case 'wheel':
      return scroll(state, message.by * 3, world, area)
    case 'click':
      return step(state)
  }
}

/** At first, drafts and conversations are looked for that are on this machine. Later, others may have gone on with this one. */
function shown(state: ChatState, world: World): ChatStep {
  if (world.link.state !== 'connected' || !offers(world, SEND_TOOL)) return step(state)
  const { conversation, hasBegun } = state
  const first: ChatEffect[] = hasBegun ? [] : [recallDraft(undefined), IMPORT]
  const looked = conversation === undefined ? findNewest : openConversation(conversation)
  return step({ ...state, hasBegun: true }, ...first, looked)
}

const IMPORT: ChatEffect = { type: 'import', reply: (outcome) => ({ type: 'imported', outcome }) }

function imported(
  state: ChatState,
  outcome: Extract<ChatMessage, { type: 'imported' }>['outcome'],
): ChatStep {
  if (!outcome.ok) return failure(state, outcome)
  const { taken, problems } = outcome.value
  if (problems.length > 0) return step(state, { type: 'say', text: problems.join(' '), tone: 'warning' })
  if (taken === 0) return step(state)
  const text = `${taken} earlier ${taken === 1 ? 'conversation was' : 'conversations were'} taken over; Alt-G shows them.`
  return step(state, findNewest, { type: 'say', text, tone: 'plain' })
}

/** What was stopped on the way needs no words. */
function failure(state: ChatState, outcome: { ok: boolean; error?: string; cancelled?: true }): ChatStep {
  if (outcome.ok || outcome.cancelled) return step(state)
  return step(state, { type: 'say', text: outcome.error ?? '', tone: 'error' })
}

function key(state: ChatState, pressed: string, world: World, area: Area): ChatStep {
  switch (pressed) {
    case 'enter':
      if (isCommand(state.draft.text)) return step(state, wantPrompts(state, true))
      if (isEmpty(state) && state.draft.text === '' && state.newest) return resume(state, state.newest.id)
      return send(state, world)
    case 'M-enter':
    case 'C-j':
      return step({ ...state, draft: insert(state.draft, '\n') })
    case 'tab':
      return isName(state.draft.text) ? step(state, wantPrompts(state, false)) : step(state)
    case 'escape':
      if (isBusy(state)) return stop(state)
      return step(state.top === undefined ? state : { ...state, top: undefined })
    case 'C-c':
      if (isBusy(state)) return stop(state)
      if (state.draft.text === '') return step(state)
      return step(
        putAside(state),
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
      return isBusy(state) ? step(state) : again(state, world)
    case 'M-e':
      return isBusy(state) ? step(state) : editLast(state)
    case 'M-n':
      return isEmpty(state) && state.conversation === undefined ? step(state) : begin(state)
    case 'M-g':
      return step(state, keepNow(state), listAll)
    case 'M-s':
      return askWords(state)
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

/** Opens what tools were given and gave in the last answer that has any; closes it where it is open. */
function folded(state: ChatState): ChatState {
  const last = state.turns.findLast((turn) => turn.by === 'model' && turn.uses.length > 0)
  if (last?.by !== 'model') return state
  const isOfLast = (turn: ChatState['turns'][number]): turn is ModelTurn =>
    turn.by === 'model' && (turn === last || (turn.message !== undefined && turn.message === last.message))
  const isOpen = !last.uses.every((use) => use.isOpen)
  const turns = state.turns.map((turn) =>
    isOfLast(turn) && turn.uses.length > 0
      ? { ...turn, uses: turn.uses.map((use) => ({ ...use, isOpen })) }
      : turn,
  )
  return { ...state, turns }
}

/** Beyond the first line that is here, older ones are asked for. */
function scroll(state: ChatState, by: number, world: World, area: Area): ChatStep {
  const rows = area.rows - draftRows(state, area) - 1
  const shown = new Transcript(state, area.columns, world.renderer)
  const top = shown.moved(state.top, by, rows)
  const next = { ...state, top }
  const isFirst = top === undefined ? shown.sight(undefined, rows + 1).lines.length <= rows : isBeginning(top)
  return by < 0 && isFirst ? wantOlder(next) : step(next)
}

const isBeginning = ({ turn, page, line }: NonNullable<ChatState['top']>): boolean =>
  turn === 0 && page === 0 && line === 0

function attached(state: ChatState, given: string | undefined): ChatState {
  if (given === undefined || given.trim() === '') return state
  const path = servedPath('/', given.trim())
  return { ...state, files: [...state.files.filter((one) => one !== path), path] }
}

/** How much of an id names a conversation. */
const ID_CHARS = 8

export function lucaFor({ conversation, branch, draft, turns, model }: ChatState): string {
  const last = turns.findLast((turn) => turn.by === 'person')?.text
  const text = draft.text || last || '…'
  const where =
    conversation === undefined || branch ? '' : `--conversation ${conversation.slice(0, ID_CHARS)} `
  const which = model === undefined ? '' : `--model ${quote(model)} `
  return `luca chat ${where}${which}${quote(firstLine(text).slice(0, 200))}`
}

export function actions(state: ChatState): Action<ChatMessage>[] {
  const act = (title: string, luca: string, message: ChatMessage): Action<ChatMessage> => ({
    title,
    luca,
    message,
  })
  const press = (title: string, pressed: string, luca = 'luca chat'): Action<ChatMessage> =>
    act(title, luca, { type: 'do', key: pressed })
  return [
    press('new conversation', 'M-n'),
    press('open an earlier conversation', 'M-g', 'luca chat list'),
    press('find conversations by what was said', 'M-s', 'luca chat search'),
    ...(state.conversation === undefined
      ? []
      : [
          act('rename the conversation', 'luca chat rename', { type: 'rename' }),
          act('delete the conversation for good', 'luca chat delete', { type: 'delete' }),
        ]),
    press('switch the model', 'M-l'),
    press('attach a file', 'M-a'),
    press(state.givesTools ? 'give the model no tools' : 'let the model use tools', 'M-t'),
    press('ask again', 'M-r'),
    press('edit the last message', 'M-e'),
    press('show or hide the results of tools', 'C-o'),
    press('stop the answer', 'escape', 'luca chat stop'),
  ]
}
