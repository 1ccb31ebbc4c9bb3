/** Documents of any format among the files. What is in them is read in a worker: others made them. */
import type { DocumentPage, DocumentWanted } from '../../documents/document-page.ts'
import { whyNotRead } from '../../documents/formats.ts'
import { type ToolContext, ToolError } from '../../protocol/define.ts'
import type { FsDeps } from './deps.ts'
import { MAX_DOCUMENT_BYTES, MAX_TRIED_BYTES } from './limits.ts'
import { openWithRoom, TWICE } from './opening.ts'

type Call = Pick<ToolContext, 'room' | 'signal' | 'caller'>

export interface DocumentRead extends DocumentPage {
  /** Whether some of it was read from pictures by OCR. */
  isRecognised: boolean
  /** Why pictures in it were not read, as a sentence. */
  unread?: string
}

/** As much of it as is wanted. Throws a ToolError for what can't be read. */
export async function readDocumentOf(
  { files, search }: Pick<FsDeps, 'files' | 'search'>,
  path: string,
  wanted: DocumentWanted,
  call: Call,
): Promise<DocumentRead> {
  const bytes = await bytesOf({ files }, path, wanted.limit, call)
  const page = await files.workers.run(call, 'readDocument', [bytes, path, wanted])
  if (page.scans.length === 0) return { ...page, isRecognised: false }
  const { texts, why } = await search.recognised(bytes, page.scans, call)
  const unread = why === undefined ? {} : { unread: why }
  if (texts.size === 0) return { ...page, isRecognised: false, ...unread }
  const recognised = [...texts]
  const read = await files.workers.run(call, 'readDocument', [bytes, path, { ...wanted, recognised }])
  return { ...read, isRecognised: recognised.some(([, text]) => text !== ''), ...unread }
}

/** The file is closed before its reading waits for its turn. */
async function bytesOf(
  { files }: Pick<FsDeps, 'files'>,
  path: string,
  limit: number,
  call: Pick<ToolContext, 'room'>,
): Promise<Buffer> {
  await using file = await openWithRoom(files, path, call, (size) => size + TWICE * limit)
  const why = file.size > MAX_TRIED_BYTES ? whyNotRead(path) : undefined
  if (why !== undefined)
    throw new ToolError(`${JSON.stringify(path)} can't be read: ${why}`, { kind: 'invalid' })
  if (file.size > MAX_DOCUMENT_BYTES)
    throw new ToolError(
      (tool) =>
        `${JSON.stringify(path)} has ${file.size} bytes; documents are read up to ${MAX_DOCUMENT_BYTES}. If it is a text, ${tool('read_text_file')} reads a part of it.`,
      { kind: 'invalid' },
    )
  return await file.read(0, MAX_DOCUMENT_BYTES)
}
