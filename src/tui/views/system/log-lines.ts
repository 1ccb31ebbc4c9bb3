/** The appliance's log: each record is one line, folded where it is long. */
import { isAtLeast, type LogRecord, localTime, serverOf, textOf } from '../../../command/log/record.ts'
import type { Area } from '../../model/view.ts'
import { clip, widthOf } from '../../text/cells.ts'
import { fitHeight, type Line, line, paragraph, type Role, span, styled, wrap } from '../../text/lines.ts'
import { lastTop } from '../../text/long-text.ts'

export interface Log {
  /** Oldest first. */
  records: readonly LogRecord[]
  /** What is to be said where there are none. */
  note: string
  /** Which record is the first in sight; undefined to stay at the end. */
  top: number | undefined
}

/** Longer records are cut, in characters; "luca log" shows them whole. */
const MOST = 1000
/** How wide the names of servers stand. */
const SERVER = 10
const INDENT = line('    ')

/** The first record in sight where the end of the log is. */
export const lastTopOf = ({ records }: Log, { columns, rows }: Area): number =>
  lastTop(records.length, rows, (i) => recordLines(records[i] as LogRecord, columns).length)

export function log(given: Log, area: Area): Line[] {
  const { records, note, top } = given
  const { columns, rows } = area
  if (records.length === 0)
    return note === 'reading …' ? [styled(note, 'dim')] : paragraph(note, columns, 'warning')
  const last = lastTopOf(given, area)
  const from = Math.min(top ?? last, last)
  const shown = records.slice(from, from + rows).flatMap((record) => recordLines(record, columns))
  return fitHeight(shown, rows)
}

function recordLines(record: LogRecord, columns: number): Line[] {
  const role: Role = isAtLeast(record, 'error') ? 'error' : isAtLeast(record, 'warn') ? 'warning' : 'text'
  const server = serverOf(record)
  // The year goes without saying.
  const time = localTime(new Date(record.time)).slice('2026-'.length)
  // Where it is folded, a line must not begin with a space.
  const said = textOf(record).replace(/ {2,}/g, ' ')
  return wrap(
    line(
      span(`${time} `, 'dim'),
      span(`${record.level.padEnd(5)} `, role),
      span(`${clip(server, columns)}${' '.repeat(Math.max(0, SERVER - widthOf(server)))} `, 'accent'),
      span(said.length > MOST ? `${said.slice(0, MOST)}…` : said, role),
    ),
    columns,
    INDENT,
  )
}
