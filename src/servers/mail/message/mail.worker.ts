/** What senders wrote is read in a process that can be ended. Bytes come in, and text goes out. */
import { runJobs } from '../../../framework/workers/run-jobs.ts'
import type { ReadText, TextPart } from './read-text.ts'

const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** By name, with what they take. */
const jobs = {
  /** A part of a message as Markdown, and what is to be said of it. */
  readText: async (bytes: Uint8Array, part: TextPart): Promise<ReadText> =>
    (await import('./read-text.ts')).readText(buffer(bytes), part),
}

export type MailJobs = typeof jobs

runJobs(jobs)
