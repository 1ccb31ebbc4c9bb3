/** A conversation as lines. What is whole is made once for a width. */

import { showEditor } from '../../model/editor.ts'
import type { Area } from '../../model/room.ts'
import { type Block, blocksOf } from '../../text/flow.ts'
import { EMPTY, type Line, line, paragraph, span, styled, wrap } from '../../text/lines.ts'
import type { Renderer } from '../../text/renderer.ts'
import type { ChatState, ModelTurn, ToolUse, Turn, UserTurn } from './state.ts'

/** So many lines of a tool's result are shown when it is open. */
const MAX_RESULT_LINES = 40
/** Of a long message, so much is shown, in characters. */
const MAX_SHOWN = 20_000

/** A part of the transcript: how high it is, and its lines once they are asked for. */
interface Section {
  height: number
  lines(): readonly Line[]
}

interface Made {
  columns: number
  renderer: Renderer
  height: number
  /** Gone once many others were made: they can be made again. */
  lines: readonly Line[] | undefined
}
const made = new WeakMap<object, Made>()
/** Whose lines are there, the newest last. */
const recent = new Set<Made>()
/** So many sections keep their lines; of the others the height is enough. */
const MAX_RECENT = 300

/** The section of something that never changes. */
function remembered(key: object, columns: number, renderer: Renderer, make: () => Line[]): Section {
  let known = made.get(key)
  if (known?.columns !== columns || known.renderer !== renderer) {
    const lines = make()
    known = { columns, renderer, height: lines.length, lines }
    made.set(key, known)
    touch(known)
  }
  const own = known
  return {
    height: own.height,
    lines() {
      own.lines ??= make()
      touch(own)
      return own.lines
    },
  }
}

function touch(used: Made): void {
  recent.delete(used)
  recent.add(used)
  for (const oldest of recent) {
    if (recent.size <= MAX_RECENT) break
    oldest.lines = undefined
    recent.delete(oldest)
  }
}

const fresh = (lines: readonly Line[]): Section => ({ height: lines.length, lines: () => lines })

/** The sections of the transcript, in their order. */
function* sections({ turns }: ChatState, columns: number, renderer: Renderer): Generator<Section> {
  for (const turn of turns) {
    if (turn.by === 'person') yield remembered(turn, columns, renderer, () => personLines(turn, columns))
    else yield* modelSections(turn, columns, renderer)
  }
}

function personLines({ text, attachments }: UserTurn, columns: number): Line[] {
  const shown =
    text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}\n… (${text.length} characters in all)` : text
  return [
    EMPTY,
    ...paragraph(shown, columns - 2, 'mine').map(
      (one, i): Line => ({
        spans: [span(i === 0 ? '› ' : '  ', 'key'), ...one.spans],
      }),
    ),
    ...attachments.map(({ path, text: file }) =>
      line(span('  + ', 'dim'), span(path, 'link'), span(` ${file.length} characters`, 'dim')),
    ),
  ]
}

function* modelSections(turn: ModelTurn, columns: number, renderer: Renderer): Generator<Section> {
  for (const [i, block] of blocksOf(turn.flow).entries()) {
    const section =
      block === turn.flow.tail
        ? fresh(blockLines(block, columns, renderer))
        : remembered(block, columns, renderer, () => blockLines(block, columns, renderer))
    if (i === 0 || !block.joins) yield GAP
    yield section
  }
  for (const use of turn.uses) yield remembered(use, columns, renderer, () => useLines(use, columns))
  if (turn.ended !== '')
    yield remembered(turn, columns, renderer, () => [
      EMPTY,
      ...paragraph(turn.ended, columns, turn.ended === 'Stopped.' ? 'dim' : 'error'),
    ])
}

const GAP = fresh([EMPTY])

function blockLines({ text, language }: Block, columns: number, renderer: Renderer): Line[] {
  if (language === undefined) return renderer.markdown(text, columns)
  return renderer
    .code(text.replace(/\t/g, '    ').replace(/\n$/, ''), language)
    .flatMap((spans) => wrap({ spans }, columns - 2))
    .map((one): Line => ({ spans: [span('│ ', 'border'), ...one.spans] }))
}

const MARKS: Readonly<Record<ToolUse['state'], Line>> = {
  written: styled('… ', 'dim'),
  running: styled('… ', 'accent'),
  done: styled('✓ ', 'ok'),
  failed: styled('✗ ', 'error'),
}

/** One line for a call; open, what it was given and gave. */
function useLines({ name, arguments: given, state, result, isOpen }: ToolUse, columns: number): Line[] {
  const head = line(
    span(isOpen ? '▾ ' : '▸ ', 'dim'),
    ...MARKS[state].spans,
    span(name, 'accent'),
    span(` ${given.replace(/\s+/g, ' ').slice(0, columns)}`, 'dim'),
  )
  if (!isOpen) return [head]
  const all = result.split('\n')
  const shown = all
    .slice(0, MAX_RESULT_LINES)
    .flatMap((one) => paragraph(one.slice(0, 2000), columns - 4, state === 'failed' ? 'error' : 'text'))
  const more = all.length > MAX_RESULT_LINES ? [styled(`… ${all.length} lines in all`, 'dim')] : []
  return [
    head,
    ...[...paragraph(given, columns - 4, 'dim'), ...shown, ...more].map(
      (one): Line => ({ spans: [span('    '), ...one.spans] }),
    ),
  ]
}

/** The most rows that a draft takes. */
const MAX_DRAFT_ROWS = 8

/** How many rows the draft takes now. */
export function draftRows({ draft }: ChatState, { columns, rows }: Area): number {
  const most = Math.min(MAX_DRAFT_ROWS, Math.floor(rows / 3))
  return Math.max(1, Math.min(most, showEditor(draft, columns - 2, most).lines.length))
}

export function transcriptHeight(state: ChatState, columns: number, renderer: Renderer): number {
  let height = 0
  for (const section of sections(state, columns, renderer)) height += section.height
  return height
}

export interface Transcript {
  lines: Line[]
  /** How many lines there are above and below. */
  above: number
  below: number
}

/** The part of the transcript that is in sight: from a line on, or its end. */
export function transcript(state: ChatState, columns: number, rows: number, renderer: Renderer): Transcript {
  const height = transcriptHeight(state, columns, renderer)
  const top = Math.min(state.top ?? Number.POSITIVE_INFINITY, Math.max(0, height - rows))
  const lines: Line[] = []
  let at = 0
  for (const section of sections(state, columns, renderer)) {
    const end = at + section.height
    if (end > top && at < top + rows)
      lines.push(...section.lines().slice(Math.max(0, top - at), top + rows - at))
    at = end
    if (at >= top + rows) break
  }
  return { lines, above: top, below: Math.max(0, height - top - rows) }
}

/** Whether a turn has nothing to show yet. */
export const isSilent = (turn: Turn | undefined): boolean =>
  turn?.by === 'model' && turn.text === '' && turn.uses.length === 0
