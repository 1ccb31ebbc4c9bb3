/** The URIs of files and of passages in them: `fs:///Documents/a%20b.md#L10-L20`. */
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

const FORM = /^fs:\/\/\/([^#?]*)(?:#L([1-9]\d{0,9})(?:-L?([1-9]\d{0,9}))?)?$/

/** `path` is from the top folder, and begins with "/". */
export function uriOf(path: string, lines?: Lines): string {
  const names = path.slice(1).split('/').map(encoded).join('/')
  return BEGINNING + names + (lines ? fragmentOf(lines) : '')
}

const fragmentOf = ({ startLine, endLine }: Lines): string =>
  startLine === endLine ? `#L${startLine}` : `#L${startLine}-L${endLine}`

/** Parentheses too: they would end a link in Markdown. */
const encoded = (name: string): string =>
  encodeURIComponent(name).replace(
    /[()']/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** What a URI is of; undefined where it has another form. */
export function readUri(uri: string): { path: string; lines: Lines | undefined } | undefined {
  const [, names, first, last] = FORM.exec(uri) ?? []
  if (names === undefined) return undefined
  try {
    const path = `/${decodeURIComponent(names)}`
    const startLine = wholeIn(first)
    const endLine = wholeIn(last) ?? startLine
    if (startLine === undefined || endLine === undefined) return { path, lines: undefined }
    return endLine < startLine ? undefined : { path, lines: { startLine, endLine } }
  } catch {
    return undefined
  }
}
