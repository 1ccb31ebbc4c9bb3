/** A unified diff of two texts, by lines (Myers' algorithm, bounded). */

/** Differences beyond which what lies between the first and the last of them is shown as replaced whole. */
const MAX_DIFFERENCES = 1000
const CONTEXT = 3

interface Change {
  kind: ' ' | '-' | '+'
  line: string
}

/** The diff with its header; empty if the texts are equal. Lines end with a line break or at the text's end. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return ''
  const hunks = hunksOf(compare(linesOf(before), linesOf(after)))
  return [`--- ${path}\toriginal`, `+++ ${path}\tmodified`, ...hunks, ''].join('\n')
}

const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

function compare(before: string[], after: string[]): Change[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let same = 0
  const longest = Math.min(before.length, after.length) - start
  while (same < longest && before[before.length - 1 - same] === after[after.length - 1 - same]) same++
  const left = before.slice(start, before.length - same)
  const right = after.slice(start, after.length - same)
  const middle = shortest(left, right) ?? [...all('-', left), ...all('+', right)]
  return [...all(' ', before.slice(0, start)), ...middle, ...all(' ', before.slice(before.length - same))]
}

const all = (kind: Change['kind'], lines: string[]): Change[] => lines.map((line) => ({ kind, line }))

/** The fewest changes; undefined if they are more than the bound. */
function shortest(left: string[], right: string[]): Change[] | undefined {
  const bound = Math.min(left.length + right.length, MAX_DIFFERENCES)
  const reached = new Int32Array(2 * bound + 3)
  const at = (diagonal: number): number => reached[diagonal + bound + 1] ?? 0
  const history: Int32Array[] = []
  for (let changes = 0; changes <= bound; changes++) {
    history.push(reached.slice(bound + 1 - changes - 1, bound + 1 + changes + 2))
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const down = diagonal === -changes || (diagonal !== changes && at(diagonal - 1) < at(diagonal + 1))
      let x = down ? at(diagonal + 1) : at(diagonal - 1) + 1
      while (x < left.length && x - diagonal < right.length && left[x] === right[x - diagonal]) x++
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

function hunksOf(changes: Change[]): string[] {
  const output: string[] = []
  let oldLine = 1
  let newLine = 1
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
    output.push(`@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@`, ...hunk.map(shown))
    oldLine += oldCount
    newLine += newCount
    index += hunk.length
  }
  return output
}

const isChange = ({ kind }: Change): boolean => kind !== ' '

/** A hunk goes on as long as no more lines than two contexts lie between its changes. */
function endOfHunk(changes: Change[], start: number): number {
  let end = start
  for (let index = start; index < changes.length && index <= end + 2 * CONTEXT; index++)
    if (changes[index]?.kind !== ' ') end = index
  return Math.min(end + CONTEXT + 1, changes.length)
}

const range = (line: number, count: number): string => `${count === 0 ? line - 1 : line},${count}`

const shown = ({ kind, line }: Change): string =>
  line.endsWith('\n') ? kind + line.slice(0, -1) : `${kind}${line}\n\\ No newline at end of file`
