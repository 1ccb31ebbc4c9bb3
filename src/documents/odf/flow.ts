/**
 * The text of OpenDocument: paragraphs, headings, lists, tables, and the notes that stand within them. Source: OpenDocument 1.3, part 3,
 * chapters 5 to 9.
 */
import { BlockFlow, type ParagraphKind, type PlacelessBlock } from '../block-flow.ts'
import { withSingleSpaces } from '../text.ts'
import { countOf } from '../xml/count.ts'
import type { Attributes, XmlHandler } from '../xml/xml.ts'
import type { Styles } from './styles.ts'

/** What is not said by whoever wrote the text, or is said elsewhere. */
const LEFT_OUT = new Set([
  ...[
    'text:tracked-changes',
    'text:note-citation',
    'text:ruby-text',
    'text:page-number',
    'text:index-title-template',
  ],
  ...['text:table-of-content', 'text:illustration-index', 'text:table-index', 'text:object-index'],
  ...['text:user-index', 'text:alphabetical-index', 'text:bibliography'],
  ...[
    'office:forms',
    'office:scripts',
    'office:binary-data',
    'office:event-listeners',
    'draw:object',
    'draw:glue-point',
  ],
  ...['dc:creator', 'dc:date', 'meta:date-string', 'meta:creator-initials'],
])
const PARAGRAPHS = new Set(['text:p', 'text:h'])
/** What is said of a picture to those who can't see it. */
const ALTERNATIVES = new Set(['svg:title', 'svg:desc'])
/** Frames of a slide that say the same on each. */
const MARGINS = new Set(['header', 'footer', 'date-time', 'page-number'])
const ITEMS = new Set(['text:list-item', 'text:list-header'])
const NOTES = new Set(['text:note', 'office:annotation'])
const CELLS = new Set(['table:table-cell', 'table:covered-table-cell'])
const HEADERS = 'table:table-header-rows'
/** Of columns that one cell claims to be. */
const MAX_REPEATED = 256
/** Of spaces that one element stands for. */
const MAX_SPACES = 1000
const MAX_LEVEL = 10

/** What was seen beside the text: something that is hidden, or that was taken out and kept as a change. */
export interface Seen {
  hasHidden: boolean
  hasChanges: boolean
}

export class OpenDocumentFlow implements XmlHandler {
  readonly #styles: Styles
  readonly #seen: Seen
  readonly #flow: BlockFlow
  readonly #paragraphs: ParagraphKind[] = []
  readonly #repeated: number[] = []
  /** For each list that is open, whether an item began of which nothing was read. */
  readonly #lists: boolean[] = []
  /** Rows are within so many elements that name the columns of the rest of their table. */
  #headers = 0
  /** How many elements are open from the outermost one on that is left out. */
  #leftOut = 0

  /** `pages` is where the text is on a page, where that is known. */
  constructor(
    styles: Styles,
    seen: Seen,
    emit: (block: PlacelessBlock) => void,
    pages?: { readonly page: number },
  ) {
    this.#styles = styles
    this.#seen = seen
    this.#flow = new BlockFlow(emit, pages)
  }

  open(name: string, attributes: Attributes): void {
    if (this.#leftOut > 0 || this.#isLeftOut(name, attributes)) this.#leftOut++
    else if (PARAGRAPHS.has(name)) this.#openParagraph(this.#kindOf(name, attributes))
    else if (ALTERNATIVES.has(name)) this.#openParagraph({ kind: 'note' })
    else if (name === 'text:list') this.#lists.push(false)
    else if (ITEMS.has(name)) this.#beginItem()
    else if (NOTES.has(name)) this.#openNote()
    else if (name === HEADERS) this.#headers++
    else if (name === 'table:table-row') this.#flow.openRow()
    else if (CELLS.has(name)) {
      this.#repeated.push(countOf(attributes['table:number-columns-repeated'], MAX_REPEATED))
      this.#flow.openCell()
    } else this.#space(name, attributes)
  }

  close(name: string): void {
    if (this.#leftOut > 0) this.#leftOut--
    else if (PARAGRAPHS.has(name) || ALTERNATIVES.has(name))
      this.#flow.closeParagraph(this.#paragraphs.pop() ?? { kind: 'paragraph' })
    else if (name === 'text:list') this.#lists.pop()
    else if (NOTES.has(name)) this.#closeNote()
    else if (name === HEADERS) this.#headers--
    else if (name === 'table:table-row') this.#flow.closeRow(this.#headers > 0)
    else if (CELLS.has(name)) this.#flow.closeCell(this.#repeated.pop())
  }

  text(text: string): void {
    if (this.#leftOut === 0) this.#flow.text(withSingleSpaces(text))
  }

  #isLeftOut(name: string, attributes: Attributes): boolean {
    if (name === 'text:tracked-changes') this.#seen.hasChanges = true
    if (LEFT_OUT.has(name) || MARGINS.has(attributes['presentation:class'] ?? '')) return true
    const isHidden =
      attributes['text:display'] === 'none' || this.#styles.isHidden(attributes['text:style-name'])
    if (isHidden) this.#seen.hasHidden = true
    return isHidden
  }

  #openParagraph(kind: ParagraphKind): void {
    this.#paragraphs.push(kind)
    this.#flow.openParagraph()
  }

  #kindOf(name: string, attributes: Attributes): ParagraphKind {
    if (name === 'text:h')
      return { kind: 'heading', level: countOf(attributes['text:outline-level'], MAX_LEVEL) }
    const level = this.#lists.length
    if (level > 0 && this.#lists[level - 1]) {
      this.#lists[level - 1] = false
      return { kind: 'item', level }
    }
    return { kind: this.#styles.kindOf(attributes['text:style-name']) }
  }

  #beginItem(): void {
    if (this.#lists.length > 0) this.#lists[this.#lists.length - 1] = true
  }

  /** Paragraphs of a note within an item are none of its own. */
  #openNote(): void {
    this.#lists.push(false)
    this.#flow.openNote()
  }

  #closeNote(): void {
    this.#lists.pop()
    this.#flow.closeNote()
  }

  #space(name: string, attributes: Attributes): void {
    if (name === 'text:tab') this.#flow.text('\t')
    if (name === 'text:line-break') this.#flow.text('\n')
    if (name === 'text:s') this.#flow.text(' '.repeat(countOf(attributes['text:c'], MAX_SPACES)))
  }
}
