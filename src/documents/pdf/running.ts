/** Headers and footers: what stands at the same place at the edge of pages near each other. */

import { lineOf, rowsOf, textOfLine } from './lines.ts'
import type { PageText, Run } from './runs.ts'

/** So many lines at each edge may be a header or a footer. */
const AT_EDGE = 3
/** So much of the height of a page at most. */
const EDGE = 0.15
/** Between them and the rest is more room, in the size of their letters. */
const APART = 1.6
/** Lines of two pages are at the same place that differ by less, in points. */
const SAME_PLACE = 3

export interface Edge {
  /** As it is on each page. */
  text: string
  /** As it is written, which may be the number of the page. */
  whole: string
  base: number
  runs: ReadonlySet<Run>
}

/** What may be a header or a footer of a page: the first and last lines, where room is between them and all else. */
export function edgesOf({ runs, height }: PageText): Edge[] {
  const rows = rowsOf(runs)
  return [...edge(rows, height), ...edge(rows.toReversed(), height)]
}

/** From the edge inwards. */
function edge(rows: readonly Run[][], height: number): Edge[] {
  const lines: Edge[] = []
  for (let i = 0; i < AT_EDGE; i++) {
    const [row, next] = [rows[i], rows[i + 1]]
    if (!row) break
    const line = lineOf(row)
    if (Math.min(line.base, height - line.base) > EDGE * height) break
    const text = textOfLine(line)
    lines.push({ text: withoutNumbers(text), whole: text.trim(), base: line.base, runs: new Set(row) })
    if (!next || Math.abs(lineOf(next).base - line.base) > APART * line.size) return lines
  }
  return []
}

/** The runs of a page without its headers and footers, by the edges of the pages near it. */
export function withoutRunning(
  { runs, edges, part }: { runs: readonly Run[]; edges: readonly Edge[]; part: number },
  near: readonly (readonly Edge[])[],
): Run[] {
  const running = edges.filter(
    ({ text, whole, base }) =>
      whole === String(part) ||
      near.some((edges) =>
        edges.some((other) => other.text === text && Math.abs(other.base - base) < SAME_PLACE),
      ),
  )
  return runs.filter((run) => !running.some((edge) => edge.runs.has(run)))
}

/** Numbers of pages differ from page to page. */
const withoutNumbers = (text: string): string =>
  text
    .replace(/\d+/g, '#')
    .replace(/\b[ivxlc]+\b/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
