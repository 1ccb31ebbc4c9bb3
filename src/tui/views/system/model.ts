/** How the machine is: its servers, what waits for consent, its addresses and disks, its users, its log. */
import { ADMIN } from '../../../command/admin.ts'
import type { LogRecord } from '../../../command/log/record.ts'
import type { WorkStatus } from '../../../contracts/background-status.ts'
import {
  type Approval,
  approvalsIn,
  caIn,
  type FileSystem,
  fileSystemsIn,
  type LanguageModel,
  modelsIn,
  type Reader,
  type Status,
  statusIn,
  tierIn,
  type Unit,
  type User,
  understood,
  unitsIn,
  usersIn,
} from '../../model/answers.ts'
import type { Effect, MachineFacts, Outcome, Step } from '../../model/effects.ts'
import { step } from '../../model/effects.ts'
import { askModels } from '../../model/models.ts'
import { moved } from '../../model/selection.ts'
import type { Action, Area, ViewEvent } from '../../model/view.ts'
import { type Log, lastTopOf } from './log-lines.ts'

export const SECTIONS = ['servers', 'waiting', 'machine', 'models', 'users', 'log'] as const
export type Section = (typeof SECTIONS)[number]

/** What was asked: not yet answered, answered, or why not. */
export type Known<T> = { is: 'asked' } | { is: 'known'; value: T } | { is: 'unknown'; why: string }
const ASKED = { is: 'asked' } as const

export interface SystemState {
  section: Section
  selected: number
  isShown: boolean
  status: Known<Status>
  units: Known<Unit[]>
  /** In the background, by the name of the server. */
  works: Known<ReadonlyMap<string, WorkStatus[]>>
  approvals: Known<Approval[]>
  machine: Known<MachineFacts>
  ca: Known<{ fingerprint: string | null }>
  disks: Known<FileSystem[]>
  models: Known<LanguageModel[]>
  /** Of the licence. */
  tier: Known<string>
  users: Known<User[]>
  log: Log
}

/** What is asked for, and where the answer goes. */
type Topic =
  | 'status'
  | 'units'
  | 'works'
  | 'approvals'
  | 'machine'
  | 'ca'
  | 'disks'
  | 'models'
  | 'tier'
  | 'users'

export type SystemMessage =
  | { type: 'told'; topic: Topic; outcome: Outcome<unknown> }
  | { type: 'look' }
  | { type: 'section'; section: Section }
  | { type: 'logged'; records: LogRecord[] }
  | { type: 'log-ended'; outcome: Outcome<null> }
  | { type: 'decided'; outcome: Outcome<unknown>; allowed: boolean }
  | { type: 'agreed'; id: string; allow: boolean; yes: boolean }

export type SystemStep = Step<SystemState, SystemMessage>
type SystemEffect = Effect<SystemMessage>

const NO_LOG: Log = { records: [], note: 'reading …', top: undefined }

export const INITIAL: SystemState = {
  section: 'servers',
  selected: 0,
  isShown: false,
  status: ASKED,
  units: ASKED,
  works: ASKED,
  approvals: ASKED,
  machine: ASKED,
  ca: ASKED,
  disks: ASKED,
  models: ASKED,
  tier: ASKED,
  users: ASKED,
  log: NO_LOG,
}

/** How often what changes is asked for, in milliseconds. */
const LOOK_MS = 2000
const MAX_RECORDS = 5000
const LOG = 'system log'
/** The tabs, and what stands above a list. */
export const TAB_ROWS = 2
const HEAD_ROWS = 3

const told =
  (topic: Topic, read: Reader<unknown> = (value) => value) =>
  (outcome: Outcome<unknown>): SystemMessage => ({ type: 'told', topic, outcome: understood(outcome, read) })
