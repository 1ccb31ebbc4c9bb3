/** The URIs of files and of passages in them: `fs:///Documents/a%20b.md#L10-L20`, or `fs:///bill.pdf#page=7` as RFC 8118 has it. */
import type { PartKind } from '../../../documents/document.ts'
import { wholeIn } from '../../../protocol/values.ts'

/** Of a resource of this server, before its path. */
const BEGINNING = 'fs:///'
export const FILE_TEMPLATE = `${BEGINNING}{+path}`

export interface Lines {
  /** From 1 on. */
  readonly startLine: number
  /** The last of them. */
  readonly endLine: number
}

const FORM =
  /^fs:\/\/\/([^#?]*)(?:#L([1-9]\d{0,9})(?:-L?([1-9]\d{0,9}))?|#(page|sheet|slide|chapter)=([1-9]\d{0,6}))?$/

/** One of the pages, sheets, slides or chapters of a document. */
export interface PartNumber {
  readonly kind: PartKind
  readonly number: number
}

/** `path` is from the top folder, and begins with "/". */
export function uriOf(path: string, place?: Lines | PartNumber): string {
  const names = path.slice(1).split('/').map(encoded).join('/')
  return BEGINNING + names + (place ? fragmentOf(place) : '')
}

function fragmentOf(place: Lines | PartNumber): string {
  if ('kind' in place) return `#${place.kind}=${place.number}`
  const { startLine, endLine } = place
  return startLine === endLine ? `#L${startLine}` : `#L${startLine}-L${endLine}`
}

/** Parentheses too: they would end a link in Markdown. */
const encoded = (name: string): string =>
  encodeURIComponent(name).replace(
    /[()']/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** What a URI is of; undefined where it has another form. */
export function readUri(uri: string): { path: string; lines?: Lines; part?: PartNumber } | undefined {
  const [, names, first, last, kind, number] = FORM.exec(uri) ?? []
  if (names === undefined) return undefined
  try {
    const path = `/${decodeURIComponent(names)}`
    const part = wholeIn(number)
    if (part !== undefined) return { path, part: { kind: kind as PartKind, number: part } }
    const startLine = wholeIn(first)
    const endLine = wholeIn(last) ?? startLine
    if (startLine === undefined || endLine === undefined) return { path }
    return endLine < startLine ? undefined : { path, lines: { startLine, endLine } }
  } catch {
    return undefined
  }
}
