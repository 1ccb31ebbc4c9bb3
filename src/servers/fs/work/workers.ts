/** The workers of this server. */
import { type PoolOptions, WorkerPool } from '../../../framework/workers/pool.ts'
import { processes } from '../../../framework/workers/processes.ts'
import { workerProgram } from '../../../framework/workers/program.ts'
import type { FileJobs } from './files.worker.ts'

export type Workers = WorkerPool<FileJobs>

/** Processes: a text of short lines, or a document, can have V8 end the process that holds it. */
export const openWorkers = (limits: PoolOptions['limits'] = {}): Workers =>
  new WorkerPool(workerProgram('./files.worker.ts', import.meta.url), {
    driver: processes,
    work: 'The work on this file',
    limits,
  })
