/** The text of an answer while it comes: what of it may be shown, what must wait, and where it ends. */

export interface AnswerTextOptions {
  /** Texts that end the answer; they are not part of it. */
  stops?: readonly string[]
  /** What a tool call begins with; from there on nothing is shown. */
  callOpening?: string
  /** Whether an answer that begins with a brace is a tool call. */
  bareCalls?: boolean
  /** Whether whitespace at the end belongs to it. */
  trimEnd?: boolean
}

export class AnswerText {
  readonly #stops: readonly string[]
  readonly #opening: string | undefined
  readonly #bareCalls: boolean
  readonly #trimEnd: boolean
  /** What came and was not given out yet. */
  #held = ''
  #shown = ''
  #call: string | undefined
  /** Whether one of the stops was met. */
  stopped = false

  constructor({ stops = [], callOpening, bareCalls = false, trimEnd = false }: AnswerTextOptions) {
    this.#stops = stops.filter((stop) => stop !== '')
    this.#opening = callOpening
    this.#bareCalls = bareCalls
    this.#trimEnd = trimEnd
  }

  /** All that was given out. */
  get shown(): string {
    return this.#shown
  }

  /** What is to be read as tool calls; undefined if none began. */
  get call(): string | undefined {
    return this.#call
  }

  /** Takes what the model wrote; gives what can be shown by now. */
  push(text: string): string {
    if (this.stopped) return ''
    if (this.#call !== undefined) {
      this.#call = this.#untilStop(this.#call + text)
      return ''
    }
    this.#held = this.#untilStop(this.#held + text)
    const begin = this.#beginOfCall()
    if (begin >= 0) {
      this.#call = this.#held.slice(begin)
      this.#held = this.#held.slice(0, begin)
      return this.#give(this.#held.length)
    }
    return this.stopped ? this.#give(this.#held.length) : this.#give(this.#held.length - this.#pending())
  }

  /** The rest, once no more comes. */
  end(): string {
    if (this.#trimEnd) this.#held = this.#held.trimEnd()
    return this.#give(this.#held.length)
  }

  /** Takes what looked like tool calls for text after all; gives it. */
  giveCallBack(): string {
    this.#held += this.#call ?? ''
    this.#call = undefined
    return this.end()
  }

  #give(length: number): string {
    const given = this.#held.slice(0, length)
    this.#held = this.#held.slice(length)
    this.#shown += given
    return given
  }

  /** The stop that is whole first counts, so that it does not matter in which pieces the text comes. */
  #untilStop(text: string): string {
    const [first] = this.#stops
      .map((stop) => ({ begin: text.indexOf(stop), length: stop.length }))
      .filter(({ begin }) => begin >= 0)
      .sort((a, b) => a.begin + a.length - (b.begin + b.length) || a.begin - b.begin)
    if (first === undefined) return text
    this.stopped = true
    return text.slice(0, first.begin)
  }

  #beginOfCall(): number {
    if (this.#bareCalls && this.#shown === '' && this.#held.trimStart().startsWith('{')) return 0
    return this.#opening === undefined ? -1 : this.#held.indexOf(this.#opening)
  }

  /** How many characters at the end may yet become a stop, an opening, or whitespace that does not belong to it. */
  #pending(): number {
    const marks = [...this.#stops, ...(this.#opening === undefined ? [] : [this.#opening])]
    const longest = Math.max(0, ...marks.map((mark) => overlap(this.#held, mark)))
    const space = this.#trimEnd ? this.#held.length - this.#held.trimEnd().length : 0
    const isBlankStart = this.#bareCalls && this.#shown === '' && this.#held.trim() === ''
    return isBlankStart ? this.#held.length : Math.max(longest, space)
  }
}

/** The length of the longest end of `text` that `mark` begins with. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length--)
    if (mark.startsWith(text.slice(-length))) return length
  return 0
}
