/**
 * What is done apart from the calls, in a thread that can be ended: reading formats that others made, and edits whose work
 * grows with two things at once. Nothing here reaches a file; bytes and texts come in, and go out.
 */
import type { Change, PageWanted, ParagraphPage } from '../docx/shapes.ts'
import type { Edited } from '../text/edited.ts'
import type { Edit } from '../text/edits.ts'

/** By name, with what they take. `path` is for messages alone. Each throws a ToolError that says what is wrong. */
export const jobs = {
  async readDocx(bytes: Uint8Array, path: string, wanted: PageWanted): Promise<ParagraphPage> {
    const { paragraphsIn } = await import('../docx/content.ts')
    return paragraphsIn(asBuffer(bytes), path, wanted)
  },
  async updateDocx(bytes: Uint8Array, path: string, changes: readonly Change[]): Promise<Uint8Array> {
    const { withChanges } = await import('../docx/content.ts')
    return withChanges(asBuffer(bytes), path, changes)
  },
  async edit(before: string, path: string, edits: readonly Edit[]): Promise<Edited> {
    const { edited } = await import('../text/edited.ts')
    return edited(before, path, edits)
  },
}

export type Jobs = typeof jobs
export type JobName = keyof Jobs

/** Bytes that came from another thread are no Buffer any more. */
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