const QUESTIONS: Readonly<Record<Topic, SystemEffect>> = {
  status: { type: 'request', method: ADMIN.status, reply: told('status', statusIn) },
  approvals: { type: 'request', method: ADMIN.listApprovals, reply: told('approvals', approvalsIn) },
  units: { type: 'helper', verb: 'unit/status', params: {}, reply: told('units', unitsIn) },
  works: { type: 'works', reply: told('works') },
  machine: { type: 'machine', reply: told('machine') },
  ca: { type: 'helper', verb: 'certificate/show', params: {}, reply: told('ca', caIn) },
  disks: { type: 'helper', verb: 'disk/usage', params: {}, reply: told('disks', fileSystemsIn) },
  models: askModels(told('models', modelsIn)),
  tier: {
    type: 'v1',
    method: 'mcp.licence.check',
    params: [],
    consent: 'person',
    reply: told('tier', tierIn),
  },
  users: { type: 'helper', verb: 'user/list', params: {}, reply: told('users', usersIn) },
}
const TOPICS: Readonly<Record<Section, readonly Topic[]>> = {
  servers: ['status', 'units', 'works'],
  waiting: ['approvals'],
  machine: ['machine', 'status', 'ca', 'disks'],
  models: ['models', 'tier'],
  users: ['users'],
  log: [],
}

const questions = (section: Section): SystemEffect[] => TOPICS[section].map((topic) => QUESTIONS[topic])
/** To ask for models wakes the server of those of this machine, so that is done once. */
const changing = (section: Section): SystemEffect[] => (section === 'models' ? [] : questions(section))
const again: SystemEffect = { type: 'later', key: 'system', ms: LOOK_MS, message: { type: 'look' } }
const followLog: SystemEffect = {
  type: 'log',
  key: LOG,
  records: (records) => ({ type: 'logged', records }),
  reply: (outcome) => ({ type: 'log-ended', outcome }),
}

export function update(state: SystemState, message: SystemMessage | ViewEvent, area: Area): SystemStep {
  switch (message.type) {
    case 'shown':
      return step(
        { ...state, isShown: true },
        ...questions(state.section),
        again,
        ...(state.section === 'log' && !state.isShown ? [followLog] : []),
      )
    case 'hidden':
      return step({ ...state, isShown: false }, { type: 'abort', key: LOG })
    case 'look':
      return state.isShown ? step({ ...state }, ...changing(state.section), again) : step(state)
    case 'told':
      return step(answered(state, message.topic, message.outcome))
    case 'section':
      return toSection(state, message.section)
    case 'logged':
      return step(withLog(state, grown(state.log, message.records)))
    case 'log-ended':
      return step(message.outcome.ok ? state : withLog(state, { note: message.outcome.error }))
    case 'agreed':
      return message.yes ? decide(state, message.id, message.allow) : step(state)
    case 'decided': {
      const { outcome, allowed } = message
      const text = outcome.ok ? (allowed ? 'allowed' : 'denied') : outcome.error
      return step(state, { type: 'say', text, tone: outcome.ok ? 'ok' : 'error' }, QUESTIONS.approvals)
    }
    case 'key':
      return key(state, message.key, area)
    case 'wheel':
      return key(state, message.by < 0 ? 'up' : 'down', area)
    case 'click':
      return step(state)
    default:
      return step(state)
  }
}

const withLog = (state: SystemState, log: Partial<SystemState['log']>): SystemState => ({
  ...state,
  log: { ...state.log, ...log },
})

/** With what has come. What is in sight stays there, also where the oldest records go. */
function grown({ records, top }: Log, more: readonly LogRecord[]): Log {
  const all = [...records, ...more]
  const dropped = Math.max(0, all.length - MAX_RECORDS)
  return { records: all.slice(dropped), note: '', top: top && Math.max(0, top - dropped) }
}

function answered(state: SystemState, topic: Topic, outcome: Outcome<unknown>): SystemState {
  return {
    ...state,
    [topic]: outcome.ok ? { is: 'known', value: outcome.value } : { is: 'unknown', why: outcome.error },
  }
}

