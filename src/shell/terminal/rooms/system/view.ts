import { mcpUrl } from '../../../../host/reached-as.ts'
import { formatSize } from '../../../sizes.ts'
import type { ServerState, Status } from '../../model/answers.ts'
import type { Area, World } from '../../model/room.ts'
import { showList } from '../../model/selection.ts'
import { widthOf } from '../../text/cells.ts'
import {
  EMPTY,
  fit,
  fitHeight,
  type Line,
  line,
  paragraph,
  type Role,
  span,
  styled,
} from '../../text/lines.ts'
import { type Known, SECTIONS, type SystemState } from './model.ts'

export function view(state: SystemState, { columns, rows }: Area, world: World): Line[] {
  const tabs = line(
    ...SECTIONS.flatMap((one) => [
      {
        ...span(` ${one}${one === 'waiting' ? count(state) : ''} `, one === state.section ? 'strong' : 'dim'),
        ...(one === state.section ? { ground: 'selection' as const } : {}),
      },
      span(' '),
    ]),
  )
  return [tabs, EMPTY, ...section(state, { columns, rows: rows - 2 }, world)]
}

const count = ({ approvals }: SystemState): string =>
  approvals.is === 'known' && approvals.value.length > 0 ? ` (${approvals.value.length})` : ''

function section(state: SystemState, area: Area, world: World): Line[] {
  switch (state.section) {
    case 'servers':
      return when(state.status, area, (status) => servers(state, status, area))
    case 'waiting':
      return when(state.approvals, area, (approvals) =>
        approvals.length === 0
          ? [styled('Nothing waits for your consent.', 'dim')]
          : [
              heads([
                ['ID', 10],
                ['WAITS', 8],
                ['WHO', 16],
                ['WHAT', 60],
              ]),
              ...showList(approvals.length, state.selected, area.rows - 1, (i) => {
                const {
                  id,
                  waitingSeconds,
                  who,
                  tool,
                  arguments: given,
                } = approvals[i] as (typeof approvals)[number]
                return cells([
                  [id, 10, 'dim'],
                  [waitingSeconds === undefined ? NOT_TOLD : `${waitingSeconds} s`, 8],
                  [who, 16],
                  [`${tool} ${given}`, area.columns - 40, 'warning'],
                ])
              }),
            ],
      )
    case 'machine':
      return machine(state, area)
    case 'models':
      return models(state, area, world)
    case 'users':
      return when(state.users, area, (users) => [
        heads([
          ['NAME', 18],
          ['UID', 8],
          ['ROLE', 8],
          ['PASSWORD', 10],
          ['REAL NAME', 30],
        ]),
        ...showList(users.length, state.selected, area.rows - 1, (i) => {
          const user = users[i] as (typeof users)[number]
          return cells([
            [user.name, 18, 'accent'],
            [shown(user.uid), 8, 'dim'],
            [oneOf(user.owner, 'owner', 'user'), 8],
            [oneOf(user.hasPassword, 'yes', 'no'), 10],
            [user.realName ?? '', 30],
          ])
        }),
      ])
    case 'log':
      return log(state, area)
  }
}

/** Stands for what an answer does not tell. */
const NOT_TOLD = '–'
const shown = (value: number | string | undefined): string => (value === undefined ? NOT_TOLD : String(value))
const oneOf = (value: boolean | undefined, yes: string, no: string): string =>
  value === undefined ? NOT_TOLD : value ? yes : no

/** What is shown of an answer, or what stands in its place. */
function when<T>(known: Known<T>, { columns }: Area, show: (value: T) => Line[]): Line[] {
  if (known.is === 'known') return show(known.value)
  return known.is === 'asked' ? [styled('asking …', 'dim')] : paragraph(known.why, columns, 'warning')
}

type CellOf = readonly [text: string, width: number, role?: Role]
const cells = (all: readonly CellOf[]): Line => ({
  spans: all.flatMap(([text, width, role]) => [
    ...fit(styled(text, role ?? 'text'), width - 1).spans,
    span(' '),
  ]),
})
const heads = (all: readonly (readonly [string, number])[]): Line =>
  cells(all.map(([text, width]) => [text, width, 'dim']))

function servers(state: SystemState, status: Status, area: Area): Line[] {
  const memory = (name: string): string => {
    if (state.units.is !== 'known') return ''
    const own = state.units.value.filter(
      (unit) => unit.name.startsWith(`mcp-${name}@`) || unit.name === `mcp-${name}.service`,
    )
    const used = own.reduce((sum, unit) => sum + (unit.memory ?? 0), 0)
    return used === 0 ? '' : formatSize(used)
  }
  const { servers: list, version, uptimeSeconds, sessions } = status
  const about = [
    ...(uptimeSeconds === undefined ? [] : [`up ${duration(uptimeSeconds)}`]),
    ...(sessions === undefined ? [] : [`${sessions} session${sessions === 1 ? '' : 's'}`]),
  ]
  const problems = status.problems.flatMap(({ path, why }) =>
    paragraph(`${path} is left out: ${why}`, area.columns, 'warning'),
  )
  return [
    line(
      span(version === undefined ? 'gateway' : `gateway ${version}`, 'strong'),
      span(`  ${about.join(', ')}`, 'dim'),
    ),
    ...problems.slice(0, MAX_PROBLEM_LINES),
    EMPTY,
    heads([
      ['SERVER', 20],
      ['STATE', 12],
      ['TOOLS', 8],
      ['CALLS NOW', 12],
      ['MEMORY', 12],
    ]),
    ...showList(
      list.length,
      state.selected,
      area.rows - 3 - Math.min(problems.length, MAX_PROBLEM_LINES),
      (i) => {
        const { name, state: how, tools, inFlight } = list[i] as ServerState
        return cells([
          [name, 20, 'accent'],
          markOf(how),
          [shown(tools), 8],
          [shown(inFlight), 12],
          [memory(name), 12],
        ])
      },
    ),
  ]
}

