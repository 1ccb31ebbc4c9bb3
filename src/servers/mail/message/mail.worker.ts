/** What senders wrote is read in a process that can be ended. Bytes come in, and text goes out, or a file of a package. */
import type { DocumentPage, DocumentWanted } from '../../../documents/document-page.ts'
import { runJobs } from '../../../framework/workers/run-jobs.ts'
import { cleanText } from '../../../protocol/foreign-text.ts'
import type { Calendar } from './read-calendar.ts'
import type { ReadText, TextPart } from './read-text.ts'
import type { ReadPackage } from './tnef/read-package.ts'
import type { PackedFile } from './tnef/tnef.ts'

const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** By name, with what they take. */
const jobs = {
  /** A part of a message as Markdown, and what is to be said of it. */
  readText: async (bytes: Uint8Array, part: TextPart): Promise<ReadText> =>
    (await import('./read-text.ts')).readText(buffer(bytes), part),
  /** The text of a package of Outlook, and which files are in it. */
  readPackage: async (bytes: Uint8Array): Promise<ReadPackage> =>
    (await import('./tnef/read-package.ts')).readPackage(buffer(bytes)),
  /** A file of a package of Outlook; undefined where there is none of that name. */
  unpack: async (bytes: Uint8Array, named: string): Promise<PackedFile | undefined> =>
    (await import('./tnef/read-package.ts')).unpack(buffer(bytes), named),
  /** What is asked for of an attachment, as a document of any format. */
  readDocument: async (bytes: Uint8Array, name: string, wanted: DocumentWanted): Promise<DocumentPage> =>
    (await import('../../../documents/document-page.ts')).readDocumentPage(buffer(bytes), name, wanted),
  decode: async (bytes: Uint8Array, charset: string | undefined): Promise<string> =>
    cleanText(await (await import('./charset.ts')).decoded(buffer(bytes), charset)),
  readCalendar: async (bytes: Uint8Array, charset: string | undefined): Promise<Calendar> =>
    (await import('./read-calendar.ts')).readCalendar(buffer(bytes), charset),
}

export type MailJobs = typeof jobs

runJobs(jobs)
