/** Texts of OpenDocument: ODT and its templates. Source: OpenDocument 1.3, part 3, section 3.4. */
import { joinCode, type PlacelessBlock } from '../block-flow.ts'
import type { Block, Document, DocumentReader, ReadOptions } from '../document.ts'
import { openDocumentProperties, refuseEncrypted } from '../package/open-document.ts'
import { Package } from '../package/package.ts'
import { placed, seenBy } from '../pages.ts'
import type { XmlHandler } from '../xml/xml.ts'
import { OpenDocumentFlow, type Seen } from './flow.ts'
import { OpenDocumentPages, pagesOf } from './pages.ts'
import { remarksOn } from './remarks.ts'
import { Styles } from './styles.ts'

const CONTENT = 'content.xml'
const STYLES = 'styles.xml'
const BODY = 'office:text'

/** Throws a DocumentProblem. */
export const readOdt: DocumentReader = async (bytes, options) => {
  const document = new Package(bytes, options)
  refuseEncrypted(document)
  if (!document.has(CONTENT)) throw document.problem('damaged', `it has no ${CONTENT}`)
  const count = await pagesOf(document, CONTENT, inBody)
  return {
    ...openDocumentProperties(document),
    ...(count !== undefined && { parts: { kind: 'page', count } }),
    blocks: () => blocksOf(document.again(), count !== undefined, options),
  } satisfies Document
}

async function* blocksOf(
  document: Package,
  hasPages: boolean,
  { parts: range }: ReadOptions,
): AsyncGenerator<Block> {
  const styles = new Styles()
  document.xml(STYLES, styles)
  const pages = hasPages ? new OpenDocumentPages(styles) : undefined
  const seen: Seen = { hasHidden: false, hasChanges: false }
  let isText = false
  const body = document.stream<PlacelessBlock>(CONTENT, (emit) => {
    const flow = new OpenDocumentFlow(styles, seen, emit, pages)
    return inBody(styles, () => {
      isText = true
      return pages ? seenBy(pages, flow) : flow
    })
  })
  yield* placed(joinCode(body), pages && range)
  if (!isText) throw document.problem('damaged', 'it is no text document')
  if (pages && range) return
  for (const text of marginsOf(document, styles, seen)) yield { kind: 'note', text, place: {} }
  for (const text of remarksOn(document, seen)) yield { kind: 'remark', text, place: {} }
}

/** Styles of its own come before the text. */
function inBody(styles: Styles, textOf: () => XmlHandler): XmlHandler {
  let handler: XmlHandler = styles
  return {
    open(name, attributes) {
      if (name === BODY) handler = textOf()
      else handler.open?.(name, attributes)
    },
    close(name) {
      if (name === BODY) handler = styles
      else handler.close?.(name)
    },
    text: (piece) => handler.text?.(piece),
  }
}

const MARGINS = /^style:(?:header|footer)(?:-left|-first)?$/

/** What stands above and below each page, once. */
function marginsOf(document: Package, styles: Styles, seen: Seen): Set<string> {
  const found = new Set<string>()
  let flow: OpenDocumentFlow | undefined
  document.xml(STYLES, {
    open(name, attributes) {
      if (flow) flow.open(name, attributes)
      else if (MARGINS.test(name))
        flow = new OpenDocumentFlow(styles, seen, ({ text }) => {
          if (/\p{L}/u.test(text)) found.add(text)
        })
    },
    close(name) {
      if (MARGINS.test(name)) flow = undefined
      else flow?.close(name)
    },
    text: (text) => flow?.text(text),
  })
  return found
}