function toSection(state: SystemState, section: Section): SystemStep {
  if (section === state.section) return step(state)
  const log: SystemEffect[] =
    section === 'log' ? [followLog] : state.section === 'log' ? [{ type: 'abort', key: LOG }] : []
  const cleared = section === 'log' ? withLog(state, NO_LOG) : state
  return step({ ...cleared, section, selected: 0 }, ...questions(section), ...log)
}

function key(state: SystemState, pressed: string, given: Area): SystemStep {
  const area = { ...given, rows: given.rows - TAB_ROWS }
  const at = SECTIONS.indexOf(state.section)
  if (pressed === 'right' || pressed === 'l' || pressed === 'left' || pressed === 'h') {
    const by = pressed === 'right' || pressed === 'l' ? 1 : SECTIONS.length - 1
    return toSection(state, SECTIONS[(at + by) % SECTIONS.length] as Section)
  }
  if (pressed === 'r') return step({ ...state }, ...questions(state.section))
  if (state.section === 'log') {
    const last = lastTopOf(state.log, area)
    const next = moved(Math.min(state.log.top ?? last, last), last + 1, pressed, area.rows)
    // At the end it stays there, also when more comes.
    return next === undefined ? step(state) : step(withLog(state, { top: next === last ? undefined : next }))
  }
  const approvals = state.approvals.is === 'known' ? state.approvals.value : []
  const waiting = state.section === 'waiting' ? approvals[state.selected] : undefined
  if (waiting && (pressed === 'y' || pressed === 'n')) return confirm(state, waiting, pressed === 'y')
  const next = moved(state.selected, countOf(state), pressed, area.rows - HEAD_ROWS)
  return next === undefined ? step(state) : step({ ...state, selected: next })
}

function confirm(
  state: SystemState,
  { id, who, tool, arguments: given, what, text, warning }: Approval,
  allow: boolean,
): SystemStep {
  if (!allow) return decide(state, id, false)
  return step(state, {
    type: 'confirm',
    confirmation: {
      title: `Allow ${tool}?`,
      detail: [
        `${who} calls it with`,
        given,
        ...(text?.split('\n') ?? []),
        ...(what ? [`It would ${what}.`] : []),
        ...(warning ? [warning] : []),
      ],
    },
    reply: (yes) => ({ type: 'agreed', id, allow, yes }),
  })
}

const decide = (state: SystemState, id: string, allow: boolean): SystemStep =>
  step(state, {
    type: 'request',
    method: ADMIN.decideApproval,
    params: { id, allow },
    reply: (outcome) => ({ type: 'decided', outcome, allowed: allow }),
  })

function countOf({ section, status, approvals, models, users }: SystemState): number {
  if (section === 'servers') return status.is === 'known' ? status.value.servers.length : 1
  if (section === 'waiting') return approvals.is === 'known' ? approvals.value.length : 1
  if (section === 'models') return models.is === 'known' ? models.value.length : 1
  if (section === 'users') return users.is === 'known' ? users.value.length : 1
  return 1
}

const LUCA: Readonly<Record<Section, string>> = {
  servers: 'luca doctor',
  waiting: 'luca approve',
  machine: 'luca welcome',
  models: 'luca llm --list',
  users: 'luca user list',
  log: 'luca log --follow',
}
export const lucaFor = ({ section }: SystemState): string => LUCA[section]

const TITLES: Readonly<Record<Section, string>> = {
  servers: 'servers, awake and asleep',
  waiting: 'calls that wait for consent',
  machine: 'addresses, fingerprint, disk and memory',
  models: 'language models',
  users: 'users',
  log: 'the log as it grows',
}
export const actions = (): Action<SystemMessage>[] =>
  SECTIONS.map((section) => ({
    title: `${TITLES[section]}`,
    luca: LUCA[section],
    message: { type: 'section', section },
  }))
