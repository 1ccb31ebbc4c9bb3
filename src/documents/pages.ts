/** Pages of a text that flows: where they begin is known only as far as the program that laid it out has said so in the file. */
import type { PlacelessBlock } from './block-flow.ts'
import { type Block, DocumentProblem, type ReadOptions } from './document.ts'
import type { XmlHandler } from './xml/xml.ts'

/** Counts along which page the text is on. */
export class PageCounter {
  /** Counted from 1. */
  page = 1
  /** Whether a page began where no one said so but the program that laid out the text. */
  isLaidOut = false
  /** Whether a page was begun on purpose, and nothing stands on it yet. */
  #isFresh = true
  /** For each row that is open: its cells stand side by side. */
  readonly #rows: { first: number; last: number }[] = []

  /** Where the program saw a page begin, or the next one if what begins it is still to come. */
  laidOut(): void {
    this.isLaidOut = true
    if (!this.#isFresh) this.page++
    this.#isFresh = false
  }

  /** Where whoever wrote the text wants a page to begin; within a table that has no effect. */
  broken(): void {
    if (this.#rows.length > 0) return
    this.page++
    this.#isFresh = true
  }

  /** As `broken`, but not where a page begins anyhow. */
  brokenOnce(): void {
    if (!this.#isFresh) this.broken()
  }

  /** Where something stands on the page. */
  content(): void {
    this.#isFresh = false
  }

  openRow(): void {
    this.#rows.push({ first: this.page, last: this.page })
  }

  openCell(): void {
    this.page = this.#rows.at(-1)?.first ?? this.page
  }

  closeCell(): void {
    const row = this.#rows.at(-1)
    if (row) row.last = Math.max(row.last, this.page)
  }

  closeRow(): void {
    this.page = this.#rows.pop()?.last ?? this.page
  }
}

/**
 * How many pages there are; undefined where the file does not say where they begin, or not of all: the program `said` how many it saw, and
 * one that it did not mark would move all behind it.
 */
export function pageCountOf({ page, isLaidOut }: PageCounter, said: string | undefined): number | undefined {
  return isLaidOut && (said === undefined || said.trim() === `${page}`) ? page : undefined
}

/** Undefined where the document turns out to be damaged or too large. */
export async function unlessDamaged<T>(count: () => Promise<T>): Promise<T | undefined> {
  try {
    return await count()
  } catch (problem) {
    if (problem instanceof DocumentProblem) return undefined
    throw problem
  }
}

/** Sees all before another handler does. */
export const seenBy = (first: XmlHandler, then: XmlHandler): XmlHandler => ({
  open(name, attributes) {
    first.open?.(name, attributes)
    then.open?.(name, attributes)
  },
  close(name) {
    first.close?.(name)
    then.close?.(name)
  },
  text: (text) => then.text?.(text),
})

/** Blocks with their places: all, or those of some pages, behind which reading ends. */
export async function* placed(
  blocks: AsyncIterable<PlacelessBlock>,
  range: ReadOptions['parts'],
): AsyncGenerator<Block> {
  let last = 1
  for await (const { page, ...block } of blocks) {
    if (page === undefined) {
      yield { ...block, place: {} }
      continue
    }
    last = Math.max(last, page)
    if (range && last > range.last) return
    if (!range || last >= range.first) yield { ...block, place: { part: last } }
  }
}
