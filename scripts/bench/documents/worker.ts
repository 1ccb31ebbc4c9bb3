/** One job in a worker of its own, as fs runs it, with what it took. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Driver } from '../../../src/framework/workers/driver.ts'
import { WorkerPool } from '../../../src/framework/workers/pool.ts'
import { processes } from '../../../src/framework/workers/processes.ts'
import type { FileJobs } from '../../../src/servers/fs/work/files.worker.ts'
import { ROOT } from '../../servers.ts'
import { family, peakMb, processorMs } from '../processes.ts'

/** The program of fs that reads, as it is built, and one that does nothing. */
export const READER = pathToFileURL(join(ROOT, 'dist/fs.files.worker.mjs'))
export const BARE = new URL('./bare.mjs', import.meta.url)

export interface Taken<R> {
  result: R
  /** From the job to its answer, with the start of the worker. */
  ms: number
  /** What the worker took. */
  processorMs: number
  peakMb: number
}

export async function inWorker<N extends keyof FileJobs & string>(
  program: URL,
  name: N,
  args: Parameters<FileJobs[N]>,
): Promise<Taken<Awaited<ReturnType<FileJobs[N]>>>> {
  const taken = { processorMs: 0, peakMb: 0 }
  const watched: Driver = {
    ...processes,
    start(...of) {
      const worker = processes.start(...of)
      const end = worker.end.bind(worker)
      worker.end = () => {
        // The only process that runs beside this one, until its end.
        const [, pid] = family(process.pid)
        if (pid !== undefined) Object.assign(taken, { processorMs: processorMs(pid), peakMb: peakMb(pid) })
        return end()
      }
      return worker
    },
  }
  const pool = new WorkerPool<FileJobs>(program, { driver: watched })
  try {
    const started = performance.now()
    const owner = { caller: 'bench', signal: new AbortController().signal }
    const result = await pool.run(owner, name, args)
    const ms = performance.now() - started
    await pool.close()
    return { result, ms, ...taken }
  } finally {
    await pool.close()
  }
}
