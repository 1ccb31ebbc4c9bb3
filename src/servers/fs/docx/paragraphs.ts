/**
 * The paragraphs of a Word document's text (ECMA-376, part 1, section 17.3): found while reading through the XML, and
 * replaced in its text. What is not replaced stays as it is, byte for byte.
 */
import sax from 'sax'
import { ToolError } from '../../../protocol/define.ts'
import { MAX_DOCX_DEPTH, MAX_DOCX_PARAGRAPHS } from '../limits.ts'

const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
/** How much XML is read before other work has its turn, in characters. */
const CHUNK = 256 * 1024

// A picture may stand in an attribute; the text as a whole is bounded.
Object.assign(sax, { MAX_BUFFER_LENGTH: Number.POSITIVE_INFINITY })

export interface Paragraph {
  /** Counted from 0 through the whole text, tables included. */
  index: number
  text: string
}

export interface Change {
  index: number
  new_text: string
}

/** Throws a ToolError for XML that is broken, or more than can be handled. */
export async function readParagraphs(xml: string, path: string): Promise<Paragraph[]> {
  return (await find(xml, path)).map(({ text }, index) => ({ index, text }))
}

/**
 * The XML with other texts in some paragraphs. A paragraph keeps its properties, its pictures and all else that is no
 * text, and the format of its first text. Throws a ToolError for an index that is not there, or is there twice.
 */
export async function changeParagraphs(
  xml: string,
  changes: readonly Change[],
  path: string,
): Promise<string> {
  const paragraphs = await find(xml, path)
  const seen = new Set<number>()
  const splices: Splice[] = []
  for (const { index, new_text } of changes) {
    const paragraph = paragraphs[index]
    if (!paragraph)
      throw new ToolError(
        `${JSON.stringify(path)} has ${paragraphs.length} paragraphs, counted from 0; there is no paragraph ${index}. Nothing was written.`,
        { kind: 'invalid' },
      )
    if (seen.has(index))
      throw new ToolError(`Paragraph ${index} is changed twice; give one text for it. Nothing was written.`, {
        kind: 'invalid',
      })
    seen.add(index)
    for (const splice of withText(xml, paragraph, new_text)) splices.push(splice)
  }
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

interface Found {
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
}

async function find(xml: string, path: string): Promise<Found[]> {
  const found: Found[] = []
  const open: Open[] = []
  const parser = sax.parser(true, { xmlns: true })
  const stop = (why: string): never => {
    throw broken(path, why)
  }
  parser.onerror = (cause) => {
    throw broken(path, 'its text is not well-formed XML', cause)
  }
  // Word writes none; with one a few bytes could stand for gigabytes.
  parser.ondoctype = () => stop('its text declares a document type')
  parser.onopentag = (tag) => {
    if (!('uri' in tag)) return
    if (open.length === MAX_DOCX_DEPTH) stop(`its text nests deeper than ${MAX_DOCX_DEPTH} elements`)
    const start = parser.startTagPosition - 1
    const name = tag.uri === W ? tag.local : undefined
    let paragraph = open.at(-1)?.paragraph
    if (name === 'p') {
      const prefix = tag.prefix === '' ? '' : `${tag.prefix}:`
      const opening = { start, end: parser.position }
      paragraph = {
        ...{ prefix, selfClosing: tag.isSelfClosing, opening },
        ...{ closing: opening.end, text: '', pieces: [], format: undefined },
      }
      if (found.push(paragraph) > MAX_DOCX_PARAGRAPHS)
        stop(`it has more than ${MAX_DOCX_PARAGRAPHS} paragraphs`)
    } else if (name === 'pPr' || (name === 'rPr' && open.at(-1)?.name !== 'r')) paragraph = undefined
    // The break of a page or a column is no text.
    const lineBreak = name === 'cr' || (name === 'br' && isLineBreak(tag))
    if (paragraph && name === 'tab') paragraph.text += '\t'
    if (paragraph && lineBreak) paragraph.text += '\n'
    open.push({ name: name === 'br' && !lineBreak ? undefined : name, start, paragraph })
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
    await new Promise(setImmediate)
  }
  parser.close()
  return found
}

const TEXT: ReadonlySet<string> = new Set(['t', 'tab', 'br', 'cr'])

function isLineBreak({ attributes }: sax.QualifiedTag): boolean {
  const type = Object.values(attributes).find(({ uri, local }) => uri === W && local === 'type')
  return type === undefined || type.value === 'textWrapping'
}

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
