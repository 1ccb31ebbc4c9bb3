/** Listings of folders of any size in pages, with memory for one page only. */
import { ToolError } from '../../protocol/define.ts'
import { MAX_TEXT_BYTES } from './limits.ts'

/** How many characters a line of a listing has beside a name, at most. */
const MOST_BESIDE = 50

/** Where a page ended. */
export interface Position {
  readonly name: string
  readonly size: number
}

export type Order = (a: Position, b: Position) => number

const byName: Order = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
const bySize: Order = (a, b) => b.size - a.size || byName(a, b)

/** Size means the largest first. */
export const ORDERS = { name: byName, size: bySize } as const

/** Keeps the first `limit` of what it is given that come after a position, in order. */
export class Page<T extends Position> {
  readonly #order: Order
  readonly #limit: number
  readonly #after: Position | undefined
  #kept: T[] = []

  constructor(order: Order, limit: number, after: Position | undefined) {
    this.#order = order
    this.#limit = limit
    this.#after = after
  }

  add(item: T): void {
    if (this.#after && this.#order(item, this.#after) <= 0) return
    this.#kept.push(item)
    if (this.#kept.length > 2 * this.#limit + 1) this.#trim()
  }

  /** The page, and the cursor of the next one if there is one. */
  finish(): { items: T[]; nextCursor: string | undefined } {
    this.#trim()
    const items = fitting(this.#kept.slice(0, this.#limit))
    const last = items.at(-1)
    return { items, nextCursor: last && this.#kept.length > items.length ? cursorOf(last) : undefined }
  }

  /** One more than the page is kept, to know whether there is another page. */
  #trim(): void {
    this.#kept = this.#kept.sort(this.#order).slice(0, this.#limit + 1)
  }
}

/** Of the items those whose lines fit into one reply. */
function fitting<T extends Position>(items: T[]): T[] {
  let length = 0
  const end = items.findIndex(({ name }) => {
    length += name.length + MOST_BESIDE
    return length > MAX_TEXT_BYTES
  })
  return end < 0 ? items : items.slice(0, end)
}

const cursorOf = ({ name, size }: Position): string =>
  Buffer.from(JSON.stringify([name, size])).toString('base64url')

/** Where a cursor points. Throws a ToolError for one that no listing gave. */
export function positionOf(cursor: string): Position {
  try {
    const [name, size] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (typeof name === 'string' && typeof size === 'number') return { name, size }
  } catch {
    // Not JSON: refused like anything else that is no cursor.
  }
  throw new ToolError('This cursor is none that a listing gave. List again without one.')
}
