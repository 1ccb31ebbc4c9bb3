/**
 * The paragraphs of a Word document's text (ECMA-376, part 1, section 17.3): read, and replaced in place. What is
 * not touched is written back as it was read.
 */
import { DOMParser, type Document, type Element, type Node, XMLSerializer } from '@xmldom/xmldom'
import { ToolError } from '../../../protocol/define.ts'

const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const XML = 'http://www.w3.org/XML/1998/namespace'

export interface Paragraph {
  /** Counted from 0 through the whole text, tables included. */
  index: number
  text: string
}

export interface Change {
  index: number
  new_text: string
}

export function readParagraphs(xml: string, path: string): Paragraph[] {
  return paragraphsOf(parse(xml, path)).map((paragraph, index) => ({ index, text: textOf(paragraph) }))
}

/**
 * The XML with other texts in some paragraphs. A paragraph keeps its properties and the format of its first run.
 * Throws a ToolError for an index that is not there, or is there twice.
 */
export function changeParagraphs(xml: string, changes: readonly Change[], path: string): string {
  const document = parse(xml, path)
  const paragraphs = paragraphsOf(document)
  const seen = new Set<number>()
  for (const { index } of changes) {
    if (index >= paragraphs.length)
      throw new ToolError(
        `${JSON.stringify(path)} has ${paragraphs.length} paragraphs, counted from 0; there is no paragraph ${index}. Nothing was written.`,
        { kind: 'invalid' },
      )
    if (seen.has(index))
      throw new ToolError(`Paragraph ${index} is changed twice; give one text for it. Nothing was written.`, {
        kind: 'invalid',
      })
    seen.add(index)
  }
  for (const { index, new_text } of changes) setText(document, paragraphs[index] as Element, new_text)
  return new XMLSerializer().serializeToString(document)
}

function parse(xml: string, path: string): Document {
  // Word writes none; with one a few bytes could stand for gigabytes.
  if (/<!DOCTYPE/i.test(xml)) throw broken(path, 'its text declares a document type')
  try {
    const parser = new DOMParser({
      onError(level, message) {
        if (level !== 'warning') throw new Error(message)
      },
    })
    return parser.parseFromString(xml, 'text/xml')
  } catch (cause) {
    throw broken(path, 'its text is not well-formed XML', cause)
  }
}

const broken = (path: string, why: string, cause?: unknown) =>
  new ToolError(`${JSON.stringify(path)} is a broken Word document: ${why}.`, { cause, kind: 'invalid' })

const paragraphsOf = (document: Document): Element[] => [...document.getElementsByTagNameNS(W, 'p')]

const isWord = (node: Node, name: string): node is Element =>
  node.nodeType === node.ELEMENT_NODE && node.namespaceURI === W && node.localName === name

function textOf(paragraph: Element): string {
  let text = ''
  const visit = (node: Node) => {
    if (isWord(node, 't')) text += node.textContent ?? ''
    else if (isWord(node, 'tab')) text += '\t'
    else if (isWord(node, 'br') || isWord(node, 'cr')) text += '\n'
    // A text box in a paragraph has paragraphs of its own; properties hold no text, but tab stops.
    else if (!isWord(node, 'p') && !isWord(node, 'pPr') && !isWord(node, 'rPr'))
      for (const child of [...node.childNodes]) visit(child)
  }
  for (const child of [...paragraph.childNodes]) visit(child)
  return text
}

function setText(document: Document, paragraph: Element, text: string): void {
  const format = [...paragraph.getElementsByTagNameNS(W, 'rPr')].find(
    (candidate) => candidate.parentNode && isWord(candidate.parentNode, 'r'),
  )
  const kept = format?.cloneNode(true)
  for (const child of [...paragraph.childNodes]) if (!isWord(child, 'pPr')) paragraph.removeChild(child)
  if (text === '') return
  const prefix = paragraph.prefix ? `${paragraph.prefix}:` : ''
  const make = (name: string) => document.createElementNS(W, `${prefix}${name}`)
  const run = make('r')
  if (kept) run.appendChild(kept)
  for (const piece of text.split(/(\t|\n)/)) {
    if (piece === '\t') run.appendChild(make('tab'))
    else if (piece === '\n') run.appendChild(make('br'))
    else if (piece !== '') {
      const element = make('t')
      element.setAttributeNS(XML, 'xml:space', 'preserve')
      element.appendChild(document.createTextNode(piece))
      run.appendChild(element)
    }
  }
  paragraph.appendChild(run)
}
