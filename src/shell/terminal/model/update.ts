/** What happens → the next state, and what is to be done. */
import { NO_TEXT } from './editor.ts'
import { type Effect, mapEffect, type Step, step } from './effects.ts'
import type { Message } from './message.ts'
import { newPalette, type Overlay } from './overlay.ts'
import { overlayEvent, questionOf } from './overlays.ts'
import type { RoomEvent } from './room.ts'
import {
  areaOf,
  CHOICES,
  currentRoom,
  isTooSmall,
  type Job,
  openRooms,
  type State,
  topOverlay,
  worldOf,
} from './state.ts'

export type Next = Step<State, Message>

/** How long a notice stands, in milliseconds. */
const NOTICE_MS = 6000
/** What is kept of a job's output, in characters. */
const MAX_OUTPUT = 512 * 1024
/** How many jobs that have ended are remembered. */
const MAX_JOBS = 30

export function update(state: State, message: Message): Next {
  switch (message.type) {
    case 'key':
      return keyPressed({ ...state, leaving: state.leaving && message.key === 'C-c' }, message.key)
    case 'text':
      return typed(state, message.text)
    case 'paste':
      return pasted(state, message.text, message.cut)
    case 'click':
      return clicked(state, message.row, message.column)
    case 'wheel': {
      const overlay = topOverlay(state)
      if (overlay) return overlayKey(state, overlay, message.by < 0 ? 'up' : 'down')
      return toRoom(state, state.room, message)
    }
    case 'resize':
      return step({ ...state, columns: message.columns, rows: message.rows })
    case 'background':
      return step(state.themeChosen ? state : { ...state, theme: message.theme })
    case 'gone':
      return step(state, { type: 'quit' })
    case 'room':
      return toRoom(state, message.id, message.message)
    case 'go':
      return go(withoutPalette(state), message.room, message.message)
    case 'link':
      return linkChanged(state, message.link)
    case 'offer':
      return offered(state, message.offer)
    case 'asked':
      return step(opened(state, questionOf(message.request, message.answer)), { type: 'bell' })
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
      return step(
        withJob(state, message.id, (job) => ({
          ...job,
          output: (job.output + message.text).slice(-MAX_OUTPUT),
        })),
      )
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

function keyPressed(state: State, key: string): Next {
  const global = globalKey(state, key)
  if (global) return global
  if (isTooSmall(state)) return step(state)
  const overlay = topOverlay(state)
  if (overlay) return overlayKey(state, overlay, key)
  return toRoom(state, state.room, { type: 'key', key }, () => unclaimed(state, key))
}

/** Keys that mean the same everywhere. */
function globalKey(state: State, key: string): Next | undefined {
  const rooms = openRooms(state)
  const digit = /^M-([1-9])$/.exec(key)?.[1] ?? /^f([2-9])$/.exec(key)?.[1]
  if (digit !== undefined && !topOverlay(state)) {
    const room = rooms[key.startsWith('M-') ? Number(digit) - 1 : Number(digit) - 2]
    return room ? go(state, room.id) : step(state)
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

/** Keys that a room has no use for. */
function unclaimed(state: State, key: string): Next {
  const rooms = openRooms(state)
  const at = rooms.findIndex(({ id }) => id === state.room)
  if (key === 'tab' || key === 'S-tab') {
    const next = rooms[(at + (key === 'tab' ? 1 : rooms.length - 1)) % rooms.length]
    return next ? go(state, next.id) : step(state)
  }
  if (key === 'C-c') {
    if (state.leaving) return step(state, { type: 'quit' })
    return said({ ...state, leaving: true }, 'Ctrl-C once more leaves; so does Ctrl-Q.', 'plain')
  }
  if (key === '?') return step(opened(state, { type: 'help', top: 0 }))
  if (key === ':') return step(opened(state, newPalette()))
  if (key === 'q') return said(state, 'Ctrl-Q leaves.', 'plain')
  if (/^[1-9]$/.test(key)) {
    const room = rooms[Number(key) - 1]
    return room ? go(state, room.id) : step(state)
  }
  return step(state)
}

/** Letters are keys until something takes them as text, which then gets the rest at once. */
function typed(given: State, text: string): Next {
  let state: State = { ...given, leaving: false }
  const effects: Effect<Message>[] = []
  let rest = text
  while (rest !== '') {
    const room = currentRoom(state)
    const own = state.own[room.id]
    const overlay = topOverlay(state)
    const char = String.fromCodePoint(rest.codePointAt(0) as number)
    const opensPalette = char === ':' && !overlay && !room.hasText?.(own)
    const takesText = overlay ? TYPED_IN.has(overlay.type) : room.isTyping(own) && !opensPalette
    const next = isTooSmall(state)
      ? step<State, Message>(state)
      : opensPalette
        ? unclaimed(state, char)
        : takesText
          ? textGiven(state, overlay, rest)
          : keyPressed(state, char)
    state = next.state
    effects.push(...next.effects)
    rest = takesText ? '' : rest.slice(char.length)
  }
  return { state, effects }
}

const TYPED_IN: ReadonlySet<Overlay['type']> = new Set(['prompt', 'choose', 'question', 'palette'])

function textGiven(state: State, overlay: Overlay | undefined, text: string): Next {
  if (overlay) return applied(state, overlay, { type: 'text', text })
  return toRoom(state, state.room, { type: 'text', text })
}

function pasted(state: State, text: string, cut: boolean): Next {
  const overlay = topOverlay(state)
  const next = overlay
    ? applied(state, overlay, { type: 'text', text: text.replace(/[\r\n]+/g, ' ').slice(0, 4096) })
    : toRoom(state, state.room, { type: 'paste', text })
  if (!cut) return next
  const told = said(
    next.state,
    'Only the first 1 MiB was taken; a file can be attached instead (Alt-A).',
    'warning',
  )
  return { state: told.state, effects: [...next.effects, ...told.effects] }
}

function clicked(state: State, row: number, column: number): Next {
  if (isTooSmall(state) || topOverlay(state)) return step(state)
  if (row === 0) {
    let at = 6
    for (const { id, title } of openRooms(state)) {
      if (column >= at && column < at + title.length + 4) return go(state, id)
      at += title.length + 4
    }
    return step(state)
  }
  if (row >= state.rows - 2) return step(state)
  return toRoom(state, state.room, { type: 'click', row: row - 1, column })
}

/** Gives a message to a room. One that leaves its state as it was and wants nothing has no use for a key. */
function toRoom(state: State, id: string, message: unknown, otherwise?: () => Next): Next {
  const room = state.rooms.find((one) => one.id === id)
  if (!room) return step(state)
  const before = state.own[id]
  const result = room.update(before, message as RoomEvent, worldOf(state), areaOf(state))
  if (otherwise && result.state === before && result.effects.length === 0) return otherwise()
  const next = { ...state, own: { ...state.own, [id]: result.state } }
  return applyEffects(
    next,
    result.effects.map((effect) => mapEffect(effect, (own): Message => ({ type: 'room', id, message: own }))),
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
        effect.type === 'say' ? said(state, effect.text, effect.tone) : go(state, effect.room, effect.message)
      state = next.state
      left.push(...next.effects)
    } else left.push(effect)
  }
  return { state, effects: left }
}

function go(state: State, room: string, message?: unknown): Next {
  if (!openRooms(state).some(({ id }) => id === room)) return step(state)
  const left =
    state.room === room ? step<State, Message>(state) : toRoom(state, state.room, { type: 'hidden' })
  const shown = toRoom({ ...left.state, room }, room, { type: 'shown' })
  const told = message === undefined ? step<State, Message>(shown.state) : toRoom(shown.state, room, message)
  return { state: told.state, effects: [...left.effects, ...shown.effects, ...told.effects] }
}

function linkChanged(state: State, link: State['link']): Next {
  const came = link.state === 'connected' && state.link.state !== 'connected'
  const next = { ...state, link }
  return came ? toRoom(next, state.room, { type: 'shown' }) : step(next)
}

function offered(state: State, offer: State['offer']): Next {
  const next = { ...state, offer }
  const isOpen = openRooms(next).some(({ id }) => id === state.room)
  return isOpen ? toRoom(next, state.room, { type: 'shown' }) : go(next, openRooms(next)[0]?.id ?? '')
}

function overlayKey(state: State, overlay: Overlay, key: string): Next {
  return applied(state, overlay, { type: 'key', key })
}

function applied(
  state: State,
  overlay: Overlay,
  event: { type: 'key'; key: string } | { type: 'text'; text: string },
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

const opened = (state: State, overlay: Overlay): State => ({
  ...state,
  overlays: [...state.overlays, overlay],
})
const closed = (state: State): State =>
  state.overlays.length === 0 ? state : { ...state, overlays: state.overlays.slice(0, -1) }
/** What the palette finds takes its place. */
const withoutPalette = (state: State): State =>
  topOverlay(state)?.type === 'palette' ? closed(state) : state
const replaced = (state: State, overlay: Overlay): State => ({
  ...state,
  overlays: [...state.overlays.slice(0, -1), overlay],
})

function said(state: State, text: string, tone: NonNullable<State['notice']>['tone']): Next {
  const until = state.now + NOTICE_MS
  return step(
    { ...state, notice: { text, tone, until } },
    { type: 'later', key: 'notice', ms: NOTICE_MS, message: { type: 'quiet', until } },
  )
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

const promptedOverlay = ({ question, unseen, answer }: Extract<Message, { type: 'prompted' }>): Overlay => ({
  type: 'prompt',
  title: question,
  editor: NO_TEXT,
  ...(unseen ? { secret: true } : {}),
  reply(text) {
    answer(text)
    return { type: 'nothing' }
  },
})

const withJob = (state: State, id: number, change: (job: Job) => Job): State => ({
  ...state,
  jobs: state.jobs.map((job) => (job.id === id ? change(job) : job)),
})

function jobStarted(state: State, id: number, line: string): Next {
  const job: Job = { id, line, state: 'running', output: '' }
  const next = { ...state, jobs: [...state.jobs, job].slice(-MAX_JOBS) }
  return step(opened(next, { type: 'job', id, top: undefined }))
}

function jobEnded(state: State, id: number, ok: boolean): Next {
  const next = withJob(state, id, (job) => ({ ...job, state: ok ? 'ok' : 'failed' }))
  const overlay = topOverlay(state)
  if (overlay?.type === 'job' && overlay.id === id) return step(next)
  const line = state.jobs.find((job) => job.id === id)?.line ?? ''
  const told = said(next, `${ok ? 'Done' : 'Failed'}: ${line}  (${JOBS_KEY} shows it)`, ok ? 'ok' : 'error')
  return { state: told.state, effects: [...told.effects, { type: 'bell' }] }
}

const JOBS_KEY = 'Ctrl-P, "jobs"'
