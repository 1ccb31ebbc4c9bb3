/** What the styles of a mail say of its elements, as far as it decides whether anyone sees them. Source: CSS 2.2, as mail programs know it. */

export type Style = ReadonlyMap<string, string>

/** Of one element, in characters. */
const MAX_STYLE = 2000
/** Of all style sheets of a mail, in characters, and of their rules. */
const MAX_SHEETS = 256 * 1024
const MAX_RULES = 5000
/** Names of classes of one element. */
const MAX_CLASSES = 20

/** What decides whether something is seen; a sheet of other properties costs nothing. */
const PROPERTIES = new Set(
  'background background-color background-image clip clip-path color display font font-size height left right top bottom margin-left max-height max-width opacity overflow overflow-y position text-indent transform visibility width'.split(
    ' ',
  ),
)

/** The declarations of a `style` that matter here, the last of each property. */
export function styleOf(text: string): Map<string, string> {
  const style = new Map<string, string>()
  for (const declaration of text.slice(0, MAX_STYLE).toLowerCase().split(';')) {
    const colon = declaration.indexOf(':')
    if (colon === -1) continue
    const property = declaration.slice(0, colon).trim()
    if (!PROPERTIES.has(property)) continue
    const value = declaration.slice(colon + 1).replace(/!\s{0,9}important/, '')
    style.set(property, value.trim())
  }
  return style
}

/** The rules for a class, an id or a name of elements by themselves; what holds for some screens alone is left out. */
export class StyleSheet {
  readonly #rules = new Map<string, Map<string, string>>()

  constructor(html: string) {
    for (const css of sheetsIn(html))
      for (const { selectors, declarations } of rulesOf(css)) {
        const style = styleOf(declarations)
        for (const selector of selectors.split(',')) this.#add(selector.trim().toLowerCase(), style)
      }
  }

  #add(selector: string, style: Style): void {
    const [, name = '', mark = ''] = /^([a-z]\w*)?([.#][\w-]+)?$/.exec(selector) ?? []
    const key = mark || name
    if (key === '' || this.#rules.size >= MAX_RULES) return
    const before = this.#rules.get(key) ?? new Map<string, string>()
    for (const [property, value] of style) before.set(property, value)
    this.#rules.set(key, before)
  }

  /** Those of an element, what it says itself last. */
  of(name: string, { class: classes = '', id = '', style = '' }: Readonly<Record<string, string>>): Style {
    const own = styleOf(style)
    if (this.#rules.size === 0) return own
    const keys = [
      name,
      ...classes
        .toLowerCase()
        .split(/\s+/, MAX_CLASSES)
        .map((one) => `.${one}`),
      `#${id.toLowerCase()}`,
    ]
    const rules = keys.flatMap((key) => [...(this.#rules.get(key) ?? [])])
    return new Map([...rules, ...own])
  }
}

function* sheetsIn(html: string): Generator<string> {
  const lower = html.toLowerCase()
  let read = 0
  for (let at = lower.indexOf('<style'); at !== -1 && read < MAX_SHEETS; ) {
    const from = lower.indexOf('>', at) + 1
    const end = lower.indexOf('</style', from)
    if (from === 0 || end === -1) return
    const css = html.slice(from, Math.min(end, from + MAX_SHEETS - read))
    read += css.length
    yield css
    at = lower.indexOf('<style', end)
  }
}

/** Those at the outermost level. */
function* rulesOf(css: string): Generator<{ selectors: string; declarations: string }> {
  const text = withoutComments(css)
  let depth = 0
  let from = 0
  let selectors = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{') {
      if (depth++ === 0) {
        selectors = text.slice(from, at).trim()
        from = at + 1
      }
    } else if (character === '}' && depth > 0) {
      if (--depth > 0) continue
      if (!selectors.startsWith('@')) yield { selectors, declarations: text.slice(from, at) }
      from = at + 1
    }
  }
}

function withoutComments(css: string): string {
  let kept = ''
  let from = 0
  for (let at = css.indexOf('/*'); at !== -1; at = css.indexOf('/*', from)) {
    kept += css.slice(from, at)
    const end = css.indexOf('*/', at + 2)
    if (end === -1) return kept
    from = end + 2
  }
  return kept + css.slice(from)
}
