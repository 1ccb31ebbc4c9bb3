import type { Area } from '../../model/view.ts'
import { EMPTY, type Line, line, span } from '../../text/lines.ts'
import { models, servers, users, waiting } from './lists.ts'
import { log } from './log-lines.ts'
import { machine } from './machine-lines.ts'
import { SECTIONS, type SystemState, TAB_ROWS } from './model.ts'
import { when } from './texts.ts'

export function draw(state: SystemState, { columns, rows }: Area): Line[] {
  const tabs = line(
    ...SECTIONS.flatMap((one) => [
      {
        ...span(` ${one}${one === 'waiting' ? count(state) : ''} `, one === state.section ? 'strong' : 'dim'),
        ...(one === state.section ? { ground: 'selection' as const } : {}),
      },
      span(' '),
    ]),
  )
  return [tabs, EMPTY, ...section(state, { columns, rows: rows - TAB_ROWS })]
}

const count = ({ approvals }: SystemState): string =>
  approvals.is === 'known' && approvals.value.length > 0 ? ` (${approvals.value.length})` : ''

function section(state: SystemState, area: Area): Line[] {
  switch (state.section) {
    case 'servers':
      return when(state.status, area, (status) => servers(state, status, area))
    case 'waiting':
      return when(state.approvals, area, (approvals) => waiting(approvals, state.selected, area))
    case 'machine':
      return machine(state, area)
    case 'models':
      return when(state.models, area, (known) => models(state, known, area))
    case 'users':
      return when(state.users, area, (known) => users(known, state.selected, area))
    case 'log':
      return log(state.log, area)
  }
}
