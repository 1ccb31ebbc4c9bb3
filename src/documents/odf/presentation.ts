/** Presentations of OpenDocument: ODP and its templates. Source: OpenDocument 1.3, part 3, section 3.6 and chapter 10. */
import type { PlacelessBlock } from '../block-flow.ts'
import type { Block, Document, DocumentReader, ReadOptions } from '../document.ts'
import { openDocumentProperties, refuseEncrypted } from '../package/open-document.ts'
import { Package } from '../package/package.ts'
import type { XmlHandler } from '../xml/xml.ts'
import { OpenDocumentFlow, type Seen } from './flow.ts'
import { remarksOn } from './remarks.ts'
import { Styles } from './styles.ts'

const CONTENT = 'content.xml'
const STYLES = 'styles.xml'
const SLIDE = 'draw:page'
const NOTES = 'presentation:notes'
/** Presentations have some hundreds. */
const MAX_SLIDES = 20_000

/** Throws a DocumentProblem. */
export const readOdp: DocumentReader = async (bytes, options) => {
  const document = new Package(bytes, options)
  refuseEncrypted(document)
  let count = 0
  let isPresentation = false
  const isThere = document.xml(CONTENT, {
    open(name) {
      if (name === 'office:presentation') isPresentation = true
      if (name === SLIDE && ++count > MAX_SLIDES)
        throw document.problem('too large', `it has more than ${MAX_SLIDES} slides`)
    },
  })
  if (!isThere) throw document.problem('damaged', `it has no ${CONTENT}`)
  if (!isPresentation) throw document.problem('damaged', 'it is no presentation')
  return {
    ...openDocumentProperties(document),
    parts: { kind: 'slide', count },
    blocks: () => blocksOf(document.again(), options),
  } satisfies Document
}

async function* blocksOf(document: Package, { parts }: ReadOptions): AsyncGenerator<Block> {
  const styles = new Styles()
  document.xml(STYLES, styles)
  const seen = { hasHidden: false, hasChanges: false }
  for await (const block of document.stream<Block>(CONTENT, (emit) => slidesOf(styles, emit, seen))) {
    const { part = 0 } = block.place
    if (parts && part > parts.last) return
    if (!parts || part >= parts.first) yield block
  }
  for (const text of remarksOn(document, seen)) yield { kind: 'remark', text, place: {} }
}

function slidesOf(styles: Styles, emit: (block: Block) => void, seen: Seen): XmlHandler {
  let part = 0
  let slide: Slide | undefined
  return {
    open(name, attributes) {
      if (name === SLIDE) {
        part++
        slide = new Slide(styles, seen)
        if (styles.isHidden(attributes['draw:style-name']))
          emit({ kind: 'remark', text: `Slide ${part} is hidden.`, place: { part } })
      } else if (slide) slide.open(name, attributes)
      else styles.open(name, attributes)
    },
    close(name) {
      if (name === SLIDE && slide) {
        for (const block of slide.blocks()) emit({ ...block, place: { part } })
        slide = undefined
      } else if (slide) slide.close(name)
      else styles.close(name)
    },
    text: (text) => slide?.flow.text(text),
  }
}

/** Its frames lie in the order in which they were drawn: the title is read first, and the speaker's notes last. */
class Slide {
  readonly #title: PlacelessBlock[] = []
  readonly #body: PlacelessBlock[] = []
  readonly #notes: PlacelessBlock[] = []
  #isTitle = false
  #isNotes = false
  readonly flow: OpenDocumentFlow

  constructor(styles: Styles, seen: Seen) {
    this.flow = new OpenDocumentFlow(styles, seen, (block) => {
      if (this.#isNotes) this.#notes.push({ kind: 'note', text: block.text })
      else if (this.#isTitle) this.#title.push({ kind: 'heading', level: 1, text: block.text })
      else this.#body.push(block)
    })
  }

  open(...[name, attributes]: Parameters<OpenDocumentFlow['open']>): void {
    if (name === NOTES) this.#isNotes = true
    if (name === 'draw:frame') this.#isTitle = attributes['presentation:class'] === 'title'
    this.flow.open(name, attributes)
  }

  close(name: string): void {
    this.flow.close(name)
    if (name === 'draw:frame') this.#isTitle = false
    if (name === NOTES) this.#isNotes = false
  }

  blocks(): PlacelessBlock[] {
    return [...this.#title, ...this.#body, ...this.#notes]
  }
}
