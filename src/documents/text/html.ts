/** HTML as people see it: its text by paragraphs, below its headings, without scripts, styles, menus and what is hidden. */
import { Parser } from 'htmlparser2'
import { type Block, headingOf } from './block.ts'

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

export function* readHtml(text: string): Generator<Block> {
  const reader = new HtmlReader()
  for (let from = 0; from < text.length; from += CHUNK)
    yield* reader.read(text.slice(from, from + CHUNK), from)
  yield* reader.end()
}

class HtmlReader {
  #parser = this.#newParser()
  /** Where in the text it began. */
  #from = 0
  #blocks: Block[] = []
  #title = ''
  /** The headings that are open, by their level. */
  readonly #path: (string | undefined)[] = []
  /** That of the heading which is being read. */
  #level: number | undefined
  #isTitle = false
  #words: string[] = []
  #start: number | undefined
  #end = 0
  /** How many elements are open, and from which one on nothing is seen. */
  #depth = 0
  #unseenFrom = Number.POSITIVE_INFINITY

  get #isSeen(): boolean {
    return this.#depth < this.#unseenFrom
  }

  read(part: string, at: number): Block[] {
    if (this.#depth > MAX_DEPTH) {
      this.#close()
      this.#parser = this.#newParser()
      this.#from = at
      this.#depth = 0
      this.#unseenFrom = Number.POSITIVE_INFINITY
    }
    this.#parser.write(part)
    return this.#blocks.splice(0)
  }

  end(): Block[] {
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
      { decodeEntities: true, lowerCaseTags: true },
    )
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#depth++
    if (name === 'title' && this.#title === '' && this.#isSeen) this.#isTitle = true
    if (CELLS.has(name) || (name === 'br' && this.#level !== undefined)) this.#words.push(' ')
    else if (!INLINE.has(name)) this.#close()
    if (/^h[1-6]$/.test(name)) this.#level = Number(name[1])
    if (UNSEEN.has(name) || isHidden(attributes)) this.#unseenFrom = Math.min(this.#unseenFrom, this.#depth)
  }

  #text(part: string): void {
    if (this.#isTitle) this.#title = (this.#title + part).slice(0, MAX_TITLE)
    if (!this.#isSeen || this.#isTitle) return
    if (this.#start === undefined && part.trim() === '') return
    this.#start ??= this.#from + this.#parser.startIndex
    this.#end = this.#from + this.#parser.endIndex + 1
    this.#words.push(part)
  }

  #shut(name: string): void {
    if (name === 'title') this.#isTitle = false
    if (!INLINE.has(name) && !CELLS.has(name) && name !== 'br') this.#close()
    if (/^h[1-6]$/.test(name)) this.#level = undefined
    this.#depth = Math.max(0, this.#depth - 1)
    if (this.#isSeen) this.#unseenFrom = Number.POSITIVE_INFINITY
  }

  #close(): void {
    const content = this.#words.join('').replace(/\s+/g, ' ').trim().toWellFormed()
    this.#words = []
    if (content !== '' && this.#start !== undefined) {
      if (this.#level !== undefined) {
        this.#path.length = Math.min(this.#path.length, this.#level - 1)
        this.#path[this.#level - 1] = headingOf(content)
        this.#level = undefined
      }
      const headings = [headingOf(this.#title), ...this.#path].filter((one): one is string => !!one)
      this.#blocks.push({ headings, start: this.#start, end: this.#end, content })
    }
    this.#start = undefined
  }
}

const isHidden = ({ hidden, style }: Readonly<Record<string, string>>): boolean =>
  hidden !== undefined || (style !== undefined && HIDDEN_STYLE.test(style.slice(0, MAX_STYLE)))
