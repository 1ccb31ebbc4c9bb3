/** The bytes of a served file, in pieces: several are asked for before the first has come. */
import { attachedTo } from '../protocol/attached.ts'
import { type CallToolResult, META, METHOD } from '../protocol/mcp.ts'
import { textOf } from './catalogue.ts'
import { CliError } from './cli-error.ts'
import type { Context } from './command.ts'
import type { GatewayLink } from './link.ts'
import { patiently } from './output.ts'

/** How much is read at a time, in bytes: a multiple of three, so that base64 goes on where it stopped. */
const PIECE = 3 * 1024 * 1024
/** How many pieces are on their way at once: what the server, the gateway and this side each work on. */
const AT_ONCE = 3

interface Piece {
  bytes: Buffer
  /** Where the file goes on; undefined at its end. */
  nextOffset: number | undefined
  size: number
}

/** The pieces of a file, in their order. Throws a CliError for one that can't be read, as soon as that is known. */
export async function* readServed(path: string, context: Context): AsyncGenerator<Buffer> {
  const link = await context.gateway()
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const pieceAt = (offset: number) => readPiece(path, offset, link, signal)
  try {
    const patient = (piece: Promise<Piece>) => patiently(context, () => `reading ${path}`, piece)
    const first = await patient(pieceAt(0))
    yield first.bytes
    // By its size now; a file that grows meanwhile is read on to its end, one that shrinks ends where it says so.
    const ahead: Promise<Piece>[] = []
    let { nextOffset } = first
    let asked = PIECE
    while (nextOffset !== undefined) {
      while (ahead.length === 0 || (ahead.length < AT_ONCE && asked < first.size)) {
        const piece = pieceAt(asked)
        piece.catch(() => {})
        ahead.push(piece)
        asked += PIECE
      }
      const piece = await patient(ahead.shift() as Promise<Piece>)
      yield piece.bytes
      nextOffset = piece.nextOffset
    }
  } finally {
    stop.abort()
  }
}

async function readPiece(
  path: string,
  offset: number,
  link: GatewayLink,
  signal: AbortSignal,
): Promise<Piece> {
  const params = {
    name: 'fs_read_media_file',
    arguments: { path, offset, length: PIECE },
    _meta: { [META.attach]: true },
  }
  const result = (await link.request(METHOD.callTool, params, { signal })) as CallToolResult
  if (result.isError) throw new CliError('failed', textOf(result))
  const { content, nextOffset, size } = result.structuredContent as {
    content: { resource: { blob: string } }[]
    nextOffset?: number
    size?: number
  }
  return {
    bytes: attachedTo(result) ?? Buffer.from(content[0]?.resource.blob ?? '', 'base64'),
    nextOffset,
    size: size ?? 0,
  }
}
