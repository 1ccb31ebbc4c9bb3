/**
 * Text → cells of a terminal. Whatever is shown goes through here, and here alone what could steer a terminal is
 * taken out: file names, answers of models and results of tools come from anywhere.
 */

/** What one or two columns of the screen hold. */
export interface Cell {
  text: string
  width: 1 | 2
  /** Whether terminals disagree on its width. */
  unsure: boolean
}

/** In place of what must not reach a terminal. */
const REPLACEMENT = '\uFFFD'
/** More marks than this on one letter would reach into the lines around it. */
const MAX_MARKS = 2
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
/** Steers the terminal, or turns text around. */
const STEERS = /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069\u2028\u2029]/u
/** Has no width, and no meaning that a terminal could show. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\p{Cf}/u
const MARK = /\p{M}/u
const EMOJI = /\p{Emoji_Presentation}/u
const FLAG_HALF = /[\u{1F1E6}-\u{1F1FF}]/u
const SKIN_TONE = /[\u{1F3FB}-\u{1F3FF}]/u
const ZERO_WIDTH_JOINER = '\u200D'

/** East Asian wide and fullwidth, by Unicode's EastAsianWidth: pairs of the first and the last code point. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
]
const isWide = (point: number): boolean =>
  point >= 0x1100 && WIDE.some(([first, last]) => point >= first && point <= last)

/** The cells of a text. Emoji of several parts become their first one, flags their two letters. */
export function cellsOf(text: string): Cell[] {
  const cells: Cell[] = []
  let joined = false
  let marks = 0
  for (const char of text) {
    if (char >= ' ' && char <= '~') {
      cells.push(ASCII[char.charCodeAt(0) - 32] as Cell)
      joined = false
      marks = 0
    } else if (char === '\t') cells.push(ASCII[0] as Cell)
    else if (STEERS.test(char)) cells.push({ text: REPLACEMENT, width: 1, unsure: false })
    else if (INVISIBLE.test(char) || SKIN_TONE.test(char)) joined = char === ZERO_WIDTH_JOINER
    else if (MARK.test(char)) {
      const last = cells.at(-1)
      if (last && ++marks <= MAX_MARKS)
        cells[cells.length - 1] = { ...last, text: last.text + char, unsure: true }
    } else if (joined && EMOJI_PART.test(char)) joined = false
    else {
      joined = false
      marks = 0
      cells.push(cellOf(char))
    }
  }
  return cells
}

const EMOJI_PART = /\p{Extended_Pictographic}/u
const ASCII: readonly Cell[] = Array.from({ length: 95 }, (_, i) => ({
  text: String.fromCharCode(32 + i),
  width: 1,
  unsure: false,
}))

function cellOf(char: string): Cell {
  const point = char.codePointAt(0) as number
  if (FLAG_HALF.test(char))
    return { text: String.fromCharCode(65 + point - 0x1f1e6), width: 1, unsure: false }
  if (EMOJI.test(char)) return { text: char, width: 2, unsure: true }
  return { text: char, width: isWide(point) ? 2 : 1, unsure: point > 0xffff || EMOJI_PART.test(char) }
}

/** How many columns a text takes. */
export function widthOf(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length
  let width = 0
  for (const cell of cellsOf(text)) width += cell.width
  return width
}

/** The end of a text that fits into so many columns: of a path, what tells it from others. */
export function clipStart(text: string, columns: number): string {
  if (text.length <= columns * 12 && widthOf(text) <= columns) return clip(text, columns)
  if (columns <= 0) return ''
  let kept = ''
  let left = columns - 1
  for (const cell of cellsOf(text.slice(-columns * 12)).reverse()) {
    if (cell.width > left) break
    kept = cell.text + kept
    left -= cell.width
  }
  return `…${kept}`
}

/** As much of the text as fits into so many columns; `…` says that there was more. */
export function clip(text: string, columns: number): string {
  if (PRINTABLE_ASCII.test(text) && text.length <= columns) return text
  // No text needs more characters for a column than this; the rest of a long one is not looked at.
  const cells = cellsOf(text.slice(0, columns * 12 + 12))
  let width = 0
  for (const cell of cells) width += cell.width
  if (width <= columns && text.length <= columns * 12 + 12) return cells.map((cell) => cell.text).join('')
  if (columns <= 0) return ''
  let kept = ''
  let taken = 0
  for (const cell of cells) {
    if (taken + cell.width > columns - 1) break
    kept += cell.text
    taken += cell.width
  }
  return `${kept}…`
}
