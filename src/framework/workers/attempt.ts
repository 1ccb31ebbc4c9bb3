/** One job in one worker, within its bounds. */
import type { RunningWorker, WorkerEnd } from './driver.ts'
import type { JobBounds } from './limits.ts'
import { type Answer, isAnswerTo, type Job } from './messages.ts'

/** The worker's end came before the job's. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost'
  readonly end: WorkerEnd
  constructor(end: WorkerEnd) {
    super('exceeded' in end ? `took ${end.exceeded}` : end.died, { cause: end.cause })
    this.end = end
  }
}

/** The job has had all its time. */
export class Late extends Error {
  override readonly name = 'Late'
}

/** How often a worker's memory is looked at, in milliseconds: what it can take meanwhile comes on top of its bound. */
const LOOK_MS = 25

/**
 * Resolves with the answer. Rejects with the signal's reason, with a WorkerLost or Late, or with what sending the job threw: the worker is
 * to be ended then.
 */
export function attempt(
  worker: RunningWorker,
  job: Job,
  moved: readonly Uint8Array[],
  { ms }: JobBounds,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer)
      clearInterval(looks)
      signal.removeEventListener('abort', onAbort)
      worker.listener = undefined
      act()
    }
    const lose = (end: WorkerEnd) => settle(() => reject(new WorkerLost(end)))
    const onAbort = () => settle(() => reject(signal.reason))
    const timer = setTimeout(() => settle(() => reject(new Late())), ms)
    const looks = setInterval(() => {
      worker.exceeded().then(
        (exceeded) => exceeded !== undefined && lose({ exceeded }),
        () => {}, // it has ended, which is reported elsewhere
      )
    }, LOOK_MS)
    worker.listener = {
      message: (message) => isAnswerTo(job.id, message) && settle(() => resolve(message)),
      ended: lose,
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      signal.throwIfAborted()
      worker.send(job, moved)
    } catch (error) {
      settle(() => reject(error))
    }
  })
}
