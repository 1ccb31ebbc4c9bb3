/** What the view lists: servers, calls that wait, models and users. */

import { workInWords } from '../../../command/background.ts'
import { formatDuration } from '../../../command/durations.ts'
import { formatSize } from '../../../command/sizes.ts'
import type { WorkStatus } from '../../../contracts/background-status.ts'
import { LOCAL } from '../../../contracts/model-aliases.ts'
import type { Approval, LanguageModel, ServerState, Status, User } from '../../model/answers.ts'
import type { Area } from '../../model/view.ts'
import { EMPTY, type Line, line, paragraph, type Role, span, styled } from '../../text/lines.ts'
import { type Column, showTable } from '../table.ts'
import type { SystemState } from './model.ts'
import { atMost, oneOf, shown } from './texts.ts'

/** So many lines tell of a damaged database, and of descriptors that are left out. */
const MAX_PROBLEM_LINES = 4

export function servers({ selected, units, works }: SystemState, status: Status, area: Area): Line[] {
  const { servers: list, version, uptimeSeconds, sessions } = status
  const about = [
    ...(uptimeSeconds === undefined ? [] : [`up ${formatDuration(uptimeSeconds)}`]),
    ...(sessions === undefined ? [] : [`${sessions} session${sessions === 1 ? '' : 's'}`]),
  ]
  const problems = [
    ...status.damaged.map((path) => `${path} was damaged: all tokens ended, make new ones, then delete it`),
    ...status.problems.map(({ path, why }) => `${path} is left out: ${why}`),
  ].flatMap((problem) => paragraph(problem, area.columns, 'warning'))
  const head = [
    line(
      span(version === undefined ? 'gateway' : `gateway ${version}`, 'strong'),
      span(`  ${about.join(', ')}`, 'dim'),
    ),
    ...atMost(problems, MAX_PROBLEM_LINES, 'luca doctor lists them', area.columns),
    EMPTY,
  ]
  const memory = (name: string): string => {
    if (units.is !== 'known') return ''
    const own = units.value.filter(
      (unit) => unit.name.startsWith(`mcp-${name}@`) || unit.name === `mcp-${name}.service`,
    )
    const used = own.reduce((sum, unit) => sum + (unit.memory ?? 0), 0)
    return used === 0 ? '' : formatSize(used)
  }
  const working = works.is === 'known' ? works.value : NO_WORKS
  // The gateway has no connection to a server that works by itself.
  const stateOf = ({ name, state }: ServerState): string =>
    state === 'asleep' && working.has(name) ? 'working' : state
  const columns: Column<ServerState>[] = [
    { head: 'SERVER', text: ({ name }) => name, role: 'accent' },
    {
      head: 'STATE',
      text: (server) => STATES[stateOf(server)]?.[0] ?? server.state,
      role: (server) => roleOf(stateOf(server)),
    },
    { head: 'TOOLS', text: ({ tools }) => shown(tools) },
    { head: 'CALLS NOW', text: ({ inFlight }) => shown(inFlight) },
    ...(working.size > 0
      ? [
          {
            head: 'IN THE BACKGROUND',
            text: ({ name }: ServerState) =>
              (working.get(name) ?? []).map((work) => workInWords(work)).join('; '),
          },
        ]
      : []),
    // Without the root helper it is unknown.
    ...(units.is === 'known' ? [{ head: 'MEMORY', text: ({ name }: ServerState) => memory(name) }] : []),
  ]
  return [...head, ...showTable({ ...area, rows: area.rows - head.length }, columns, list, selected)]
}

const NO_WORKS: ReadonlyMap<string, WorkStatus[]> = new Map()

const STATES: Readonly<Record<string, readonly [text: string, role: Role]>> = {
  awake: ['● awake', 'ok'],
  working: ['● works', 'ok'],
  asleep: ['○ asleep', 'dim'],
  failing: ['✗ failing', 'error'],
}
const roleOf = (state: string): Role => STATES[state]?.[1] ?? 'warning'

const WAITING: readonly Column<Approval>[] = [
  { head: 'ID', text: ({ id }) => id, role: 'dim' },
  {
    head: 'WAITS',
    text: ({ waitingSeconds }) =>
      waitingSeconds === undefined ? shown(undefined) : formatDuration(waitingSeconds),
  },
  { head: 'WHO', text: ({ who }) => who },
  { head: 'WHAT', text: ({ tool, arguments: given }) => `${tool} ${given}`, role: 'warning' },
]

export const waiting = (approvals: readonly Approval[], selected: number, area: Area): Line[] =>
  approvals.length === 0
    ? [styled('Nothing waits for your consent.', 'dim')]
    : showTable(area, WAITING, approvals, selected)

const USERS: readonly Column<User>[] = [
  { head: 'NAME', text: ({ name }) => name, role: 'accent' },
  { head: 'UID', text: ({ uid }) => shown(uid), role: 'dim' },
  { head: 'ROLE', text: ({ owner }) => oneOf(owner, 'owner', 'user') },
  { head: 'PASSWORD', text: ({ hasPassword }) => oneOf(hasPassword, 'yes', 'no') },
  { head: 'REAL NAME', text: ({ realName }) => realName ?? '' },
]

export const users = (known: readonly User[], selected: number, area: Area): Line[] =>
  showTable(area, USERS, known, selected)

const NO_MODEL =
  'There is no language model yet. "luca model list" shows those that this machine can run, "luca model pull NAME" gets one, and models.yaml adds those elsewhere.'

export function models({ selected, tier }: SystemState, known: readonly LanguageModel[], area: Area): Line[] {
  const licence =
    tier.is === 'known' ? [styled(`licence ${tier.value}: "luca licence" shows what it allows`, 'dim')] : []
  if (known.length === 0) return [...paragraph(NO_MODEL, area.columns, 'warning'), EMPTY, ...licence]
  const isHere = known.some(({ context, bytes }) => context !== undefined || bytes !== undefined)
  const columns: Column<LanguageModel>[] = [
    { head: 'MODEL', text: ({ id }) => id, role: 'accent' },
    { head: 'WHERE', text: ({ owner }) => (owner === LOCAL ? 'this machine' : shown(owner)) },
    ...(isHere ? ABOUT_FILES : []),
    {
      head: '',
      text: ({ isDefault, isLoaded }) =>
        [isDefault ? 'default' : '', isLoaded ? 'loaded' : ''].filter((word) => word !== '').join(', '),
      role: 'ok',
    },
  ]
  const head = [...licence, EMPTY]
  return [...head, ...showTable({ ...area, rows: area.rows - head.length }, columns, known, selected)]
}

/** What is known of models on this machine alone. */
const ABOUT_FILES: readonly Column<LanguageModel>[] = [
  { head: 'CONTEXT', text: ({ context }) => (context === undefined ? '' : `${context}`) },
  { head: 'SIZE', text: ({ bytes }) => (bytes === undefined ? '' : formatSize(bytes)) },
]
