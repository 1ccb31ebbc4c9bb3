/** HTML as people see it: its text by paragraphs, below its headings, without scripts, styles, menus and what is hidden. */
import { Parser } from 'htmlparser2'
import { rowText, withSingleSpaces } from '../text.ts'
import { headingOf, type TextBlock } from './block.ts'

const UNSEEN = new Set(['script', 'style', 'noscript', 'template', 'svg', 'nav', 'iframe', 'object'])
const HIDDEN_STYLE =
  /(?:^|[;\s])(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|font-size\s{0,9}:\s{0,9}0(?![.\d])|opacity\s{0,9}:\s{0,9}0(?![.\d]))/i
/** Elements that go on within a line; all others end it. */
const INLINE = new Set(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
)
const CELLS = new Set(['td', 'th'])
/** Real pages nest less. Beyond that reading begins anew, since the parser takes ever longer with each level. */
const MAX_DEPTH = 1000
const MAX_STYLE = 1000
const MAX_TITLE = 1000
/** How much is read at once, in characters: it bounds what is held, and how much deeper than that it can go. */
const CHUNK = 4096

/** What a row of data has not: a page that is laid out by tables has all of it in their cells. */
const NOT_IN_ROWS = /^(?:h[1-6]|table|ul|ol|dl|pre|blockquote)$/
const HEADING = /^h[1-6]$/
const LIST = /^[uo]l$/

export interface HtmlOptions {
  /** Whether it is XML, where an element such as `<title/>` ends with its tag, and does not go on to the end of the page. */
  isXhtml?: boolean
  guide?: HtmlGuide
}

/** Knows more of a page than its elements alone say. With it, what is in a `blockquote` is notes, which read as quoted. */
export interface HtmlGuide {
  /** Whether nothing is seen of an element within those that are open. */
  opens(name: string, attributes: Readonly<Record<string, string>>): boolean
  closes(): void
  /** All that were open are closed. */
  closesAll(): void
  /** Text was left out that an element says is not shown. */
  leavesOut(text: string): void
  /** How a link reads: its text, which may be empty, and where it leads. */
  link(text: string, href: string): string
}

export function* readHtml(text: string, { isXhtml = false, guide }: HtmlOptions = {}): Generator<TextBlock> {
  const reader = new HtmlReader(isXhtml, guide)
  for (let from = 0; from < text.length; from += CHUNK)
    yield* reader.read(text.slice(from, from + CHUNK), from)
  yield* reader.end()
}

class HtmlReader {
  readonly #isXhtml: boolean
  readonly #guide: HtmlGuide | undefined
  #parser: Parser
  /** Where in the text it began. */
  #from = 0
  #blocks: TextBlock[] = []
  #title = ''
  #isTitle = false
  #hasTitle = false
  /** Of the heading which is being read. */
  #level: number | undefined
  /** How many lists are open, and whether an item of one began. */
  #lists = 0
  #isItem = false
  /** How many elements whose lines are kept are open. */
  #kept = 0
  /** Of the row that is being read: paragraphs of its cells. */
  #row: string[][] | undefined
  #words: string[] = []
  #start: number | undefined
  #end = 0
  /** How many elements are open, and from which one on nothing is seen. */
  #depth = 0
  #unseenFrom = Number.POSITIVE_INFINITY
  /** Whether what is not seen would be, had its sender wanted that. */
  #isLeftOut = false
  /** The link that is open, and where in the words its text begins; undefined for one that was told in an earlier block. */
  #link: { href: string; from: number } | undefined
  /** How many quotations are open. */
  #quotes = 0

