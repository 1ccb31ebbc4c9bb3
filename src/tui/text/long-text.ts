/** Texts that are longer than the screen: cut once into lines, of which those in sight are folded. */

/** A line that is longer becomes several, in characters: one that fills more than the screen could not be read to its end. */
const MOST = 500
/** How far back a space is looked for at which it is cut. */
const NEAR = 80

/** The lines of a text, none of them very long. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  return lines.some((line) => line.length > MOST) ? lines.flatMap(pieces) : lines
}

function pieces(line: string): string[] {
  const all: string[] = []
  let from = 0
  while (line.length - from > MOST) {
    const space = line.lastIndexOf(' ', from + MOST - 1)
    let end = space > from + MOST - NEAR ? space + 1 : from + MOST
    // Half of a character is none.
    if (/[\uD800-\uDBFF]/.test(line[end - 1] as string)) end--
    all.push(line.slice(from, end))
    from = end
  }
  all.push(line.slice(from))
  return all
}

/** The last line that can stand first in sight, so that the end of the text is the end of what is seen. */
export function lastTop(count: number, rows: number, heightOf: (line: number) => number): number {
  let height = 0
  for (let line = count - 1; line >= 0; line--) {
    height += heightOf(line)
    if (height > rows) return Math.min(line + 1, count - 1)
  }
  return 0
}
