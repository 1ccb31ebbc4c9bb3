/** The text of a part of a Word document. Source: ECMA-376, part 1, section 17. */
import { BlockFlow, type ParagraphKind, type PlacelessBlock } from '../block-flow.ts'
import { countOf } from '../xml/count.ts'
import type { Attributes, XmlHandler } from '../xml/xml.ts'
import { isList, isOn, itemLevelOf, levelOf, type Styles } from './styles.ts'

/** What stands at the place of a reference: the texts of notes and comments by their number. */
export type Notes = Readonly<Record<'footnote' | 'endnote' | 'comment', ReadonlyMap<string, string>>>

const REFERENCES: Readonly<Record<string, keyof Notes>> = {
  'w:footnoteReference': 'footnote',
  'w:endnoteReference': 'endnote',
  'w:commentReference': 'comment',
}
/** What was deleted or moved elsewhere, and what is there a second time for older programs. */
const DELETED = new Set(['w:del', 'w:moveFrom'])
const LEFT_OUT = new Set([
  ...['w:instrText', 'w:delText', 'w:rt', 'w:fldData', 'w:tabs'],
  ...['w:pPrChange', 'w:rPrChange', 'w:tblPrChange', 'w:trPrChange', 'w:tcPrChange', 'w:sectPr'],
])
const TEXTS = new Set(['w:t', 'm:t'])
const MAX_SPAN = 256

/** What was seen beside the text. */
export interface Seen {
  hasHidden: boolean
  hasChanges: boolean
  hasBody: boolean
  /** The notes and comments that something refers to: each its kind and its number. */
  references: Set<string>
}

interface Paragraph {
  style: string | undefined
  /** As the paragraph itself says. */
  level: number | undefined
  isItem: boolean | undefined
  itemLevel: number | undefined
}

export class DocxFlow implements XmlHandler {
  readonly #styles: Styles
  readonly #notes: Notes
  readonly #seen: Seen
  readonly #flow: BlockFlow
  readonly #paragraphs: Paragraph[] = []
  /** For each cell that is open, how many columns it spans. */
  readonly #spans: number[] = []
  /** For each row that is open, whether it is above the table on each of its pages. */
  readonly #headers: boolean[] = []
  /** For each run that is open, whether it is hidden; a text box has runs within one. */
  readonly #runs: boolean[] = []
  #isText = false
  /** For each element with alternatives that is open, whether one of them was read. */
  readonly #alternatives: boolean[] = []
  /** For each content control that is open, whether it is a table of contents. */
  readonly #controls: boolean[] = []
  #leftOut = 0

  /** `pages` is where the text is on a page, where that is known. */
  constructor(
    styles: Styles,
    notes: Notes,
    seen: Seen,
    emit: (block: PlacelessBlock) => void,
    pages?: { readonly page: number },
  ) {
    this.#styles = styles
    this.#notes = notes
    this.#seen = seen
    this.#flow = new BlockFlow(emit, pages)
  }

