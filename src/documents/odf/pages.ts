/** Where the pages of a text of OpenDocument begin. Source: OpenDocument 1.3, part 3, sections 5.6, 16.2, 20.184 and 20.185. */

import type { Package } from '../package/package.ts'
import { PageCounter, pageCountOf, unlessDamaged } from '../pages.ts'
import type { Attributes, XmlHandler } from '../xml/xml.ts'
import { Styles } from './styles.ts'

/** What stands beside the text, or was taken out of it. */
const ASIDE = new Set(['draw:text-box', 'text:note', 'office:annotation', 'text:tracked-changes'])
const CELLS = new Set(['table:table-cell', 'table:covered-table-cell'])
const BLOCKS = new Set(['text:p', 'text:h', 'table:table'])
/** What the program writes where it saw a page begin that nobody began on purpose. */
const LAID_OUT = 'text:soft-page-break'

export class OpenDocumentPages extends PageCounter implements XmlHandler {
  readonly #styles: Styles
  /** For each paragraph or table that is open, whether a page begins behind it. */
  readonly #after: boolean[] = []
  #aside = 0

  constructor(styles: Styles) {
    super()
    this.#styles = styles
  }

  open(name: string, attributes: Attributes): void {
    if (this.#aside > 0 || ASIDE.has(name)) this.#aside++
    else if (name === LAID_OUT) {
      this.content()
      this.laidOut()
    } else if (name === 'table:table-row') this.openRow()
    else if (CELLS.has(name)) this.openCell()
    else if (BLOCKS.has(name))
      this.#openBlock(attributes[name === 'table:table' ? 'table:style-name' : 'text:style-name'])
  }

  close(name: string): void {
    if (this.#aside > 0) this.#aside--
    else if (name === 'table:table-row') this.closeRow()
    else if (CELLS.has(name)) this.closeCell()
    else if (BLOCKS.has(name) && this.#after.pop()) this.broken()
  }

  /** An empty one takes room as well. */
  #openBlock(style: string | undefined): void {
    const { before, after } = this.#styles.breaksOf(style)
    if (before) this.brokenOnce()
    this.#after.push(after)
    this.content()
  }
}

/**
 * How many pages a text has, where it says so; of one that is damaged, reading says more. `body` gives its styles and then its text to
 * handlers.
 */
export const pagesOf = (
  document: Package,
  part: string,
  body: (styles: Styles, text: () => XmlHandler) => XmlHandler,
): Promise<number | undefined> =>
  unlessDamaged(async () => {
    if (!(await document.includes(part, LAID_OUT.slice('text'.length)))) return undefined
    const styles = new Styles()
    document.xml('styles.xml', styles)
    const pages = new OpenDocumentPages(styles)
    for await (const _ of document.stream<never>(part, () => body(styles, () => pages)));
    return pageCountOf(pages, saidIn(document))
  })

/** By the program when it saved the text. */
function saidIn(document: Package): string | undefined {
  let said: string | undefined
  document.xml('meta.xml', {
    open(name, attributes) {
      if (name === 'meta:document-statistic') said = attributes['meta:page-count']
    },
  })
  return said
}
