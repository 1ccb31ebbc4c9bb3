/**
 * What is done apart from the calls, in a process that can be ended: reading formats that others made, and edits whose work
 * grows with two things at once. Nothing here reaches a file of the user; bytes and texts come in, and go out.
 */

import type { DocumentPage, DocumentWanted } from '../../../documents/document-page.ts'
import { runJobs } from '../../../framework/workers/run-jobs.ts'
import type { FileBytes, NotRead, ReadFile, ReadRecognised } from '../../../search/reading/read.ts'
import { paragraphsIn, withChanges } from '../docx/content.ts'
import type { Change, PageWanted, ParagraphPage } from '../docx/shapes.ts'
import { type Edited, edited } from '../text/edited.ts'
import type { Edit } from '../text/edits.ts'

/** By name, with what they take. `path` is for messages alone. Each throws a ToolError that says what is wrong. */
const jobs = {
  readDocx: (bytes: Uint8Array, path: string, wanted: PageWanted): ParagraphPage =>
    paragraphsIn(asBuffer(bytes), path, wanted),
  updateDocx: (bytes: Uint8Array, path: string, changes: readonly Change[]): Uint8Array =>
    withChanges(asBuffer(bytes), path, changes),
  edit: (before: string, path: string, edits: readonly Edit[]): Edited => edited(before, path, edits),
  /** What is asked for of a document of any format. */
  readDocument: async (bytes: Uint8Array, path: string, wanted: DocumentWanted): Promise<DocumentPage> =>
    (await import('../../../documents/document-page.ts')).readDocumentPage(asBuffer(bytes), path, wanted),
  /** What is searched of files, measured by the model in a folder. In their order; a file that is damaged costs no other. */
  readForSearch: async (
    files: readonly FileBytes[],
    model: string | undefined,
  ): Promise<(ReadFile | NotRead)[]> => (await import('./read-for-search.ts')).readForSearch(files, model),
  /** What is searched of a text that OCR read of a part of a file. */
  readRecognised: async (
    text: string,
    part: number,
    size: number,
    model: string | undefined,
  ): Promise<ReadRecognised> =>
    (await import('./read-for-search.ts')).readRecognisedText(text, part, size, model),
}

export type FileJobs = typeof jobs

/** Bytes that came to a worker may be no Buffer any more. */
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

runJobs(jobs)
