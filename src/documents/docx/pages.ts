/** Where the pages of a Word document begin. Source: ECMA-376, part 1, sections 17.3.1.23, 17.3.3.1 and 17.3.3.13. */
import { relationshipsOf } from '../package/open-packaging.ts'
import type { Package } from '../package/package.ts'
import { PageCounter, pageCountOf, unlessDamaged } from '../pages.ts'
import type { Attributes, XmlHandler } from '../xml/xml.ts'
import { isOn } from './styles.ts'

/** What stands beside the text, is there a second time, or was so before a change. */
const ASIDE = new Set(['w:txbxContent', 'mc:Fallback', 'w:pPrChange'])
const CONTENT = new Set(['w:t', 'w:delText', 'w:drawing', 'w:pict', 'w:object', 'w:tab', 'w:sym', 'm:t'])
/** What Word writes where it saw a page begin, also one that begins on purpose. */
const LAID_OUT = 'w:lastRenderedPageBreak'

/** What its program says of a document; in strict ones without the hyphen. */
const ABOUT = /^extended-?properties$/i

export class DocxPages extends PageCounter implements XmlHandler {
  #aside = 0

  open(name: string, attributes: Attributes): void {
    if (this.#aside > 0 || ASIDE.has(name)) this.#aside++
    else if (name === LAID_OUT) this.laidOut()
    else if (name === 'w:br' && attributes['w:type'] === 'page') this.broken()
    else if (name === 'w:pageBreakBefore' && isOn(attributes['w:val'])) this.brokenOnce()
    else if (name === 'w:tr') this.openRow()
    else if (name === 'w:tc') this.openCell()
    else if (CONTENT.has(name)) this.content()
  }

  close(name: string): void {
    if (this.#aside > 0) this.#aside--
    else if (name === 'w:tc') this.closeCell()
    else if (name === 'w:tr') this.closeRow()
  }
}

/** How many pages a document has, where it says so; of one that is damaged, reading says more. */
export const pagesOf = (document: Package, main: string): Promise<number | undefined> =>
  unlessDamaged(async () => {
    if (!(await document.includes(main, LAID_OUT.slice('w:'.length)))) return undefined
    const pages = new DocxPages()
    for await (const _ of document.stream<never>(main, () => pages));
    return pageCountOf(pages, saidIn(document))
  })

/** By Word when it saved the document. */
function saidIn(document: Package): string | undefined {
  const about = [...relationshipsOf(document, '').values()].find(({ type }) => ABOUT.test(type))?.target
  let isOpen = false
  let text = ''
  document.xml(about ?? 'docProps/app.xml', {
    open(name) {
      isOpen = name === 'ap:Pages'
    },
    text(piece) {
      if (isOpen) text += piece
    },
    close() {
      isOpen = false
    },
  })
  return text === '' ? undefined : text
}
