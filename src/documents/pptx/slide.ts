/** The text of a slide. Source: ECMA-376, part 1, sections 19.3 and 21.1. */
import { BlockFlow, type ParagraphKind, type PlacelessBlock } from '../block-flow.ts'
import { countOf } from '../xml/count.ts'
import type { Attributes, XmlHandler } from '../xml/xml.ts'

/** Placeholders that say the same on every slide. */
const MARGINS = new Set(['dt', 'ftr', 'hdr', 'sldNum', 'sldImg'])
const TITLES = new Set(['title', 'ctrTitle'])
const MAX_LEVEL = 8

/** Whose text comes first: shapes lie in the order in which they were drawn. */
interface Shape {
  isTitle: boolean
  isMargin: boolean
  isBody: boolean
}

/** Collects the blocks of one slide, its title first. */
export class SlideFlow implements XmlHandler {
  isHidden = false
  readonly #titles: PlacelessBlock[] = []
  readonly #body: PlacelessBlock[] = []
  readonly #flow: BlockFlow
  #shape: Shape = { isTitle: false, isMargin: false, isBody: false }
  #level = 1
  #isBulleted: boolean | undefined
  #isText = false
  /** Whether the next row names the columns of its table. */
  #isHeader = false
  #leftOut = 0

  constructor() {
    this.#flow = new BlockFlow((block) => this.#take(block))
  }

  get blocks(): readonly PlacelessBlock[] {
    return [...this.#titles, ...this.#body]
  }

  open(name: string, attributes: Attributes): void {
    if (this.#leftOut > 0 || name === 'mc:Fallback') this.#leftOut++
    else if (name === 'p:sld') this.isHidden = attributes.show === '0' || attributes.show === 'false'
    else if (name === 'p:sp') this.#shape = { isTitle: false, isMargin: false, isBody: false }
    else if (name === 'p:ph') this.#placeholder(attributes.type)
    else if (name === 'p:cNvPr' && attributes.descr) this.#flow.give({ kind: 'note', text: attributes.descr })
    else if (name === 'a:p') this.#openParagraph()
    else if (name === 'a:pPr') this.#level = countOf(attributes.lvl, MAX_LEVEL, 0) + 1
    else if (name === 'a:buNone') this.#isBulleted = false
    else if (name === 'a:buChar' || name === 'a:buAutoNum') this.#isBulleted = true
    else if (name === 'a:t' || name === 'm:t') this.#isText = true
    else if (name === 'a:br') this.#flow.text('\n')
    else if (name === 'a:tblPr')
      this.#isHeader = attributes.firstRow === '1' || attributes.firstRow === 'true'
    else if (name === 'a:tr') this.#flow.openRow()
    // Cells that another one covers are there, too.
    else if (name === 'a:tc') this.#flow.openCell()
  }

  close(name: string): void {
    if (this.#leftOut > 0) this.#leftOut--
    else if (name === 'p:sp') this.#shape = { isTitle: false, isMargin: false, isBody: false }
    else if (name === 'a:p') this.#flow.closeParagraph(this.#kind())
    else if (name === 'a:t' || name === 'm:t') this.#isText = false
    else if (name === 'a:tr') this.#closeRow()
    else if (name === 'a:tc') this.#flow.closeCell()
  }

  text(text: string): void {
    if (this.#leftOut === 0 && this.#isText && !this.#shape.isMargin) this.#flow.text(text)
  }

  /** One without a type is for text as the layout has it. */
  #placeholder(type = 'body'): void {
    this.#shape = {
      isTitle: TITLES.has(type),
      isMargin: MARGINS.has(type),
      isBody: type === 'body' || type === 'obj',
    }
  }

  #openParagraph(): void {
    this.#level = 1
    this.#isBulleted = undefined
    this.#flow.openParagraph()
  }

  #closeRow(): void {
    this.#flow.closeRow(this.#isHeader)
    this.#isHeader = false
  }

  #kind(): ParagraphKind {
    if (this.#shape.isTitle) return { kind: 'heading', level: 1 }
    const isItem = this.#isBulleted ?? (this.#shape.isBody && this.#level > 1)
    return isItem ? { kind: 'item', level: this.#level } : { kind: 'paragraph' }
  }

  #take(block: PlacelessBlock): void {
    if (this.#shape.isTitle && block.kind === 'heading') this.#titles.push(block)
    else this.#body.push(block)
  }
}
