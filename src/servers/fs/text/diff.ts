/**
 * A unified diff of two texts, by lines (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986), bounded: what
 * the texts begin and end with alike is passed over, and where they differ in too much, that is shown as replaced whole.
 */

/** Differences, and comparisons of lines, beyond which what lies between the first and the last difference is replaced whole. */
const MAX_DIFFERENCES = 1000
const MAX_COMPARISONS = 5_000_000
/** Lines beyond which nothing is compared. */
const MAX_LINES = 200_000
const CONTEXT = 3

interface Change {
  kind: ' ' | '-' | '+'
  line: string
}

/**
 * The diff with its header; empty if the texts are equal. Lines end with a line break or at the text's end. Of a diff that is
 * longer than `mostChars`, its beginning, and that it is cut.
 */
export function unifiedDiff(
  path: string,
  before: string,
  after: string,
  mostChars = Number.POSITIVE_INFINITY,
): string {
  if (before === after) return ''
  const { start, endBefore, endAfter } = differing(before, after)
  const from = linesBack(before, start, CONTEXT)
  const to = linesOn(before, endBefore, CONTEXT)
  const changes = [
    ...all(' ', before.slice(from, start)),
    ...middle(before.slice(start, endBefore), after.slice(start, endAfter), mostChars),
    ...all(' ', before.slice(endBefore, to)),
  ]
  const text = [`--- ${path}\toriginal`, `+++ ${path}\tmodified`]
  let length = 0
  for (const line of hunksOf(changes, countLines(before, from))) {
    length += line.length + 1
    if (length > mostChars) return `${[...text, '… (the diff is cut here)', ''].join('\n')}`
    text.push(line)
  }
  return [...text, ''].join('\n')
}

/** From where to where the texts differ, as far as whole lines show it. */
function differing(before: string, after: string): { start: number; endBefore: number; endAfter: number } {
  const shorter = Math.min(before.length, after.length)
  let same = 0
  while (same < shorter && before.charCodeAt(same) === after.charCodeAt(same)) same++
  const start = same === 0 ? 0 : before.lastIndexOf('\n', same - 1) + 1
  let end = 0
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  )
    end++
  // A line that only ends alike belongs to what differs.
  const isLineStart = (text: string) => end === text.length - start || text[text.length - end - 1] === '\n'
  if (end > 0 && !(isLineStart(before) && isLineStart(after))) {
    const lineBreak = before.indexOf('\n', before.length - end)
    end = lineBreak < 0 ? 0 : before.length - lineBreak - 1
  }
  return { start, endBefore: before.length - end, endAfter: after.length - end }
}

/** Where so many lines before `at` begin; a line begins there. */
function linesBack(text: string, at: number, count: number): number {
  let start = at
  for (let lines = 0; lines < count && start > 0; lines++)
    start = start === 1 ? 0 : text.lastIndexOf('\n', start - 2) + 1
  return start
}

/** Where so many lines after `at` end. */
function linesOn(text: string, at: number, count: number): number {
  let end = at
  for (let lines = 0; lines < count && end < text.length; lines++) {
    const lineBreak = text.indexOf('\n', end)
    end = lineBreak < 0 ? text.length : lineBreak + 1
  }
  return end
}

function countLines(text: string, end: number): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** The lines of a text, as far as they have about so many characters. */
function linesOf(text: string, mostChars = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = []
  for (let at = 0; at < text.length && at <= mostChars; ) {
    const end = linesOn(text, at, 1)
    lines.push(text.slice(at, end))
    at = end
  }
  return lines
}

const all = (kind: Change['kind'], text: string, mostChars?: number): Change[] =>
  linesOf(text, mostChars).map((line) => ({ kind, line }))

function middle(left: string, right: string, mostChars: number): Change[] {
  if (countLines(left, left.length) + countLines(right, right.length) <= MAX_LINES) {
    const changes = shortest(linesOf(left), linesOf(right))
    if (changes) return changes
  }
  return [...all('-', left, mostChars), ...all('+', right, mostChars)]
}

