/** One of several, and which of them are in sight. */
import { EMPTY, type Line, on } from '../text/lines.ts'

/** The place after a key that moves among so many; undefined for other keys. */
export function moved(at: number, count: number, key: string, page = 10): number | undefined {
  const to = (next: number) => Math.max(0, Math.min(count - 1, next))
  switch (key) {
    case 'up':
    case 'k':
    case 'C-p':
      return to(at - 1)
    case 'down':
    case 'j':
    case 'C-n':
      return to(at + 1)
    case 'pageup':
    case 'C-b':
      return to(at - page)
    case 'pagedown':
    case 'C-f':
      return to(at + page)
    case 'home':
    case 'g':
      return 0
    case 'end':
    case 'S-g':
    case 'G':
      return to(count - 1)
    default:
      return undefined
  }
}

/** The first row in sight, so that the selected one is, with some of its surroundings. */
export const windowStart = (selected: number, count: number, rows: number): number =>
  Math.max(0, Math.min(selected - Math.floor(rows / 2), count - rows))

/** The lines in sight of a list whose selected one is marked. `render` is asked for those alone. */
export function showList(
  count: number,
  selected: number,
  rows: number,
  render: (index: number) => Line,
  marked = true,
): Line[] {
  const start = windowStart(selected, count, rows)
  return Array.from({ length: rows }, (_, row) => {
    const index = start + row
    if (index >= count) return EMPTY
    const line = render(index)
    return index === selected && marked ? on('selection', line) : line
  })
}
