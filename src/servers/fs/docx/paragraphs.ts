/**
 * The paragraphs of one part of a Word document, such as its main text (ECMA-376, part 1, section 17.3): found while reading through the XML, and
 * replaced in its text. What is not replaced stays as it is, byte for byte.
 */
import sax from 'sax'
import { ToolError } from '../../../protocol/define.ts'
import { MAX_DOCX_ATTRIBUTES, MAX_DOCX_DEPTH, MAX_DOCX_PARAGRAPHS } from '../limits.ts'

const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
/** How much XML is read until attributes are counted, in characters: the parser compares each with all before it. */
const CHUNK = 16 * 1024

// A picture may stand in an attribute; the text as a whole is bounded.
Object.assign(sax, { MAX_BUFFER_LENGTH: Number.POSITIVE_INFINITY })

/**
 * The XML with other texts in some of its paragraphs. A paragraph keeps its properties, its pictures and all else that is
 * no text, and the format of its first text.
 */
export function replaceTexts(xml: string, changes: ReadonlyMap<Found, string>): string {
  const splices: Splice[] = []
  for (const [paragraph, text] of changes)
    for (const splice of withText(xml, paragraph, text)) splices.push(splice)
  return spliced(xml, splices)
}

/** A stretch of the XML, from the character at `start` to the one before `end`. */
interface Span {
  readonly start: number
  readonly end: number
}

interface Splice extends Span {
  readonly by: string
}

/** An element that is text: words, a tab or the end of a line. */
interface Piece extends Span {
  /** What its name begins with, such as `w:`. */
  readonly prefix: string
  /** Whether it is in the paragraph itself, and not in a link or the like. */
  readonly direct: boolean
}

/** A paragraph. */
export interface Found {
  readonly prefix: string
  readonly selfClosing: boolean
  /** The opening tag. */
  readonly opening: Span
  /** Where the closing tag begins. */
  closing: number
  text: string
  readonly pieces: Piece[]
  /** The properties of its first run. */
  format: Span | undefined
}

/** An element that is open. */
interface Open {
  /** Its name if it is one of WordprocessingML. */
  readonly name: string | undefined
  readonly start: number
  /** The paragraph that text in it belongs to. */
  readonly paragraph: Found | undefined
  readonly isSeparator: boolean
}

/**
 * The paragraphs in the order of their beginnings, without those that are lines between a page and its notes. `what` is
 * named where it is wrong, as in "its text". Throws a ToolError for XML that is broken, or more than can be handled.
 */
export function findParagraphs(xml: string, what: string, path: string): Found[] {
  const found: Found[] = []
  const open: Open[] = []
  const parser = sax.parser(true, { xmlns: true })
  const stop = (why: string): never => {
    throw broken(path, why)
  }
  parser.onerror = (cause) => {
    throw broken(path, `${what} is not well-formed XML`, cause)
  }
  // Word writes none; with one a few bytes could stand for gigabytes.
  parser.ondoctype = () => stop(`${what} declares a document type`)
  parser.onopentag = (tag) => {
    if (!('uri' in tag)) return
    if (open.length === MAX_DOCX_DEPTH) stop(`${what} nests deeper than ${MAX_DOCX_DEPTH} elements`)
    const start = parser.startTagPosition - 1
    const name = tag.uri === W ? tag.local : undefined
    let paragraph = open.at(-1)?.paragraph
    if (name === 'p') {
      const prefix = tag.prefix === '' ? '' : `${tag.prefix}:`
      const opening = { start, end: parser.position }
      paragraph = {
        prefix,
        selfClosing: tag.isSelfClosing,
        opening,
        closing: opening.end,
        text: '',
        pieces: [],
        format: undefined,
      }
      if (open.some(({ isSeparator }) => isSeparator)) paragraph = undefined
      else if (found.push(paragraph) > MAX_DOCX_PARAGRAPHS)
        stop(`it has more than ${MAX_DOCX_PARAGRAPHS} paragraphs`)
    } else if (name === 'pPr' || (name === 'rPr' && open.at(-1)?.name !== 'r')) paragraph = undefined
    // The break of a page or a column is no text.
    const lineBreak = name === 'cr' || (name === 'br' && isLineBreak(tag))
    if (paragraph && name === 'tab') paragraph.text += '\t'
    if (paragraph && lineBreak) paragraph.text += '\n'
    const isSeparator = (name === 'footnote' || name === 'endnote') && isSeparatorNote(tag)
    open.push({ name: name === 'br' && !lineBreak ? undefined : name, start, paragraph, isSeparator })
  }
  const onText = (text: string) => {
    const element = open.at(-1)
    if (element?.name === 't' && element.paragraph) element.paragraph.text += text
  }
  parser.ontext = onText
  parser.oncdata = onText
  parser.onclosetag = (tagName) => {
    const element = open.pop()
    const { name, paragraph, start = 0 } = element ?? {}
    if (!name || !paragraph) return
    const end = parser.position
    if (name === 'p') {
      if (!paragraph.selfClosing) paragraph.closing = parser.startTagPosition - 1
    } else if (name === 'rPr') paragraph.format ??= { start, end }
    else if (TEXT.has(name)) {
      const direct = open.at(-2)?.name === 'p'
      paragraph.pieces.push({ start, end, prefix: tagName.slice(0, -name.length), direct })
    }
  }
  for (let at = 0; at < xml.length; at += CHUNK) {
    parser.write(xml.slice(at, at + CHUNK))
    if (attributesOf(parser) > MAX_DOCX_ATTRIBUTES)
      stop(`${what} has an element with more than ${MAX_DOCX_ATTRIBUTES} attributes`)
  }
  parser.close()
  return found
}

