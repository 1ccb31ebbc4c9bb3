/** Blocks as Markdown or as plain text, piece by piece. Source: https://github.github.com/gfm/ */
import type { Block, Document, PartKind } from './document.ts'

/** What begins something else than a paragraph where a line begins with it. */
const BEGINS =
  /^([ \t]*)(?=#{1,6}(?:\s|$)|[><|]|[-+*](?:\s|$)|`{3}|~{3}|\[[^\]\n]{0,1000}\](?::|$)|(?:=+|-+|(?:[*_-][ \t]*){3,})$)/gm
const NUMBERED = /^([ \t]*\d{1,9})([.)])(?=\s|$)/gm
const MAX_LEVEL = 6
/** More empty cells on end than this say no more than that there are many. */
const MAX_EMPTY = 20
const MANY_EMPTY = '…'

/** The pieces of a text, in order; between parts stands a line such as `[page 7]`. */
export async function* markdownOf(document: Document): AsyncGenerator<string> {
  yield* piecesOf(document, markdown)
}

/** As `markdownOf`, with nothing but the text. */
export async function* textOf(document: Document): AsyncGenerator<string> {
  yield* piecesOf(document, ({ text }) => text)
}

async function* piecesOf(
  { blocks, parts }: Document,
  write: (block: Block, last: Block | undefined) => string,
): AsyncGenerator<string> {
  let last: Block | undefined
  let isFirst = true
  for await (const block of blocks()) {
    const { part } = block.place
    const isNewPart = part !== undefined && part !== last?.place.part
    const before = isNewPart ? undefined : last
    const together = before && isTogether(before, block) ? '\n' : '\n\n'
    const marker = isNewPart && parts ? `${mark(parts.kind, part, parts.names?.[part - 1])}\n\n` : ''
    yield (isFirst ? '' : together) + marker + write(block, before)
    isFirst = false
    last = block
  }
}

/** Such as `[sheet 2: Costs]`. */
export const mark = (kind: PartKind, part: number, name?: string): string =>
  `[${kind} ${part}${name ? `: ${oneLine(name).replace(/[[\]]/g, '')}` : ''}]`

const isTogether = (one: Block, other: Block): boolean =>
  one.kind === other.kind && (one.kind === 'row' || one.kind === 'item')

function markdown({ kind, text, cells, level = 1 }: Block, last: Block | undefined): string {
  switch (kind) {
    case 'title':
      return `# ${oneLine(text)}`
    case 'heading':
      return `${'#'.repeat(Math.min(level, MAX_LEVEL))} ${oneLine(text)}`
    case 'item':
      return `${'  '.repeat(Math.max(0, level - 1))}- ${escaped(text).replace(/\n\s*/g, `\n${'  '.repeat(level)}`)}`
    case 'row':
      return row(cells ?? [text], last?.kind !== 'row')
    case 'code':
      return fenced(text)
    case 'note':
      return quoted(escaped(text))
    case 'remark':
      return `(${oneLine(text)})`
    default:
      return escaped(text)
  }
}

/** The first row of a table names its columns. */
function row(all: readonly string[], isFirst: boolean): string {
  const cells = withoutGaps(all)
  const line = `| ${cells.map(cellText).join(' | ')} |`
  return isFirst ? `${line}\n|${' --- |'.repeat(Math.max(1, cells.length))}` : line
}

/** A sheet may have its only cell in the last of 16 384 columns. */
function withoutGaps(cells: readonly string[]): string[] {
  const kept: string[] = []
  let empty = 0
  for (const cell of [...cells, undefined]) {
    if (cell === '') empty++
    else {
      kept.push(...(empty > MAX_EMPTY ? [MANY_EMPTY] : Array<string>(empty).fill('')))
      if (cell !== undefined) kept.push(cell)
      empty = 0
    }
  }
  return kept
}

const cellText = (cell: string): string => oneLine(cell).replace(/[\\|]/g, '\\$&')

/** Between fences that are longer than any in it. */
function fenced(code: string): string {
  const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${code.replace(/\n+$/, '')}\n${fence}`
}

const quoted = (text: string): string => text.replace(/^/gm, '> ')

/** A blank line would end what it stands in. */
const escaped = (text: string): string =>
  text
    .trim()
    .replace(/\n\s*\n/g, '\n')
    .replace(BEGINS, '$1\\')
    .replace(NUMBERED, '$1\\$2')

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
