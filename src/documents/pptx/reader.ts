/** PowerPoint presentations: PPTX, PPTM, shows, and templates. Source: ECMA-376, part 1, section 19. */
import type { Block, Document, DocumentReader, ReadOptions } from '../document.ts'
import { corePropertiesOf, mainPartOf, relationshipsOf } from '../package/open-packaging.ts'
import { Package } from '../package/package.ts'
import { plainText } from '../text.ts'
import { SlideFlow } from './slide.ts'

/** Presentations have some hundreds. */
const MAX_SLIDES = 20_000

interface Presentation {
  /** The parts of slides, in the order in which they are shown, each once; undefined for those that are nowhere. */
  readonly slides: readonly (string | undefined)[]
  readonly hasMacros: boolean
}

/** Throws a DocumentProblem. */
export const readPptx: DocumentReader = async (bytes, options) => {
  const document = new Package(bytes, options)
  const presentation = presentationIn(document)
  return {
    ...corePropertiesOf(document),
    parts: { kind: 'slide', count: presentation.slides.length },
    blocks: () => blocksOf(document.again(), presentation, options),
  } satisfies Document
}

function presentationIn(document: Package): Presentation {
  const main = mainPartOf(document)
  const parts = relationshipsOf(document, main)
  const slides = new Set<string | undefined>()
  let isPresentation = false
  document.xml(main, {
    open(name, attributes) {
      if (name === 'p:presentation') isPresentation = true
      if (name !== 'p:sldId') return
      const slide = parts.get(attributes['r:id'] ?? '')
      if (slides.add(slide?.type === 'slide' ? slide.target : undefined).size > MAX_SLIDES)
        throw document.problem('too large', `it has more than ${MAX_SLIDES} slides`)
    },
  })
  if (!isPresentation) throw document.problem('damaged', 'it is no presentation')
  return { slides: [...slides], hasMacros: [...parts.values()].some(({ type }) => type === 'vbaProject') }
}

async function* blocksOf(
  document: Package,
  { slides, hasMacros }: Presentation,
  { parts: { first, last } = { first: 1, last: slides.length } }: ReadOptions,
): AsyncGenerator<Block> {
  for (const [i, slide] of slides.entries()) {
    const part = i + 1
    if (part >= first && part <= last) yield* slideBlocks(document, slide, { part })
  }
  if (hasMacros) yield { kind: 'remark', text: 'It has macros, which are not run.', place: {} }
}

function* slideBlocks(document: Package, slide: string | undefined, place: Block['place']): Generator<Block> {
  const flow = new SlideFlow()
  if (slide === undefined || !document.xml(slide, flow))
    return yield { kind: 'remark', text: `Slide ${place.part} is missing.`, place }
  if (flow.isHidden) yield { kind: 'remark', text: `Slide ${place.part} is hidden.`, place }
  for (const block of flow.blocks) yield { ...block, place }
  for (const { type, target } of relationshipsOf(document, slide).values()) {
    if (type === 'notesSlide') yield* notesIn(document, target, place)
    if (type === 'comments') yield* commentsIn(document, target, place)
    if (type === 'chart' || type === 'diagramData') yield* drawnIn(document, target, place)
  }
}

/** What the speaker says. */
function* notesIn(document: Package, part: string, place: Block['place']): Generator<Block> {
  const flow = new SlideFlow()
  document.xml(part, flow)
  const text = flow.blocks.map((block) => block.text).join('\n')
  if (text !== '') yield { kind: 'note', text, place }
}

function* commentsIn(document: Package, part: string, place: Block['place']): Generator<Block> {
  for (const text of textsIn(document, part, ['p:text', 'a:t'])) yield { kind: 'note', text, place }
}

/** The words of a chart or a diagram. */
function* drawnIn(document: Package, part: string, place: Block['place']): Generator<Block> {
  for (const text of new Set(textsIn(document, part, ['a:t', 'c:v'])))
    if (!/^[\d.,Ee+-]*$/.test(text)) yield { kind: 'paragraph', text, place }
}

function textsIn(document: Package, part: string, elements: readonly string[]): string[] {
  const texts: string[] = []
  let text = ''
  let isOpen = false
  document.xml(part, {
    open(name) {
      if (!elements.includes(name)) return
      isOpen = true
      text = ''
    },
    close(name) {
      if (!elements.includes(name)) return
      isOpen = false
      const clean = plainText(text).trim()
      if (clean !== '') texts.push(clean)
    },
    text(piece) {
      if (isOpen) text += piece
    },
  })
  return texts
}
