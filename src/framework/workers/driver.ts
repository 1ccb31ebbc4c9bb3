/** What a pool needs of whatever runs jobs: threads (threads.ts) or processes (processes.ts). */
import type { JobBounds } from './limits.ts'
import type { Job } from './messages.ts'

export interface Driver {
  /** Whether bytes can be moved to a worker, and are gone then. */
  readonly moves: boolean
  start(program: URL, bounds: JobBounds): RunningWorker
}

export interface RunningWorker {
  /** Called with what the worker sends, and once of its end. Set anew for each job. */
  listener: WorkerListener | undefined
  /** Throws for arguments that can't be sent. */
  send(job: Job, moved: readonly Uint8Array[]): void
  /** Which bound it has passed by now, as it goes on after "took"; undefined where none. */
  exceeded(): Promise<string | undefined>
  /** Ends it whatever it does. Resolves when it has ended. */
  end(): Promise<void>
  /** Whether it keeps this process from ending. */
  hold(holds: boolean): void
}

export interface WorkerListener {
  message(message: unknown): void
  /** It has ended by itself. */
  ended(end: WorkerEnd): void
}

/** Why a worker ended: a bound of memory that it reached, as it goes on after "took", or how it died. */
export type WorkerEnd =
  | { readonly exceeded: string; readonly cause?: unknown }
  | { readonly died: string; readonly cause?: unknown }

export const moreThan = (megabytes: number, what: string): string => `more than ${megabytes} MB of ${what}`
