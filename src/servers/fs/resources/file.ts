import { isUtf8 } from 'node:buffer'
import { type ResourceDefinition, type ToolContext, ToolError } from '../../../protocol/define.ts'
import { quoted } from '../confined/explain.ts'
import type { FsDeps } from '../deps.ts'
import { readDocumentOf } from '../documents.ts'
import type { Files, OpenFile } from '../files.ts'
import { count } from '../found/answer.ts'
import { FILE_TEMPLATE, type Lines, type PartNumber, readUri } from '../found/uri.ts'
import { MAX_DOCUMENT_CHARS, MAX_MEDIA_BYTES, MAX_TEXT_BYTES } from '../limits.ts'
import { mimeTypeOf, SNIFFED_BYTES } from '../media/mime.ts'
import { openWithRoom } from '../opening.ts'
import type { FileSearch } from '../search/file-search.ts'
import { tooLongEscaped } from '../text/decode.ts'
import { lineBytes } from '../text/lines.ts'

const BASE64 = 4 / 3

/** Any file that is served, and lines of one: what hits of a search lead to. */
export const file: ResourceDefinition<FsDeps> = {
  uri: FILE_TEMPLATE,
  name: 'file',
  title: 'File',
  description:
    'A file by its path, such as fs:///notes.md; some of its lines with #L10-L20 at the end, or a part of a document with #page=7, #sheet=2, #slide=3 or #chapter=4.',
  capability: 'fs.read',
  untrusted: 'file',
  async read(uri, _, call, { files, search }) {
    const asked = readUri(uri)
    if (!asked)
      throw new ToolError(
        'A URI of a file is like fs:///notes.md, of some lines like fs:///notes.md#L10-L20, and of a page like fs:///lease.pdf#page=7.',
        {
          kind: 'invalid',
        },
      )
    const path = files.spelled(asked.path)
    if (asked.part)
      return [
        { uri, mimeType: 'text/markdown', text: await partOf({ files, search }, path, asked.part, call) },
      ]
    await using opened = await found(files, path, call)
    const start = await opened.read(0, SNIFFED_BYTES)
    const mimeType = mimeTypeOf(path, start)
    if (asked.lines) {
      const text = await passage(opened, path, asked.lines, search)
      return [{ uri, mimeType: isCoded(path) ? 'text/plain' : mimeType, text }]
    }
    const bytes = await opened.read(0, MAX_TEXT_BYTES + 1)
    const text = bytes.length <= MAX_TEXT_BYTES && isUtf8(bytes) ? bytes.toString() : undefined
    if (text !== undefined && !tooLongEscaped(text)) return [{ uri, mimeType, text }]
    if (opened.size > MAX_MEDIA_BYTES || text !== undefined) throw tooLong(path)
    return [{ uri, mimeType, blob: (await opened.read(0, MAX_MEDIA_BYTES)).toString('base64') }]
  },
}

/** Opens it; where it is gone, that is said for who had the URI from a search. */
async function found(
  files: Files,
  path: string,
  call: Parameters<typeof openWithRoom>[2],
): Promise<OpenFile> {
  try {
    return await openWithRoom(files, path, call, (size) => BASE64 * Math.min(size, MAX_MEDIA_BYTES))
  } catch (error) {
    if (!(error instanceof ToolError) || error.kind !== 'not_found') throw error
    throw new ToolError(
      (tool, may) =>
        `${error.messageFor(tool, may)} It may have been moved or deleted since it was found: ${tool('search_documents')} finds where it is now.`,
      { cause: error, kind: error.kind, untrusted: error.untrusted },
    )
  }
}

/** A page, sheet, slide or chapter of a document; of a longer one than fits, its beginning. */
async function partOf(
  deps: FsDeps,
  path: string,
  { kind, number }: PartNumber,
  call: Parameters<typeof readDocumentOf>[3] & Pick<ToolContext, 'nameOf'>,
): Promise<string> {
  const wanted = {
    as: 'markdown',
    offset: 0,
    limit: MAX_DOCUMENT_CHARS,
    parts: { first: number, last: number, kind },
  } as const
  const { content = '', next } = await readDocumentOf(deps, path, wanted, call)
  return next === undefined
    ? content
    : `${content}\n\n(This ${kind} goes on: ${call.nameOf('read_document')} reads it from offset ${next} on.)`
}

/** Files whose lines are code, of which people see something else. */
const isCoded = (path: string): boolean => /\.(?:eml|x?html?)$/i.test(path)

async function passage(
  opened: OpenFile,
  path: string,
  { startLine, endLine }: Lines,
  search: FileSearch,
): Promise<string> {
  const { bytes, lines } = await lineBytes(opened, startLine, endLine)
  if (bytes === undefined) throw tooLong(path)
  if (lines < startLine)
    throw new ToolError(
      (tool) =>
        `${quoted(path)} has ${count(lines, 'line')}, so there is no line ${startLine}. It may have been changed since it was found: ${tool('search_documents')} finds the place anew.`,
      { kind: 'not_found' },
    )
  const isText = isUtf8(bytes)
  if (isText && !isCoded(path)) return bytes.toString()
  const known = await search.textOf(path, startLine, endLine)
  if (known !== undefined) return known
  if (isText) return bytes.toString()
  throw new ToolError(
    (tool) =>
      `These lines of ${quoted(path)} are not UTF-8 text. ${tool('read_document')} reads what is in a document, ${tool('read_media_file')} gives the bytes of any file.`,
    { kind: 'invalid' },
  )
}

const tooLong = (path: string): ToolError =>
  new ToolError(
    (tool) =>
      `${quoted(path)} is too long to be read at once. Ask for some of its lines, with #L1-L100 at the end, or read a part of it with ${tool('read_text_file')}, or of a document with ${tool('read_document')}.`,
    { kind: 'invalid' },
  )
