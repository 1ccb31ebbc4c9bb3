/** The bytes that come from a terminal → texts, pastes, clicks, answers, and the escape sequences of keys. */
import { StringDecoder } from 'node:string_decoder'

export type Piece =
  /** What was typed, or pasted where the terminal does not say so. */
  | { type: 'text'; text: string }
  /** `cut` where there was more than is taken. */
  | { type: 'paste'; text: string; cut: boolean }
  /** One control character or escape sequence. */
  | { type: 'control'; sequence: string }
  /** SGR: the button with its modifiers, and the cell, from 1. */
  | { type: 'mouse'; button: number; column: number; row: number; pressed: boolean }
  | { type: 'synchronised' }
  /** Each of red, green and blue from 0 to 1. */
  | { type: 'background'; rgb: readonly [number, number, number] }

interface Paste {
  parts: string[]
  length: number
  cut: boolean
}

/** More than this of one paste is not taken, in characters. A larger text is better a file. */
export const MAX_PASTE = 1024 * 1024
/** How long the rest of an escape sequence may take, in milliseconds; after that, Esc was a key. */
const REST_WITHIN_MS = 40

const PASTE_START = '\x1b[200~'
const PASTE_END = '\x1b[201~'
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: terminals speak in them
const TEXT = /^[^\x00-\x1f\x7f]+/
const MOUSE = /^\x1b\[<(\d+);(\d+);(\d+)([Mm])/
const SYNCHRONISED = /^\x1b\[\?2026;(\d)\$y/
const BACKGROUND = /^\x1b\]11;rgb:([0-9a-f]+)\/([0-9a-f]+)\/([0-9a-f]+)(?:\x07|\x1b\\)/i
const OTHER_ANSWER = /^\x1b(?:\[\?[\d;]*\$?[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\))/
const SEQUENCE = /^\x1b+(?:\[\[[A-Z]|\[[\d;]*[A-Za-z~^$@]|O[\d;]*[A-Za-z]|[^[\]O\x1b])/
const UNFINISHED = /^\x1b+(?:\[[\d;<?$[]*|O[\d;]*|\][^\x07\x1b]*(?:\x1b)?)?$/
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above

export class Splitter {
  readonly #take: (piece: Piece) => void
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  #timer: NodeJS.Timeout | undefined
  /** The parts of a paste that has not ended. */
  #paste: Paste | undefined

  constructor(take: (piece: Piece) => void) {
    this.#take = take
  }

  push(bytes: Buffer): void {
    clearTimeout(this.#timer)
    this.#split(this.#rest + this.#decoder.write(bytes), false)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #split(given: string, isAll: boolean): void {
    let text = given
    this.#rest = ''
    while (text !== '') {
      if (this.#paste) {
        text = this.#readPaste(text, this.#paste)
        continue
      }
      const length = this.#readPiece(text, isAll)
      if (length === 0) {
        this.#rest = text
        this.#timer = setTimeout(() => this.#split(this.#rest, true), REST_WITHIN_MS)
        return
      }
      text = text.slice(length)
    }
  }

  /** Takes what stands at the beginning; 0 where more of it must come first. */
  #readPiece(text: string, isAll: boolean): number {
    const plain = TEXT.exec(text)?.[0]
    if (plain !== undefined) {
      this.#take({ type: 'text', text: plain })
      return plain.length
    }
    if (text.startsWith(PASTE_START)) {
      this.#paste = { parts: [], length: 0, cut: false }
      return PASTE_START.length
    }
    if (!text.startsWith('\x1b')) {
      this.#take({ type: 'control', sequence: text[0] as string })
      return 1
    }
    const answer = this.#readAnswer(text)
    if (answer > 0) return answer
    if (UNFINISHED.test(text) && !isAll) return 0
    const sequence = SEQUENCE.exec(text)?.[0] ?? (text[0] as string)
    this.#take({ type: 'control', sequence })
    return sequence.length
  }

  #readAnswer(text: string): number {
    const mouse = MOUSE.exec(text)
    if (mouse) {
      const [all, button, column, row, end] = mouse
      this.#take({
        type: 'mouse',
        button: Number(button),
        column: Number(column),
        row: Number(row),
        pressed: end === 'M',
      })
      return all.length
    }
    const synchronised = SYNCHRONISED.exec(text)
    if (synchronised) {
      if (synchronised[1] === '1' || synchronised[1] === '2') this.#take({ type: 'synchronised' })
      return synchronised[0].length
    }
    const background = BACKGROUND.exec(text)
    if (background) {
      const [all, ...parts] = background
      const [red = 0, green = 0, blue = 0] = parts.map(
        (hex) => Number.parseInt(hex, 16) / (16 ** hex.length - 1),
      )
      this.#take({ type: 'background', rgb: [red, green, blue] })
      return all.length
    }
    return OTHER_ANSWER.exec(text)?.[0].length ?? 0
  }

  #readPaste(text: string, paste: Paste): string {
    const end = text.indexOf(PASTE_END)
    // The mark of the end may be cut itself.
    const kept = end >= 0 ? end : Math.max(0, text.length - PASTE_END.length + 1)
    const part = text.slice(0, Math.min(kept, MAX_PASTE - paste.length))
    if (part.length < kept) paste.cut = true
    paste.parts.push(part)
    paste.length += part.length
    if (end < 0) {
      this.#rest = text.slice(kept)
      return ''
    }
    this.#paste = undefined
    this.#take({ type: 'paste', text: paste.parts.join(''), cut: paste.cut })
    return text.slice(end + PASTE_END.length)
  }
}
