import type { ToolContext } from '../../protocol/define.ts'
import type { Files, OpenFile } from './files.ts'

/** Of a text or of base64, which stand in a reply as content and structured. */
export const TWICE = 2

/**
 * Opens a file once the server may hold an answer of the length that `needed` says for the file's size, in bytes. Nothing is
 * open meanwhile. Throws a ToolError where it can't be opened, or the reason of the call's signal.
 */
export async function openWithRoom(
  files: Files,
  path: string,
  call: Pick<ToolContext, 'room'>,
  needed: (size: number) => number,
): Promise<OpenFile> {
  const file = await files.open(path)
  const waiting = call.room(needed(file.size))
  if (!waiting) return file
  await Promise.all([waiting, file[Symbol.asyncDispose]()])
  return files.open(path)
}
