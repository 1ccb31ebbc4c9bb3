/** Files of the user that a question is about, as text. */
import { randomBytes } from 'node:crypto'
import type { ToolContext } from '../../../protocol/define.ts'
import { isRecord, textIn } from '../../../protocol/values.ts'
import { ATTACHED_CHARS } from '../limits.ts'
import type { AttachedFile } from '../store/shapes.ts'

/** The tool that reads them, as clients know it. */
export const READER = 'fs_read_document'
/** The least that can be read of one. */
const LEAST_CHARS = 100

/** Rejects with a ToolError where one can't be read. */
export async function attach(
  paths: readonly string[],
  { gateway, signal }: Pick<ToolContext, 'gateway' | 'signal'>,
): Promise<AttachedFile[]> {
  const limit = Math.max(LEAST_CHARS, Math.floor(ATTACHED_CHARS / Math.max(1, paths.length)))
  const files: AttachedFile[] = []
  for (const path of paths) {
    const { structuredContent } = await gateway.callTool(READER, { path, as: 'text', limit }, { signal })
    const read = isRecord(structuredContent) ? structuredContent : {}
    files.push({
      path,
      text: textIn(read.content) ?? '',
      mark: randomBytes(6).toString('hex'),
      ...(read.nextOffset !== undefined && { isCut: true }),
    })
  }
  return files
}
