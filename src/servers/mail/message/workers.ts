/** The workers of this server. */
import { type PoolOptions, WorkerPool } from '../../../framework/workers/pool.ts'
import { processes } from '../../../framework/workers/processes.ts'
import { workerProgram } from '../../../framework/workers/program.ts'
import type { MailJobs } from './mail.worker.ts'

export type Workers = WorkerPool<MailJobs>

export const openWorkers = (limits: PoolOptions['limits'] = {}): Workers =>
  new WorkerPool(workerProgram('./mail.worker.ts', import.meta.url), {
    driver: processes,
    work: 'Reading this message',
    limits,
  })
