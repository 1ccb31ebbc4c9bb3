/** A conversation as lines, in parts. Only those that are near what is in sight are kept. */
import { showEditor } from '../../model/editor.ts'
import type { Area } from '../../model/view.ts'
import { type Block, blocksOf, isEmptyFlow, latestBlocks } from '../../text/flow.ts'
import { EMPTY, type Line, line, paragraph, span, styled, wrap } from '../../text/lines.ts'
import type { Renderer } from '../../text/renderer.ts'
import type { ChatState, ModelTurn, ToolOffer, ToolUse, Turn, UserTurn } from './state.ts'

/** So many lines of a tool's result are shown when it is open. */
const MAX_RESULT_LINES = 40
/** Of a long message, so much is shown, in characters. */
const MAX_SHOWN = 20_000

/** A turn, or a page of one: how high it is, and its lines once they are asked for. */
export interface Part {
  readonly height: number
  lines(): readonly Line[]
}

/** How many parts a turn has. The last one is what has not become a page. */
export const partsOf = (turn: Turn): number => (turn.by === 'person' ? 1 : turn.flow.pages.length + 1)

export function partOf(turn: Turn, place: number, columns: number, renderer: Renderer): Part {
  if (turn.by === 'person') return remembered(turn, columns, renderer, () => personLines(turn, columns))
  const page = turn.flow.pages[place]
  const head = () => (place === 0 ? offerLines(turn, columns) : [])
  if (page)
    return remembered(page, columns, renderer, () => [
      ...head(),
      ...blocksOf(page).flatMap((block) => [...gapBefore(block), ...blockLines(block, columns, renderer)]),
    ])
  const make = () => [...head(), ...latestLines(turn, columns, renderer)]
  return turn.isWhole ? remembered(turn, columns, renderer, make) : fresh(make())
}

interface Made {
  columns: number
  renderer: Renderer
  height: number
  /** Gone once many others were made: they can be made again. */
  lines: readonly Line[] | undefined
}
const made = new WeakMap<object, Made>()
/** Whose lines are there, the latest used last, and how many lines these are. */
const recent = new Set<Made>()
let recentLines = 0
/** So many lines are kept; of the others the height is enough. */
const MAX_RECENT_LINES = 1000

/** The part that is made of something that never changes. */
function remembered(key: object, columns: number, renderer: Renderer, make: () => Line[]): Part {
  let known = made.get(key)
  if (known?.columns !== columns || known.renderer !== renderer) {
    if (known) forget(known)
    const lines = make()
    known = { columns, renderer, height: lines.length, lines: undefined }
    made.set(key, known)
    keep(known, lines)
  }
  const own = known
  return { height: own.height, lines: () => keep(own, own.lines ?? make()) }
}

function keep(used: Made, lines: readonly Line[]): readonly Line[] {
  forget(used)
  used.lines = lines
  recent.add(used)
  recentLines += used.height
  for (const oldest of recent) {
    if (recentLines <= MAX_RECENT_LINES || oldest === used) break
    forget(oldest)
  }
  return lines
}

function forget(one: Made): void {
  if (recent.delete(one)) recentLines -= one.height
  one.lines = undefined
}

const fresh = (lines: readonly Line[]): Part => ({ height: lines.length, lines: () => lines })

function personLines({ text, files }: UserTurn, columns: number): Line[] {
  const shown =
    text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}\n… (${text.length} characters in all)` : text
  return [
    EMPTY,
    ...paragraph(shown, columns - 2, 'mine').map(
      (one, i): Line => ({
        spans: [span(i === 0 ? '› ' : '  ', 'key'), ...one.spans],
      }),
    ),
    ...files.map((path) => line(span('  + ', 'dim'), span(path, 'link'))),
  ]
}

/** Where the model was not told of all tools: of which, and why. */
function offerLines({ offer }: ModelTurn, columns: number): Line[] {
  if (offer === undefined || offer.tools.length >= offer.of) return []
  return paragraph(whichTools(offer), columns, 'dim')
}

function whichTools({ tools, of, because }: ToolOffer): string {
  if (because === 'unable') return 'without tools: this model can’t call tools'
  return tools.length > 0
    ? `with ${tools.length} of ${of} tools, chosen by the question: ${tools.join(', ')}`
    : `without tools: of ${of} none fits into what this model can read`
}

const WAITS: Readonly<Record<NonNullable<ModelTurn['waits']>, string>> = {
  question: 'It waits until the question before it is answered.',
  summary: 'Older messages are summarised first, to fit.',
}

/** What was left out, to fit into what the model can read. */
function fittingLines({ isCut, shortened, waits }: ModelTurn, columns: number): Line[] {
  const { results = 0, turns = 0 } = shortened ?? {}
  const told = [
    ...(isCut ? ['results of tools are cut, to fit into what this model can read'] : []),
    ...(results > 0
      ? [`${counted(results, 'older result')} told in one line, to fit into what this model can read`]
      : []),
    ...(turns > 0 ? [`${counted(turns, 'older message')} left out: this model can’t read more at once`] : []),
    ...(waits === undefined ? [] : [WAITS[waits]]),
  ]
  return told.flatMap((text) => paragraph(text, columns, 'dim'))
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? ' is' : 's are'}`

/** What the model is told from now on of all that was said. */
const summaryLines = ({ summary }: ModelTurn, columns: number): Line[] =>
  summary === undefined
    ? []
    : [EMPTY, ...paragraph(`Summary of all up to here, for the model: ${summary}`, columns, 'dim')]

function latestLines(turn: ModelTurn, columns: number, renderer: Renderer): Line[] {
  const { flow, uses, ended } = turn
  return [
    ...latestBlocks(flow).flatMap((block) => {
      const make = () => blockLines(block, columns, renderer)
      const lines = block === flow.tail ? make() : remembered(block, columns, renderer, make).lines()
      return [...gapBefore(block), ...lines]
    }),
    ...uses.flatMap((use) => remembered(use, columns, renderer, () => useLines(use, columns)).lines()),
    ...fittingLines(turn, columns),
    ...summaryLines(turn, columns),
    ...(ended === '' ? [] : [EMPTY, ...paragraph(ended, columns, ended === 'Stopped.' ? 'dim' : 'error')]),
  ]
}

const gapBefore = ({ joins }: Block): readonly Line[] => (joins ? [] : [EMPTY])

function blockLines({ text, language }: Block, columns: number, renderer: Renderer): Line[] {
  if (language === undefined) return renderer.markdown(text, columns)
  return renderer
    .code(text.replace(/\t/g, '    ').replace(/\n$/, ''), language)
    .flatMap((spans) => wrap({ spans }, columns - 2))
    .map((one): Line => ({ spans: [span('│ ', 'border'), ...one.spans] }))
}

const MARKS: Readonly<Record<ToolUse['state'], Line>> = {
  running: styled('… ', 'accent'),
  asks: styled('? ', 'warning'),
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

/** Whether a turn has nothing to show yet. */
export const isSilent = (turn: Turn | undefined): boolean =>
  turn?.by === 'model' && isEmptyFlow(turn.flow) && turn.uses.length === 0
