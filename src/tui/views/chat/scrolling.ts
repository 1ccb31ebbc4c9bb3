/** Which part of a conversation is in sight. It is found from where one is, so that a long one costs no more than a short one. */
import type { Line } from '../../text/lines.ts'
import type { Renderer } from '../../text/renderer.ts'
import type { ChatState, Place, Turn } from './state.ts'
import { type Part, partOf, partsOf } from './transcript.ts'

export interface Sight {
  lines: readonly Line[]
  /** How many lines there are below. */
  below: number
}

/** A conversation, folded to a width. */
export class Transcript {
  readonly #turns: readonly Turn[]
  readonly #columns: number
  readonly #renderer: Renderer

  constructor({ turns }: ChatState, columns: number, renderer: Renderer) {
    this.#turns = turns
    this.#columns = columns
    this.#renderer = renderer
  }

  /** So many rows of it, from a place on or at its end. */
  sight(top: Place | undefined, rows: number): Sight {
    const from = top && this.#existing(top)
    const height = from ? this.#heightFrom(from) : 0
    // What is in sight ends at the end at the latest, also after the window has grown.
    if (!from || height <= rows) return { lines: this.#lastLines(rows), below: 0 }
    return { lines: this.#linesFrom(from, rows), below: height - rows }
  }

  /** What is the first line in sight after scrolling by so many lines, up where negative; undefined at the end. */
  moved(top: Place | undefined, by: number, rows: number): Place | undefined {
    const from = (top && this.#existing(top)) ?? this.#firstOfLast(rows)
    const to = from && (by < 0 ? this.#up(from, -by) : this.#down(from, by))
    return to && this.#heightFrom(to) > rows ? to : undefined
  }

  #part({ turn, page }: Place): Part {
    return partOf(this.#turns[turn] as Turn, page, this.#columns, this.#renderer)
  }

  /** The first line of the part before, or after. */
  #before({ turn, page }: Place): Place | undefined {
    if (page > 0) return { turn, page: page - 1, line: 0 }
    const previous = this.#turns[turn - 1]
    return previous && { turn: turn - 1, page: partsOf(previous) - 1, line: 0 }
  }
  #after({ turn, page }: Place): Place | undefined {
    if (page + 1 < partsOf(this.#turns[turn] as Turn)) return { turn, page: page + 1, line: 0 }
    return turn + 1 < this.#turns.length ? { turn: turn + 1, page: 0, line: 0 } : undefined
  }

  /** The first line of the last part; undefined where nothing was said. */
  #last(): Place | undefined {
    const last = this.#turns.at(-1)
    return last && { turn: this.#turns.length - 1, page: partsOf(last) - 1, line: 0 }
  }

  /** The nearest place that there is, after a change of the width or of what was said. */
  #existing({ turn, page, line }: Place): Place | undefined {
    const there = this.#turns[turn]
    if (!there) return undefined
    const place = { turn, page: Math.min(page, partsOf(there) - 1), line: 0 }
    return { ...place, line: Math.min(line, Math.max(0, this.#part(place).height - 1)) }
  }

  #firstOfLast(rows: number): Place | undefined {
    const last = this.#last()
    return last && this.#up({ ...last, line: this.#part(last).height }, rows)
  }

  #up(from: Place, by: number): Place {
    let place = from
    let left = by
    while (left > place.line) {
      const before = this.#before(place)
      if (!before) return { ...place, line: 0 }
      left -= place.line
      place = { ...before, line: this.#part(before).height }
    }
    return { ...place, line: place.line - left }
  }

  #down(from: Place, by: number): Place | undefined {
    let place: Place | undefined = from
    let left = by
    while (place) {
      const below: number = this.#part(place).height - place.line
      if (left < below) return { ...place, line: place.line + left }
      left -= below
      place = this.#after(place)
    }
    return undefined
  }

  #heightFrom(from: Place): number {
    let height = -from.line
    for (let place: Place | undefined = from; place; place = this.#after(place))
      height += this.#part(place).height
    return height
  }

  #linesFrom(from: Place, rows: number): Line[] {
    const lines: Line[] = []
    for (let place: Place | undefined = from; place && lines.length < rows; place = this.#after(place))
      lines.push(
        ...this.#part(place)
          .lines()
          .slice(place.line, place.line + rows - lines.length),
      )
    return lines
  }

  #lastLines(rows: number): Line[] {
    const parts: (readonly Line[])[] = []
    let height = 0
    for (let place = this.#last(); place && height < rows; place = this.#before(place)) {
      const lines = this.#part(place).lines()
      parts.unshift(lines)
      height += lines.length
    }
    return parts.flat().slice(-rows)
  }
}
