/** Texts of OpenDocument: ODT and its templates. Source: OpenDocument 1.3, part 3, section 3.4. */
import { joinCode, type PlacelessBlock } from '../block-flow.ts'
import type { Block, Document, DocumentReader } from '../document.ts'
import { openDocumentProperties, refuseEncrypted } from '../package/open-document.ts'
import { Package } from '../package/package.ts'
import type { XmlHandler } from '../xml/xml.ts'
import { OpenDocumentFlow } from './flow.ts'
import { remarksOn } from './remarks.ts'
import { Styles } from './styles.ts'

const CONTENT = 'content.xml'
const STYLES = 'styles.xml'

/** Throws a DocumentProblem. */
export const readOdt: DocumentReader = async (bytes, options) => {
  const document = new Package(bytes, options)
  refuseEncrypted(document)
  if (!document.has(CONTENT)) throw document.problem('damaged', `it has no ${CONTENT}`)
  return { ...openDocumentProperties(document), blocks: () => blocksOf(document.again()) } satisfies Document
}

interface Seen {
  hasHidden: boolean
  hasChanges: boolean
  isText: boolean
}

async function* blocksOf(document: Package): AsyncGenerator<Block> {
  const styles = new Styles()
  document.xml(STYLES, styles)
  const seen: Seen = { hasHidden: false, hasChanges: false, isText: false }
  for await (const block of joinCode(
    document.stream<PlacelessBlock>(CONTENT, (emit) => bodyOf(styles, emit, seen)),
  ))
    yield { ...block, place: {} }
  if (!seen.isText) throw document.problem('damaged', 'it is no text document')
  for (const text of marginsOf(document, styles)) yield { kind: 'note', text, place: {} }
  for (const text of remarksOn(document, seen)) yield { kind: 'remark', text, place: {} }
}

/** Styles of its own come before the text. */
function bodyOf(styles: Styles, emit: (block: PlacelessBlock) => void, seen: Seen): XmlHandler {
  const flow = new OpenDocumentFlow(styles, emit)
  let isBody = false
  return {
    open(name, attributes) {
      if (isBody) flow.open(name, attributes)
      else if (name === 'office:text') isBody = seen.isText = true
      else styles.open(name, attributes)
    },
    close(name) {
      if (name === 'office:text') isBody = false
      else if (isBody) flow.close(name)
      else styles.close(name)
      seen.hasHidden ||= flow.hasHidden
      seen.hasChanges ||= flow.hasChanges
    },
    text(text) {
      if (isBody) flow.text(text)
    },
  }
}

const MARGINS = /^style:(?:header|footer)(?:-left|-first)?$/

/** What stands above and below each page, once. */
function marginsOf(document: Package, styles: Styles): Set<string> {
  const found = new Set<string>()
  let flow: OpenDocumentFlow | undefined
  document.xml(STYLES, {
    open(name, attributes) {
      if (flow) flow.open(name, attributes)
      else if (MARGINS.test(name))
        flow = new OpenDocumentFlow(styles, ({ text }) => {
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
