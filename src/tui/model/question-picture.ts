/**
 * How questions look. What one is about stands above its answer; where that is longer than the panel, it says so and is
 * gone through with PgUp and PgDn: people must not agree to what they did not see.
 */
import { clip, widthOf } from '../text/cells.ts'
import { EMPTY, type Line, line, on, paragraph, span, styled } from '../text/lines.ts'
import { type Editor, showEditor } from './editor.ts'
import { outputOf, panelArea } from './jobs.ts'
import type { Confirmation, Prompt, Question } from './message.ts'
import type { State } from './state.ts'
import type { Area } from './view.ts'

export type Asking = Prompt | Confirmation | Question

interface Cursor {
  row: number
  column: number
}

interface Layout {
  title: string
  about: readonly Line[]
  /** How many rows there are for it. */
  height: number
  answer: readonly Line[]
  /** In the answer. */
  cursor?: Cursor | undefined
}

/** What a panel of this size shows of a question. */
export function drawAsking(
  state: State,
  asking: Asking,
  area: Area,
): { title: string; lines: Line[]; cursor?: Cursor } {
  const layout = layoutOf(state, asking, area)
  const { title, answer, cursor } = layout
  const about = partOf(layout, topOf(layout, asking))
  return {
    title,
    lines: [...about, ...answer],
    ...(cursor ? { cursor: { ...cursor, row: cursor.row + about.length } } : {}),
  }
}

/** The first line in sight of what a question is about, after PgUp or PgDn; undefined for other keys. */
export function turnedPage(state: State, asking: Asking, key: string): number | undefined {
  if (key !== 'pageup' && key !== 'pagedown') return undefined
  const layout = layoutOf(state, asking, panelArea(state))
  const page = Math.max(1, layout.height - 2)
  const top = topOf(layout, asking) + (key === 'pageup' ? -page : page)
  return Math.max(0, Math.min(top, lastTop(layout)))
}

/** One row of the height says that there is more. */
const lastTop = ({ about, height }: Layout): number =>
  about.length <= height ? 0 : about.length - Math.max(1, height - 1)

/** What a line has written is seen from its end, everything else from its beginning. */
const topOf = (layout: Layout, { top, ...asking }: Asking): number => {
  const first = asking.type === 'prompt' && asking.job !== undefined ? lastTop(layout) : 0
  return Math.min(top ?? first, lastTop(layout))
}

function partOf({ about, height }: Layout, top: number): Line[] {
  if (about.length <= height) return [...about]
  const shown = about.slice(top, top + Math.max(1, height - 1))
  const below = about.length - top - shown.length
  const more =
    below > 0
      ? `… and ${below} more line${below === 1 ? '' : 's'} of it: PgDn`
      : `… and ${top} line${top === 1 ? '' : 's'} above: PgUp`
  const mark = styled(more, 'warning')
  return below > 0 ? [...shown, mark] : [mark, ...shown]
}

function layoutOf(state: State, asking: Asking, area: Area): Layout {
  if (asking.type === 'prompt') return promptLayout(state, asking, area)
  const isSettling = state.settlesAt !== undefined
  return asking.type === 'confirm'
    ? confirmLayout(asking, area, isSettling)
    : questionLayout(asking, area, isSettling)
}

/** Stands where the answer will, while a question takes no keys yet. */
const SETTLING = styled('Pause for a moment, then press a key to answer.', 'dim')

/** One line that is typed in, so far to the right as the cursor needs. */
export function typedIn(
  { settlesAt }: State,
  editor: Editor,
  columns: number,
  secret?: true,
): { line: Line; column: number } {
  if (settlesAt !== undefined) return { line: SETTLING, column: 0 }
  const text = secret ? '•'.repeat(editor.text.length) : editor.text
  const shown = showEditor({ text, cursor: editor.cursor }, columns - 2, 1)
  return { line: line(span('› ', 'key'), shown.lines[0] ?? ''), column: 2 + shown.cursor.column }
}

/** What stands in the edge of a panel, or above its text where there is too much of it for one line. */
function headed(title: string, fallback: string, columns: number): { title: string; head: Line[] } {
  const isShort = !title.includes('\n') && widthOf(title) < columns
  return isShort ? { title, head: [] } : { title: fallback, head: paragraph(title, columns, 'strong') }
}

function promptLayout(state: State, prompt: Prompt, { columns, rows }: Area): Layout {
  const field = typedIn(state, prompt.editor, columns, prompt.secret)
  const hint = prompt.hint ? paragraph(prompt.hint, columns, 'dim') : []
  const job = state.jobs.find(({ id }) => id === prompt.job)
  const asked = job
    ? { title: `luca ${job.line}`, head: paragraph(prompt.title.trimEnd(), columns, 'strong') }
    : headed(prompt.title, 'Please say', columns)
  const about = job ? outputOf(job).flatMap((text) => paragraph(text, columns)) : []
  const answer = [...asked.head, field.line, ...hint]
  return {
    title: asked.title,
    about: about.length > 0 ? [...about, EMPTY] : about,
    height: rows - answer.length,
    answer,
    cursor: { row: asked.head.length, column: field.column },
  }
}

function confirmLayout(
  { title, detail }: Confirmation,
  { columns, rows }: Area,
  isSettling: boolean,
): Layout {
  const asked = headed(title, 'May this be done?', columns)
  const answer = [EMPTY, isSettling ? SETTLING : line(span('y', 'key'), ' yes   ', span('n', 'key'), ' no')]
  return {
    title: asked.title,
    about: [...asked.head, ...detail.flatMap((text) => paragraph(text, columns))],
    height: rows - answer.length,
    answer,
  }
}

/** So many fields of a form are in sight at once, where there are more. */
const MOST_FIELDS = 8

function questionLayout(
  { message, fields, values, at, problem }: Question,
  { columns, rows }: Area,
  isSettling: boolean,
): Layout {
  const answer: Line[] = [EMPTY]
  let cursor: Cursor | undefined
  const count = Math.min(fields.length, Math.max(2, Math.min(MOST_FIELDS, rows - 10)))
  const first = Math.max(0, Math.min(at - count + 1, fields.length - count))
  for (const [i, field] of fields.slice(first, first + count).entries()) {
    const isTyped = first + i === at
    const label = `${clip(field.title, Math.floor(columns / 2))}${field.required ? ' *' : ''}: `
    const shown = showEditor(
      values[first + i] ?? { text: '', cursor: 0 },
      Math.max(8, columns - widthOf(label)),
      1,
    )
    if (isTyped) cursor = { row: answer.length, column: widthOf(label) + shown.cursor.column }
    answer.push(line(span(label, isTyped ? 'accent' : 'dim'), shown.lines[0] ?? ''))
    const choices = field.choices?.join(', ') ?? (field.type === 'boolean' ? 'y, n' : '')
    if (isTyped && choices !== '') answer.push(...paragraph(`one of ${choices}`, columns, 'dim').slice(0, 2))
  }
  if (fields.length > count)
    answer.push(styled(`fields ${first + 1}–${first + count} of ${fields.length}: Tab`, 'dim'))
  const decision = isSettling
    ? SETTLING
    : line(span('y', 'key'), ' allow it   ', span('n', 'key'), ' deny it')
  answer.push(at >= fields.length ? on('selection', decision) : decision)
  if (problem) answer.push(...paragraph(problem, columns, 'warning').slice(0, 2))
  return {
    title: 'May this be done?',
    about: paragraph(message, columns),
    height: Math.max(3, rows - answer.length),
    answer,
    cursor,
  }
}
