/** What styles of OpenDocument say of a text. Source: OpenDocument 1.3, part 3, chapters 16 and 20. */
import type { BlockKind } from '../document.ts'
import type { Attributes, XmlHandler } from '../xml/xml.ts'

/** What all programs call them, whatever language their user sees. */
const KINDS: Readonly<Record<string, BlockKind>> = {
  Title: 'title',
  Preformatted_20_Text: 'code',
  Source_20_Code: 'code',
  Source_20_Text: 'code',
}
/** Styles that go back to each other have no end. */
const MAX_ANCESTORS = 20

interface Style {
  parent: string | undefined
  isHidden: boolean
  /** Of a page: undefined where the style does not say. */
  before: boolean | undefined
  after: boolean | undefined
}

/** Collects the styles of one document, of all its parts. */
export class Styles implements XmlHandler {
  readonly #styles = new Map<string, Style>()
  #open: Style | undefined

  open(name: string, attributes: Attributes): void {
    const named = attributes['style:name']
    if (name === 'style:style' && named !== undefined) {
      this.#open = {
        parent: attributes['style:parent-style-name'],
        isHidden: false,
        // A page of another kind is a new one.
        before: attributes['style:master-page-name'] ? true : undefined,
        after: undefined,
      }
      this.#styles.set(named, this.#open)
    } else if (this.#open) setIn(this.#open, name, attributes)
  }

  close(name: string): void {
    if (name === 'style:style') this.#open = undefined
  }

  kindOf(style: string | undefined): BlockKind {
    for (const name of this.#ancestry(style)) {
      const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
      if (kind) return kind
    }
    return 'paragraph'
  }

  /** Whether what has it is not shown. */
  isHidden(style: string | undefined): boolean {
    for (const name of this.#ancestry(style)) if (this.#styles.get(name)?.isHidden) return true
    return false
  }

  /** Whether a page begins before or behind what has the style. */
  breaksOf(style: string | undefined): { before: boolean; after: boolean } {
    const styles = [...this.#ancestry(style)].map((name) => this.#styles.get(name))
    return {
      before: styles.find((one) => one?.before !== undefined)?.before ?? false,
      after: styles.find((one) => one?.after !== undefined)?.after ?? false,
    }
  }

  *#ancestry(style: string | undefined): Generator<string> {
    let name = style
    for (let i = 0; name !== undefined && i < MAX_ANCESTORS; i++) {
      yield name
      name = this.#styles.get(name)?.parent
    }
  }
}

function setIn(style: Style, name: string, attributes: Attributes): void {
  if (isHiding(name, attributes)) style.isHidden = true
  if (!BREAKING.has(name)) return
  const { 'fo:break-before': before, 'fo:break-after': after } = attributes
  if (before !== undefined) style.before ||= before === 'page'
  if (after !== undefined) style.after = after === 'page'
}

const BREAKING = new Set(['style:paragraph-properties', 'style:table-properties'])

const isHiding = (name: string, attributes: Attributes): boolean =>
  (name === 'style:text-properties' && attributes['text:display'] === 'none') ||
  (name === 'style:drawing-page-properties' && attributes['presentation:visibility'] === 'hidden')
