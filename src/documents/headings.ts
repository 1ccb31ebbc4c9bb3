import type { Block } from './document.ts'
import { headingOf } from './text/block.ts'

/** The headings that each block stands below, the outermost first; those of a heading end with itself. */
export class HeadingPath {
  #title: string | undefined
  /** By level. */
  readonly #open: (string | undefined)[] = []
  #path: readonly string[] = []

  constructor(title?: string) {
    this.#stand(title)
  }

  of({
    kind,
    text,
    level = 1,
    below = [],
  }: Pick<Block, 'kind' | 'text' | 'level' | 'below'>): readonly string[] {
    if (kind === 'title') this.#stand(text)
    if (kind === 'heading') {
      this.#open.length = Math.min(this.#open.length, level - 1)
      this.#open[level - 1] = headingOf(text)
      this.#stand(this.#title)
    }
    return below.length === 0 ? this.#path : [...this.#path, ...below]
  }

  #stand(title: string | undefined): void {
    this.#title = title === undefined ? undefined : headingOf(title)
    this.#path = [this.#title, ...this.#open].filter((one): one is string => !!one)
  }
}
