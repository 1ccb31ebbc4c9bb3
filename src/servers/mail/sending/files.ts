/** Files of the user that an email takes along: the server of files reads them, with the rights of who calls. */
import { basename } from 'node:path/posix'
import { CallError, type GatewayCalls, ToolError } from '../../../protocol/define.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { isRecord, isWhole, textIn } from '../../../protocol/values.ts'
import { safeName } from '../attachment/safe-name.ts'
import { type Attachment, tooMuchAttached } from './compose.ts'

const READ = 'fs_read_media_file'
const BYTES = 'application/octet-stream'
/** How much is read at a time, in bytes: an answer has it twice, in base64. */
const PIECE_BYTES = 3 * 1024 * 1024

export type FilesCall = { gateway: Pick<GatewayCalls, 'callTool'> }

/** What a file begins with, or goes on with. */
interface Piece {
  bytes: Buffer
  type: string | undefined
  /** Of the whole file, in bytes. */
  size: number
}

/** In their order, of `maxBytes` together with what is `there` already; what would be more is not read to its end. Rejects with a ToolError. */
export async function filesAt(
  paths: readonly string[],
  maxBytes: number,
  there: number,
  call: FilesCall,
): Promise<Attachment[]> {
  const all: Attachment[] = []
  let left = maxBytes - there
  for (const path of paths) {
    const file = await fileAt(path, left, maxBytes, call)
    left -= file.bytes.length
    all.push(file)
  }
  return all
}

async function fileAt(path: string, left: number, maxBytes: number, call: FilesCall): Promise<Attachment> {
  const first = await pieceOf(path, 0, call)
  if (first.size > left) throw tooMuchAttached(maxBytes)
  const pieces = [first.bytes]
  let read = first.bytes.length
  while (read < first.size) {
    const { bytes, size } = await pieceOf(path, read, call)
    if (size !== first.size || bytes.length === 0) throw changing(path)
    read += bytes.length
    pieces.push(bytes)
  }
  if (read !== first.size) throw changing(path)
  const { type = BYTES } = first
  return {
    fileName: safeName(basename(path), ''),
    // A part of such a type is sent as lines, and a file as its bytes.
    type: /^(?:message|multipart)\//i.test(type) ? BYTES : type,
    bytes: Buffer.concat(pieces),
    path,
  }
}

async function pieceOf(path: string, offset: number, { gateway }: FilesCall): Promise<Piece> {
  const { structuredContent } = await gateway
    .callTool(READ, { path, offset, length: PIECE_BYTES })
    .catch(cantBeRead)
  const { content, size } = isRecord(structuredContent) ? structuredContent : {}
  const [block] = Array.isArray(content) ? content : []
  const resource = isRecord(block) && isRecord(block.resource) ? block.resource : {}
  const blob = textIn(resource.blob)
  if (blob === undefined || !isWhole(size, 0))
    throw new ToolError(`The server of files does not give ${JSON.stringify(path)}.`)
  return { bytes: Buffer.from(blob, 'base64'), type: mediaType(resource.mimeType), size }
}

const mediaType = (type: unknown): string | undefined =>
  typeof type === 'string' && /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(type) ? type : undefined

const changing = (path: string): ToolError =>
  new ToolError(`${JSON.stringify(path)} changes while it is read. Attach it once it is whole.`)

function cantBeRead(error: unknown): CallToolResult {
  if (error instanceof CallError)
    throw new ToolError(`Files can't be attached: ${error.message}`, { kind: error.kind, cause: error })
  throw error
}
