/** Word documents: DOCX, DOCM, and templates of both. */
import { joinCode, type PlacelessBlock } from '../block-flow.ts'
import type { Block, Document, DocumentReader, ReadOptions } from '../document.ts'
import {
  corePropertiesOf,
  mainPartOf,
  type Relationship,
  relationshipsOf,
} from '../package/open-packaging.ts'
import { Package } from '../package/package.ts'
import { placed, seenBy } from '../pages.ts'
import { DocxFlow, type Notes, type Seen } from './flow.ts'
import { DocxPages, pagesOf } from './pages.ts'
import { Styles } from './styles.ts'

/** Throws a DocumentProblem. */
export const readDocx: DocumentReader = async (bytes, options) => {
  const document = new Package(bytes, options)
  const main = mainPartOf(document)
  const parts = [...relationshipsOf(document, main).values()]
  const styles = stylesOf(document, parts)
  const properties = corePropertiesOf(document)
  const language = properties.language ?? styles.language
  const count = await pagesOf(document, main)
  return {
    ...properties,
    ...(language !== undefined && { language }),
    ...(count !== undefined && { parts: { kind: 'page', count } }),
    blocks: () => blocksOf(document.again(), { main, parts, styles, hasPages: count !== undefined }, options),
  } satisfies Document
}

interface WordDocument {
  readonly main: string
  readonly parts: readonly Relationship[]
  readonly styles: Styles
  /** Whether it says where its pages begin. */
  readonly hasPages: boolean
}

function stylesOf(document: Package, parts: readonly Relationship[]): Styles {
  const styles = new Styles()
  const part = partOf(parts, 'styles')
  if (part !== undefined) document.xml(part, styles)
  return styles
}

const partOf = (parts: readonly Relationship[], type: string): string | undefined =>
  parts.find((part) => part.type === type)?.target

async function* blocksOf(
  document: Package,
  { main, parts, styles, hasPages }: WordDocument,
  { parts: range }: ReadOptions,
): AsyncGenerator<Block> {
  const seen: Seen = { hasHidden: false, hasChanges: false, hasBody: false, references: new Set() }
  const notes = notesOf(document, parts, styles, seen)
  const pages = hasPages ? new DocxPages() : undefined
  const body = document.stream<PlacelessBlock>(main, (emit) => {
    const flow = new DocxFlow(styles, notes, seen, emit, pages)
    return pages ? seenBy(pages, flow) : flow
  })
  yield* placed(joinCode(body), pages && range)
  if (!seen.hasBody) throw document.problem('damaged', 'it is no Word document')
  if (pages && range) return
  for (const text of unplaced(notes, seen)) yield { kind: 'note', text, place: {} }
  for (const text of marginsOf(document, parts, styles, seen)) yield { kind: 'note', text, place: {} }
  for (const text of remarksOn(parts, seen)) yield { kind: 'remark', text, place: {} }
}

const NO_NOTES: Notes = { footnote: new Map(), endnote: new Map(), comment: new Map() }
const NOTES = { footnotes: 'footnote', endnotes: 'endnote', comments: 'comment' } as const

function notesOf(document: Package, parts: readonly Relationship[], styles: Styles, seen: Seen): Notes {
  const notes = { footnote: new Map(), endnote: new Map(), comment: new Map() }
  for (const [type, kind] of Object.entries(NOTES)) {
    const part = partOf(parts, type)
    let id: string | undefined
    let texts: string[] = []
    const flow = new DocxFlow(styles, NO_NOTES, seen, ({ text }) => texts.push(text))
    if (part !== undefined)
      document.xml(part, {
        open(name, attributes) {
          if (name === `w:${kind}`) {
            // The lines above notes are of a type of their own.
            id =
              attributes['w:type'] === undefined || attributes['w:type'] === 'normal'
                ? attributes['w:id']
                : undefined
            texts = []
          } else flow.open(name, attributes)
        },
        close(name) {
          if (name !== `w:${kind}`) flow.close(name)
          else if (id !== undefined && texts.length > 0) notes[kind].set(id, texts.join('\n'))
        },
        text: (text) => flow.text(text),
      })
  }
  return notes
}

/** What nothing in the text refers to, such as a comment on a footnote. */
const unplaced = (notes: Notes, { references }: Seen): string[] =>
  Object.entries(notes).flatMap(([kind, texts]) =>
    [...texts].filter(([id]) => !references.has(`${kind} ${id}`)).map(([, text]) => text),
  )

/** What stands above and below each page, once. */
function marginsOf(
  document: Package,
  parts: readonly Relationship[],
  styles: Styles,
  seen: Seen,
): Set<string> {
  const found = new Set<string>()
  for (const { type, target } of parts)
    if (type === 'header' || type === 'footer')
      document.xml(
        target,
        new DocxFlow(styles, NO_NOTES, seen, ({ text }) => {
          if (/\p{L}/u.test(text)) found.add(text)
        }),
      )
  return found
}

const EMBEDDED = new Set(['oleObject', 'package', 'control', 'aFChunk'])

function remarksOn(parts: readonly Relationship[], { hasHidden, hasChanges }: Seen): string[] {
  const embedded = parts.filter(({ type }) => EMBEDDED.has(type)).length
  return [
    hasHidden && 'It has hidden text, which is left out.',
    hasChanges && 'It has recorded changes; what was deleted is left out.',
    partOf(parts, 'vbaProject') !== undefined && 'It has macros, which are not run.',
    embedded > 0 && `It has ${embedded} embedded ${embedded === 1 ? 'object' : 'objects'}, not read here.`,
  ].filter((remark) => remark !== false)
}