  get #isSeen(): boolean {
    return this.#depth < this.#unseenFrom
  }

  constructor(isXhtml: boolean, guide: HtmlGuide | undefined) {
    this.#isXhtml = isXhtml
    this.#guide = guide
    this.#parser = this.#newParser()
  }

  read(part: string, at: number): TextBlock[] {
    // The part before may end within a tag.
    const tag = this.#depth > MAX_DEPTH ? part.indexOf('<') : -1
    if (tag !== -1) {
      this.#parser.write(part.slice(0, tag))
      this.#beginAnew(at + tag)
    }
    this.#parser.write(part.slice(Math.max(0, tag)))
    return this.#blocks.splice(0)
  }

  #beginAnew(from: number): void {
    this.#close()
    this.#parser = this.#newParser()
    this.#from = from
    this.#depth = 0
    this.#lists = 0
    this.#kept = 0
    this.#quotes = 0
    this.#link = undefined
    this.#guide?.closesAll()
    this.#unseenFrom = Number.POSITIVE_INFINITY
  }

  end(): TextBlock[] {
    this.#parser.end()
    this.#close()
    return this.#blocks
  }

  #newParser(): Parser {
    return new Parser(
      {
        onopentag: (name, attributes) => this.#open(name, attributes),
        ontext: (part) => this.#text(part),
        onclosetag: (name) => this.#shut(name),
      },
      { decodeEntities: true, lowerCaseTags: true, recognizeSelfClosing: this.#isXhtml },
    )
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#depth++
    if (name === 'title' && !this.#hasTitle && this.#isSeen) this.#isTitle = true
    const isBreak = name === 'br' && (this.#kept > 0 || this.#level !== undefined)
    if (isBreak) this.#words.push(this.#kept > 0 ? '\n' : ' ')
    else if (this.#row && !NOT_IN_ROWS.test(name) && name !== 'tr') {
      if (CELLS.has(name)) this.#row.push([])
      if (!INLINE.has(name)) this.#endParagraph()
    } else if (!INLINE.has(name)) this.#close()
    if (name === 'tr') this.#row = []
    if (HEADING.test(name)) this.#level = Number(name[1])
    if (LIST.test(name)) this.#lists++
    if (name === 'li') this.#isItem = true
    if (name === 'pre') this.#kept++
    if (name === 'blockquote' && this.#guide) this.#quotes++
    if (name === 'a' && this.#guide && this.#isSeen) {
      this.#endLink()
      if (attributes.href) this.#link = { href: attributes.href, from: this.#words.length }
    }
    const isLeftOut = this.#guide?.opens(name, attributes) === true || isHidden(attributes)
    if ((UNSEEN.has(name) || isLeftOut) && this.#isSeen) {
      this.#unseenFrom = this.#depth
      this.#isLeftOut = isLeftOut
    }
  }

  #text(part: string): void {
    if (this.#isTitle) this.#title = (this.#title + part).slice(0, MAX_TITLE)
    if (!this.#isSeen && this.#isLeftOut) this.#guide?.leavesOut(part)
    if (!this.#isSeen || this.#isTitle) return
    if (this.#start === undefined && part.trim() === '') return
    this.#start ??= this.#from + this.#parser.startIndex
    this.#end = this.#from + this.#parser.endIndex + 1
    this.#words.push(part)
  }

  #shut(name: string): void {
    if (name === 'title' && this.#isTitle) this.#endTitle()
    if (name === 'a') this.#endLink()
    if (this.#row && name !== 'tr' && name !== 'table') {
      if (!INLINE.has(name)) this.#endParagraph()
    } else if (!INLINE.has(name) && name !== 'br') this.#close()
    if (HEADING.test(name)) this.#level = undefined
    if (LIST.test(name)) this.#lists = Math.max(0, this.#lists - 1)
    if (name === 'li') this.#isItem = false
    if (name === 'pre') this.#kept = Math.max(0, this.#kept - 1)
    if (name === 'blockquote') this.#quotes = Math.max(0, this.#quotes - 1)
    this.#guide?.closes()
    this.#depth = Math.max(0, this.#depth - 1)
    if (this.#isSeen) this.#unseenFrom = Number.POSITIVE_INFINITY
  }

  #endTitle(): void {
    this.#isTitle = false
    const text = headingOf(this.#title)
    if (text === '') return
    this.#hasTitle = true
    const at = this.#from + this.#parser.startIndex
    this.#blocks.push({ kind: 'title', text, start: at, end: at })
  }

  #endLink(): void {
    this.#tellLink()
    this.#link = undefined
  }

  /** A link over several blocks leads there from the first of them. */
  #tellLink(): void {
    if (!this.#link || !this.#guide) return
    const { href, from } = this.#link
    const raw = this.#words.splice(from).join('')
    const told = this.#guide.link(inOneLine(raw), href)
    if (told === '') return void this.#words.push(raw)
    this.#words.push(/^\s/.test(raw) ? ' ' : '', told, /\s$/.test(raw) ? ' ' : '')
    this.#start ??= this.#from + this.#parser.startIndex
    this.#end = Math.max(this.#end, this.#start)
    this.#link = undefined
  }

  /** What was read since the last border. */
  #take(): string {
    this.#tellLink()
    if (this.#link) this.#link = { ...this.#link, from: 0 }
    const raw = this.#words.join('')
    this.#words = []
    return this.#kept > 0 ? raw.replace(/^\s*\n|\s+$/g, '') : inOneLine(raw)
  }

  #endParagraph(): void {
    const text = this.#take()
    if (text === '') return
    if (this.#row?.length === 0) this.#row.push([])
    this.#row?.at(-1)?.push(text)
  }

  #close(): void {
    const row = this.#row
    if (row) this.#endParagraph()
    this.#row = undefined
    const paragraphs: Pick<TextBlock, 'text' | 'cells'>[] = row ? asRow(row) : [{ text: this.#take() }]
    const start = this.#start
    if (start !== undefined)
      for (const block of paragraphs)
        if (block.text !== '')
          this.#blocks.push(
            this.#quotes > 0
              ? { kind: 'note', text: block.text, start, end: this.#end }
              : { kind: this.#kind(), ...this.#levelOf(), ...block, start, end: this.#end },
          )
    if (start !== undefined) {
      this.#isItem = false
      this.#level = undefined
    }
    this.#start = undefined
  }

  #kind(): TextBlock['kind'] {
    if (this.#level !== undefined) return 'heading'
    if (this.#kept > 0) return 'code'
    return this.#isItem ? 'item' : 'paragraph'
  }

  #levelOf(): { level?: number } {
    if (this.#level !== undefined) return { level: this.#level }
    return this.#isItem && this.#kept === 0 ? { level: Math.max(1, this.#lists) } : {}
  }
}

/** One cell alone is no row, but what it says. */
function asRow(row: readonly string[][]): Pick<TextBlock, 'text' | 'cells' | 'kind'>[] {
  const cells = row.map((paragraphs) => paragraphs.join(' '))
  if (cells.filter((cell) => cell !== '').length > 1) return [{ kind: 'row', text: rowText(cells), cells }]
  return row.flat().map((text) => ({ kind: 'paragraph', text }))
}

const inOneLine = (text: string): string => withSingleSpaces(text).trim()

const isHidden = ({ hidden, style }: Readonly<Record<string, string>>): boolean =>
  hidden !== undefined || (style !== undefined && HIDDEN_STYLE.test(style.slice(0, MAX_STYLE)))
