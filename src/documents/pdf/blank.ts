/** Whether anything is drawn on a page. Source: ISO 32000-1, sections 8.3 and 8.9. */
import { operatorNames, type PDFPageProxy } from './pdfjs.ts'

/** In points: no letter that people read is smaller. */
const SMALLEST = 3
/** Operators that only set how something is drawn, or begin or end what is drawn. */
const DRAW_NOTHING =
  /^(?:set|move|nextLine$|save|restore|transform|clip|eoClip|endPath|begin(?!Annotation)|end|mark|dependency|paintForm)/

/** Without its offset, which changes no size. */
type Matrix = readonly [a: number, b: number, c: number, d: number]

/**
 * Whether no line, area or letter is drawn on a page, and no picture can be. Pictures themselves are not told of, since none is decoded
 * (`openPdf`); but each fills the unit square as it was transformed before.
 */
export async function isBlank(page: PDFPageProxy): Promise<boolean> {
  const names = await operatorNames()
  const { fnArray, argsArray } = await page.getOperatorList()
  const outer: Matrix[] = []
  let matrix: Matrix = [1, 0, 0, 1]
  for (const [i, operator] of fnArray.entries()) {
    const name = names.get(operator) ?? ''
    const args: readonly unknown[] = argsArray[i] ?? []
    if (name === 'save') outer.push(matrix)
    else if (name === 'restore' || name === 'paintFormXObjectEnd') matrix = outer.pop() ?? matrix
    else if (name === 'transform') matrix = within(matrix, args)
    else if (name === 'paintFormXObjectBegin') {
      outer.push(matrix)
      matrix = within(matrix, args[0])
    }
    if (draws(name, args, names) || longestSide(matrix) > SMALLEST) return false
  }
  return true
}

function draws(name: string, args: readonly unknown[], names: ReadonlyMap<unknown, string>): boolean {
  if (name === 'constructPath') return draws(names.get(args[0]) ?? '', [], names)
  return name === 'showText' ? !isSpace(args[0]) : !DRAW_NOTHING.test(name)
}

/** What word processors write on an empty page. A number among letters moves the next one. */
const isSpace = (letters: unknown): boolean =>
  Array.isArray(letters) &&
  letters.every((letter) => typeof letter === 'number' || /^\s*$/.test(letter?.unicode ?? '?'))

function within([a, b, c, d]: Matrix, inner: unknown): Matrix {
  if (!(Array.isArray(inner) || inner instanceof Float32Array)) return [a, b, c, d]
  const [e = 1, f = 0, g = 0, h = 1]: Iterable<number> = inner
  return [a * e + c * f, b * e + d * f, a * g + c * h, b * g + d * h]
}

const longestSide = ([a, b, c, d]: Matrix): number => Math.max(Math.hypot(a, b), Math.hypot(c, d))
