/** What senders wrote is read in a process that can be ended. Bytes come in, and text goes out. */
import { runJobs } from '../../../framework/workers/run-jobs.ts'

/** By name, with what they take. */
const jobs = {
  /** A part of a message as Markdown. `charset` is what the message says, which may be wrong. */
  readText: async (bytes: Uint8Array, type: string, charset: string | undefined): Promise<string> =>
    (await import('./read-text.ts')).readText(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      type,
      charset,
    ),
}

export type MailJobs = typeof jobs

runJobs(jobs)