const MAX_PROBLEM_LINES = 4

const markOf = (state: string): CellOf => {
  if (state === 'awake') return ['● awake', 12, 'ok']
  if (state === 'asleep') return ['○ asleep', 12, 'dim']
  return state === 'failing' ? ['✗ failing', 12, 'error'] : [state, 12, 'warning']
}

const duration = (seconds: number): string =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : seconds < 172_800
        ? `${Math.round(seconds / 3600)} h`
        : `${Math.round(seconds / 86_400)} days`

/** A share as a bar of so many cells. */
function gauge(share: number, width: number): Line {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  const role = share > 0.95 ? 'error' : share > 0.85 ? 'warning' : 'ok'
  return line(span('█'.repeat(full), role), span('░'.repeat(width - full), 'border'))
}

function machine(state: SystemState, area: Area): Line[] {
  const label = (text: string) => fit(styled(text, 'dim'), 14).spans
  const row = (name: string, ...parts: Line['spans']): Line => ({ spans: [...label(name), ...parts] })
  const facts = when(state.machine, area, ({ name, addresses, disk, memory, uptimeSeconds }) => [
    row('name', span(name, 'strong'), span(`  up ${duration(uptimeSeconds)}`, 'dim')),
    ...(addresses.length === 0
      ? [row('address', span('no network yet: plug in a cable', 'warning'))]
      : addresses.map((address, i) => row(i === 0 ? 'address' : '', span(mcpUrl(address), 'link')))),
    row('memory', ...used(memory.size - memory.free, memory.size)),
    ...(disk ? [row('disk', ...used(disk.size - disk.free, disk.size))] : []),
  ])
  const authority = when(state.authority, area, ({ fingerprint }) => {
    if (fingerprint === null) return [row('authority', span('none yet', 'dim'))]
    const half = 48
    return [row('authority', span(fingerprint.slice(0, half))), row('', span(fingerprint.slice(half)))]
  })
  const disks = state.disks.is === 'known' ? state.disks.value : undefined
  return [
    ...facts,
    ...authority,
    ...(disks ? [EMPTY, ...disks.map((one) => row(one.path, ...used(one.used, one.size)))] : []),
  ]
}

const used = (amount: number, size: number): Line['spans'] => [
  ...gauge(size === 0 ? 0 : amount / size, 20).spans,
  span(`  ${formatSize(amount)} of ${formatSize(size)}`),
]

function models(state: SystemState, area: Area, { offer }: World): Line[] {
  const isThere = offer.methods.includes('mcp.llm.chat')
  const head = isThere
    ? [
        ...paragraph(
          'Language models answer through mcp.llm.chat; the Chat room talks to them, and says how to get one where there is none.',
          area.columns,
        ),
      ]
    : paragraph('No language model is set up yet. "luca llm" says how to get one.', area.columns, 'warning')
  const limits = when(state.licence, area, ({ tier, quotas }) => [
    cells([
      ['licence', 34, 'dim'],
      [shown(tier), 40, 'strong'],
    ]),
    ...Object.entries(quotas).map(([name, value]) =>
      cells([
        [name.replaceAll('_', ' '), 34, 'dim'],
        [value, 40],
      ]),
    ),
  ])
  return [...head, EMPTY, ...limits]
}

function log({ log: { lines, note, top } }: SystemState, { columns, rows }: Area): Line[] {
  if (lines.length === 0)
    return note === 'reading …'
      ? [styled(note, 'dim')]
      : [
          ...paragraph(note, columns, 'warning'),
          EMPTY,
          ...paragraph(
            'Under "luca up" the log is on the terminal of that command; in the image, users of the group systemd-journal read it here.',
            columns,
            'dim',
          ),
        ]
  const from =
    top === undefined ? Math.max(0, lines.length - rows) : Math.min(top, Math.max(0, lines.length - rows))
  return fitHeight(
    lines.slice(from, from + rows).map((text) => {
      const role: Role = /\b(error|fail(ed|ure)?)\b/i.test(text)
        ? 'error'
        : /\bwarn/i.test(text)
          ? 'warning'
          : 'text'
      const time = /^\w{3} +\d+ [\d:]+ /.exec(text)?.[0] ?? ''
      return line(
        span(time, 'dim'),
        span(text.slice(time.length, time.length + columns - widthOf(time) + 1), role),
      )
    }),
    rows,
  )
}
