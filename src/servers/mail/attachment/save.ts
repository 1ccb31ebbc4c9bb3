/** An attachment becomes a file of the user's: the server of files saves it, with the rights of who calls. */

import { CallError, type GatewayCalls, type ToolContext, ToolError } from '../../../protocol/define.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { isRecord, textIn } from '../../../protocol/values.ts'
import { errorWith } from '../tools/fence.ts'

const SAVE = 'fs_save_file'

export interface Saved {
  path: string
  /** In bytes. */
  size: number
}

type Call = Pick<ToolContext, 'progress'> & { gateway: Pick<GatewayCalls, 'callTool'> }

/** Saves what comes in pieces, of about `size` bytes. Nothing is there before all of it is. */
export async function saveThroughFs(
  path: string,
  pieces: AsyncIterable<Buffer>,
  size: number,
  call: Call,
): Promise<Saved> {
  let bytes = 0
  let upload: string | undefined
  let held: Buffer | undefined
  const save = async (piece: Buffer, more: boolean) => {
    const args = {
      path,
      content: piece.toString('base64'),
      ...(more && { more }),
      ...(upload !== undefined && { upload }),
    }
    const { structuredContent } = await call.gateway.callTool(SAVE, args).catch(cantBeSaved)
    bytes += piece.length
    call.progress(bytes, Math.max(size, bytes))
    return isRecord(structuredContent) ? structuredContent : {}
  }
  for await (const piece of pieces) {
    // One that comes last may be empty.
    if (piece.length === 0) continue
    if (held) upload = textIn((await save(held, true)).upload)
    held = piece
  }
  const saved = textIn((await save(held ?? Buffer.alloc(0), false)).path)
  if (saved === undefined) throw new ToolError('The server of files does not say where it saved this.')
  return { path: saved, size: bytes }
}

function cantBeSaved(error: unknown): CallToolResult {
  if (error instanceof CallError)
    throw new ToolError(`The attachment can't be saved: ${error.message}`, { kind: error.kind, cause: error })
  // The name in it is the sender's.
  if (error instanceof ToolError)
    throw errorWith("The attachment can't be saved. The server of files says:", error.message, {
      kind: error.kind,
      cause: error,
    })
  throw error
}