/** The fewest changes; undefined if they, or finding them, are more than the bounds. */
function shortest(left: string[], right: string[]): Change[] | undefined {
  const numbers = new Map<string, number>()
  const numbered = (lines: string[]) =>
    Int32Array.from(lines, (line) => {
      const number = numbers.get(line) ?? numbers.size
      numbers.set(line, number)
      return number
    })
  const [leftIds, rightIds] = [numbered(left), numbered(right)]
  const bound = Math.min(left.length + right.length, MAX_DIFFERENCES)
  const reached = new Int32Array(2 * bound + 3)
  const at = (diagonal: number): number => reached[diagonal + bound + 1] ?? 0
  const history: Int32Array[] = []
  let comparisons = 0
  for (let changes = 0; changes <= bound; changes++) {
    history.push(reached.slice(bound + 1 - changes - 1, bound + 1 + changes + 2))
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const down = diagonal === -changes || (diagonal !== changes && at(diagonal - 1) < at(diagonal + 1))
      let x = down ? at(diagonal + 1) : at(diagonal - 1) + 1
      for (; x < left.length && x - diagonal < right.length; x++) {
        if (++comparisons > MAX_COMPARISONS) return undefined
        if (leftIds[x] !== rightIds[x - diagonal]) break
      }
      reached[diagonal + bound + 1] = x
      if (x >= left.length && x - diagonal >= right.length) return backwards(left, right, history)
    }
  }
  return undefined
}

/** Follows the way back through what each number of changes had reached. */
function backwards(left: string[], right: string[], history: Int32Array[]): Change[] {
  const changes: Change[] = []
  let x = left.length
  let y = right.length
  for (let count = history.length - 1; count >= 0; count--) {
    const at = (diagonal: number): number => history[count]?.[diagonal + count + 1] ?? 0
    const diagonal = x - y
    const down = diagonal === -count || (diagonal !== count && at(diagonal - 1) < at(diagonal + 1))
    const fromX = count === 0 ? 0 : at(down ? diagonal + 1 : diagonal - 1)
    const fromY = count === 0 ? 0 : fromX - (down ? diagonal + 1 : diagonal - 1)
    while (x > fromX && y > fromY) {
      changes.push({ kind: ' ', line: left[--x] ?? '' })
      y--
    }
    if (count > 0 && down) changes.push({ kind: '+', line: right[--y] ?? '' })
    else if (count > 0) changes.push({ kind: '-', line: left[--x] ?? '' })
  }
  return changes.reverse()
}

/** `lines` are those before the first change that is given. */
function* hunksOf(changes: readonly Change[], lines: number): Generator<string> {
  let oldLine = lines + 1
  let newLine = lines + 1
  for (let index = 0; index < changes.length; ) {
    if (changes[index]?.kind === ' ' && !changes.slice(index, index + CONTEXT + 1).some(isChange)) {
      oldLine++
      newLine++
      index++
      continue
    }
    const hunk = changes.slice(index, endOfHunk(changes, index))
    const oldCount = hunk.filter(({ kind }) => kind !== '+').length
    const newCount = hunk.filter(({ kind }) => kind !== '-').length
    yield `@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@`
    for (const change of hunk) yield shown(change)
    oldLine += oldCount
    newLine += newCount
    index += hunk.length
  }
}

const isChange = ({ kind }: Change): boolean => kind !== ' '

/** A hunk goes on as long as no more lines than two contexts lie between its changes. */
function endOfHunk(changes: readonly Change[], start: number): number {
  let end = start
  for (let index = start; index < changes.length && index <= end + 2 * CONTEXT; index++)
    if (changes[index]?.kind !== ' ') end = index
  return Math.min(end + CONTEXT + 1, changes.length)
}

const range = (line: number, count: number): string => `${count === 0 ? line - 1 : line},${count}`

const shown = ({ kind, line }: Change): string =>
  line.endsWith('\n') ? kind + line.slice(0, -1) : `${kind}${line}\n\\ No newline at end of file`