/** How many attributes the element that is being read has so far; the types lack where the parser keeps them. */
const attributesOf = (parser: sax.SAXParser): number =>
  (parser as unknown as { attribList: unknown[] }).attribList.length

const TEXT: ReadonlySet<string> = new Set(['t', 'tab', 'br', 'cr'])

const typeOf = ({ attributes }: sax.QualifiedTag): string | undefined =>
  Object.values(attributes).find(({ uri, local }) => uri === W && local === 'type')?.value

const isLineBreak = (tag: sax.QualifiedTag): boolean => (typeOf(tag) ?? 'textWrapping') === 'textWrapping'

/** A note that is none: the line above notes, or what is said where they go on (section 17.18.33). */
const isSeparatorNote = (tag: sax.QualifiedTag): boolean => (typeOf(tag) ?? 'normal') !== 'normal'

const broken = (path: string, why: string, cause?: unknown) =>
  new ToolError(`${JSON.stringify(path)} is a broken Word document: ${why}.`, { cause, kind: 'invalid' })

/** The new text stands where its first old text stood, in its format; the other old texts go. */
function* withText(xml: string, paragraph: Found, text: string): Generator<Splice> {
  const { pieces, prefix, format, opening, closing, selfClosing } = paragraph
  const place = pieces.find(({ direct }) => direct) ?? pieces[0]
  for (const piece of pieces)
    yield { start: piece.start, end: piece.end, by: piece === place ? textXml(text, piece.prefix) : '' }
  if (place || text === '') return
  const kept = format ? xml.slice(format.start, format.end) : ''
  const run = `<${prefix}r>${kept}${textXml(text, prefix)}</${prefix}r>`
  if (!selfClosing) return yield { start: closing, end: closing, by: run }
  const tag = xml.slice(opening.start, opening.end).replace(/\s*\/>$/, '>')
  yield { start: opening.start, end: opening.end, by: `${tag}${run}</${prefix}p>` }
}

function textXml(text: string, prefix: string): string {
  let xml = ''
  for (const piece of text.split(/(\t|\r\n|\r|\n)/)) {
    if (piece === '') continue
    if (piece === '\t') xml += `<${prefix}tab/>`
    else if (/^[\r\n]/.test(piece)) xml += `<${prefix}br/>`
    else xml += `<${prefix}t xml:space="preserve">${escaped(piece)}</${prefix}t>`
  }
  return xml
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function spliced(xml: string, splices: Splice[]): string {
  let result = ''
  let at = 0
  for (const { start, end, by } of splices.sort((a, b) => a.start - b.start)) {
    result += xml.slice(at, start) + by
    at = end
  }
  return result + xml.slice(at)
}
