/** Lines of styled text, and how they are cut, folded and put side by side. */
import { type Cell, cellsOf, clip, widthOf } from './cells.ts'

/** What a piece of text is; the theme says how that looks. */
export const ROLES = [
  'text',
  'dim',
  'strong',
  'emphasis',
  'heading',
  'accent',
  'code',
  'keyword',
  'string',
  'number',
  'comment',
  'link',
  'ok',
  'warning',
  'error',
  'added',
  'removed',
  'border',
  'key',
  'mine',
] as const
export type Role = (typeof ROLES)[number]

/** What lies behind a line. */
export const GROUNDS = ['plain', 'bar', 'selection', 'panel'] as const
export type Ground = (typeof GROUNDS)[number]

export interface Span {
  text: string
  role: Role
  ground?: Ground
}
export interface Line {
  spans: readonly Span[]
  ground?: Ground
}

export const span = (text: string, role: Role = 'text'): Span => ({ text, role })
export const line = (...parts: readonly (Span | string)[]): Line => ({
  spans: parts.map((part) => (typeof part === 'string' ? span(part) : part)),
})
export const styled = (text: string, role: Role): Line => ({ spans: [{ text, role }] })
export const EMPTY: Line = { spans: [] }

/** The same line on another ground; pieces that have one of their own keep it. */
export const on = (ground: Ground, { spans }: Line): Line => ({ spans, ground })

export const lineWidth = ({ spans }: Line): number => spans.reduce((sum, { text }) => sum + widthOf(text), 0)

/** The text of a line, without its looks. */
export const plainText = ({ spans }: Line): string => spans.map(({ text }) => text).join('')

/** Cut or filled up to exactly so many columns. */
export function fit(given: Line, columns: number): Line {
  const width = lineWidth(given)
  if (width <= columns)
    return width === columns
      ? given
      : { ...given, spans: [...given.spans, span(' '.repeat(columns - width))] }
  const spans: Span[] = []
  let left = columns
  for (const one of given.spans) {
    const own = widthOf(one.text)
    // A cut piece must show its `…`, also where the cut is between two pieces.
    if (own < left || (own === left && one === given.spans.at(-1))) {
      spans.push(one)
      left -= own
      continue
    }
    const text = clip(own === left ? `${one.text} ` : one.text, left)
    spans.push({ ...one, text: text + ' '.repeat(Math.max(0, left - widthOf(text))) })
    break
  }
  return { ...given, spans }
}

/** Cut or filled up to exactly so many lines. */
export function fitHeight(lines: readonly Line[], rows: number): Line[] {
  return Array.from({ length: Math.max(0, rows) }, (_, i) => lines[i] ?? EMPTY)
}

/** Lines side by side; each column has its width, and a gap after all but the last. */
export function beside(columns: readonly { lines: readonly Line[]; width: number }[], gap: Span): Line[] {
  const rows = Math.max(...columns.map(({ lines }) => lines.length))
  return Array.from({ length: rows }, (_, row) => ({
    spans: columns.flatMap(({ lines, width }, i) => {
      const { spans, ground } = fit(lines[row] ?? EMPTY, width)
      const own = ground ? spans.map((one) => ({ ground, ...one })) : spans
      return i + 1 < columns.length ? [...own, gap] : own
    }),
  }))
}

/** Both ends of one line: the right one is kept whole, the left one cut, and they never touch. */
export function spread(left: Line, right: Line, columns: number): Line {
  const width = columns - lineWidth(right)
  if (width < 4) return fit(left, columns)
  const ground = left.ground ?? right.ground
  const isApart = lineWidth(right) === 0 || plainText(right).startsWith(' ')
  const spans = isApart ? fit(left, width).spans : [...fit(left, width - 1).spans, span(' ')]
  return { spans: [...spans, ...right.spans], ...(ground ? { ground } : {}) }
}

/** Folds a line at spaces, and inside of words that are longer than a line. `indent` stands before all but the first. */
export function wrap(given: Line, columns: number, indent: Line = EMPTY): Line[] {
  if (columns <= 0) return []
  if (lineWidth(given) <= columns) return [given]
  const lines: Line[] = []
  let current: { cell: Cell; span: Span }[] = []
  let width = 0
  let limit = columns
  const indentWidth = Math.min(lineWidth(indent), columns - 1)
  const push = (cells: typeof current) => {
    const merged = merge(cells)
    const before = lines.length > 0 ? indent.spans : []
    lines.push({ ...given, spans: [...before, ...merged] })
    limit = columns - indentWidth
  }
  for (const one of given.spans)
    for (const cell of cellsOf(one.text)) {
      if (width + cell.width > limit) {
        const space = current.findLastIndex((other) => other.cell.text === ' ')
        if (cell.text === ' ') {
          push(current)
          current = []
          width = 0
          continue
        }
        const cut = space > 0 ? space + 1 : current.length
        push(space > 0 ? current.slice(0, space) : current)
        current = current.slice(cut)
        width = current.reduce((sum, other) => sum + other.cell.width, 0)
      }
      current.push({ cell, span: one })
      width += cell.width
    }
  if (current.length > 0 || lines.length === 0) push(current)
  return lines
}

/** Cells as spans again. Their texts are joined at once: added one by one, V8 would keep an object for each letter. */
function merge(cells: readonly { cell: Cell; span: Span }[]): Span[] {
  const spans: Span[] = []
  for (let from = 0, to = 0; from < cells.length; from = to) {
    const source = (cells[from] as { span: Span }).span
    while (cells[to]?.span === source) to++
    const texts = cells.slice(from, to).map(({ cell }) => cell.text)
    spans.push({ ...source, text: texts.join('') })
  }
  return spans
}

/** The lines of a text, each folded to the width. Tabs become spaces. */
export const paragraph = (text: string, columns: number, role: Role = 'text'): Line[] =>
  text.split(/\r?\n/).flatMap((one) => wrap(styled(expandTabs(one), role), columns))

/** The first lines of a text that say something, where there is no room for all of it. */
export const excerpt = (text: string, columns: number, most: number, role: Role = 'text'): Line[] =>
  paragraph(text.trim(), columns, role).slice(0, most)

/** Tabs as spaces up to the next multiple of four. */
export const expandTabs = (text: string): string => {
  if (!text.includes('\t')) return text
  let out = ''
  for (const part of text.split(/(\t)/)) out += part === '\t' ? ' '.repeat(4 - (out.length % 4)) : part
  return out
}