  open(name: string, attributes: Attributes): void {
    if (this.#leftOut > 0 || this.#isLeftOut(name)) this.#leftOut++
    else if (name === 'w:body') this.#seen.hasBody = true
    else if (name === 'w:p') this.#openParagraph()
    else if (name === 'w:r') this.#runs.push(this.#styles.of(this.#paragraphs.at(-1)?.style).isHidden)
    else if (name === 'mc:AlternateContent') this.#alternatives.push(false)
    else if (name === 'mc:Choice') setLast(this.#alternatives, true)
    else if (TEXTS.has(name)) this.#isText = true
    else if (name === 'w:sdt') this.#controls.push(false)
    else if (name === 'w:docPartGallery') this.#isContents(attributes['w:val'])
    else if (name === 'w:tr') {
      this.#headers.push(false)
      this.#flow.openRow()
    } else if (name === 'w:tc') {
      this.#spans.push(1)
      this.#flow.openCell()
    } else if (name.startsWith('w:')) this.#property(name, attributes)
    else if (name === 'wp:docPr' && attributes.descr)
      this.#flow.give({ kind: 'note', text: attributes.descr })
  }

  close(name: string): void {
    if (this.#leftOut > 0) this.#leftOut--
    else if (name === 'w:p') this.#closeParagraph()
    else if (name === 'w:r') this.#runs.pop()
    else if (name === 'mc:AlternateContent') this.#alternatives.pop()
    else if (TEXTS.has(name)) this.#isText = false
    else if (name === 'w:sdt') this.#controls.pop()
    else if (name === 'w:tr') this.#flow.closeRow(this.#headers.pop())
    else if (name === 'w:tc') this.#flow.closeCell(1, (this.#spans.pop() ?? 1) - 1)
  }

  text(text: string): void {
    if (this.#leftOut > 0 || !this.#isText) return
    if (this.#runs.at(-1)) this.#seen.hasHidden = true
    else this.#flow.text(text)
  }

  #isLeftOut(name: string): boolean {
    if (DELETED.has(name)) this.#seen.hasChanges = true
    if (name === 'w:ins') this.#seen.hasChanges = true
    if (name === 'w:sdtContent') return this.#controls.at(-1) === true
    if (name === 'mc:Choice' || name === 'mc:Fallback') return this.#alternatives.at(-1) === true
    return DELETED.has(name) || LEFT_OUT.has(name)
  }

  #isContents(gallery: string | undefined): void {
    if (gallery === 'Table of Contents') setLast(this.#controls, true)
  }

  #openParagraph(): void {
    this.#paragraphs.push({ style: undefined, level: undefined, isItem: undefined, itemLevel: undefined })
    this.#flow.openParagraph()
  }

  #closeParagraph(): void {
    const paragraph = this.#paragraphs.pop()
    if (!paragraph) return
    // Its headings stand in the text.
    if (this.#styles.of(paragraph.style).isContents) this.#flow.dropParagraph()
    else this.#flow.closeParagraph(this.#kindOf(paragraph))
  }

  #kindOf(paragraph: Paragraph): ParagraphKind {
    const { kind, level: ofStyle, isList: isListed, itemLevel } = this.#styles.of(paragraph.style)
    const heading = paragraph.level ?? ofStyle ?? 0
    if (kind !== 'paragraph') return { kind }
    if (heading > 0) return { kind: 'heading', level: heading }
    if (paragraph.isItem ?? isListed) return { kind: 'item', level: paragraph.itemLevel ?? itemLevel }
    return { kind }
  }

  #property(name: string, attributes: Attributes): void {
    const value = attributes['w:val']
    const paragraph = this.#paragraphs.at(-1)
    if (name === 'w:gridSpan') setLast(this.#spans, countOf(value, MAX_SPAN))
    else if (name === 'w:gridBefore') this.#flow.skipColumns(countOf(value, MAX_SPAN, 0))
    else if (name === 'w:tblHeader') setLast(this.#headers, isOn(value))
    if (!paragraph) return
    if (name === 'w:pStyle') paragraph.style = value
    else if (name === 'w:outlineLvl') paragraph.level = levelOf(value)
    else if (name === 'w:ilvl') paragraph.itemLevel = itemLevelOf(value)
    else if (name === 'w:numId') paragraph.isItem = isList(value)
    else if (name === 'w:rStyle')
      setLast(this.#runs, this.#styles.of(value).isHidden || this.#runs.at(-1) === true)
    else if (name === 'w:vanish') setLast(this.#runs, isOn(value))
    else if (name === 'w:tab' || name === 'w:ptab') this.#flow.text('\t')
    else if (name === 'w:br' || name === 'w:cr') this.#flow.text('\n')
    else if (name === 'w:noBreakHyphen') this.#flow.text('-')
    else this.#reference(name, attributes['w:id'])
  }

  #reference(name: string, id: string | undefined): void {
    const kind = Object.hasOwn(REFERENCES, name) ? REFERENCES[name] : undefined
    const text = kind && id !== undefined ? this.#notes[kind].get(id) : undefined
    if (kind === undefined || id === undefined || text === undefined) return
    this.#seen.references.add(`${kind} ${id}`)
    this.#flow.give({ kind: 'note', text })
  }
}

/** Of a list that may be empty where a document is no good. */
function setLast<T>(list: T[], value: T): void {
  if (list.length > 0) list[list.length - 1] = value
}
