import type { Area } from '../../model/room.ts'
import { widthOf } from '../../text/cells.ts'
import { EMPTY, fitHeight, type Line, line, paragraph, type Role, span, styled } from '../../text/lines.ts'
import type { SystemState } from './model.ts'

export function log({ lines, note, top }: SystemState['log'], { columns, rows }: Area): Line[] {
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
