/**
 * Workers for what hostile input could make long or large, such as reading the formats of others. A job has a time and a memory
 * of its own, ends with the call that it is for, and never keeps the calls of others waiting (queue.ts). Whatever becomes of it
 * costs no other job.
 */
import { ToolError } from '../../protocol/define.ts'
import { isRecord } from '../../protocol/values.ts'
import { attempt, Late, WorkerLost } from './attempt.ts'
import type { Driver, RunningWorker } from './driver.ts'
import { type JobBounds, MEGABYTE, POOL_LIMITS, type PoolLimits } from './limits.ts'
import type { Answer, Jobs, Outcome } from './messages.ts'
import { Queue, type Turn } from './queue.ts'

export interface PoolOptions {
  /** Threads or processes. */
  readonly driver: Driver
  /** What the work is, as errors begin. */
  readonly work?: string
  readonly limits?: Partial<PoolLimits>
}

/** Whom a job is for; a handler's call fits. */
export interface JobOwner {
  readonly signal: AbortSignal
  readonly caller: string | undefined
}

interface Request {
  readonly owner: JobOwner
  readonly name: string
  readonly args: readonly unknown[]
  readonly moved: readonly Uint8Array[]
}

/** What an idle worker may hold; one that holds more is ended, so that the next job has all that it may take. */
const KEPT_BYTES = 64 * MEGABYTE

export class WorkerPool<J extends Jobs> {
  readonly #program: URL
  readonly #driver: Driver
  readonly #work: string
  readonly #limits: PoolLimits
  readonly #queue: Queue
  readonly #busy = new Set<RunningWorker>()
  readonly #idle = new Map<RunningWorker, NodeJS.Timeout>()
  #lastId = 0
  #closed = false

  /** `program` is one of `workerProgram`, whose jobs are J. Nothing is started before the first job. */
  constructor(program: URL, { driver, work = 'The work', limits = {} }: PoolOptions) {
    this.#program = program
    this.#driver = driver
    this.#work = work
    this.#limits = { ...POOL_LIMITS, ...limits }
    this.#queue = new Queue(this.#limits)
  }

  /**
   * The result of a job. `moved` are bytes among its arguments that the caller needs no more; they are not copied where that is
   * possible. Throws the job's ToolError; a ToolError that names the bound which it reached, or says that its worker died; the
   * signal's reason; and an Error that says what else the job threw.
   */
  async run<N extends keyof J & string>(
    owner: JobOwner,
    name: N,
    args: Parameters<J[N]>,
    moved: readonly Uint8Array[] = [],
  ): Promise<Awaited<ReturnType<J[N]>>> {
    const request = { owner, name, args, moved }
    const bytes = lengthOf(args)
    const looksSmall = bytes <= this.#limits.brief.bytes
    const answer =
      (await this.#inTurn(request, bytes, looksSmall)) ?? (await this.#inTurn(request, bytes, false))
    if (answer === undefined) throw new Error('A job that had a worker of its own was not done.')
    return resultOf(answer, name) as Awaited<ReturnType<J[N]>>
  }

  /** Ends all workers with what they do. What waits or comes is refused. */
  async close(): Promise<void> {
    this.#closed = true
    this.#queue.close(closed())
    for (const timer of this.#idle.values()) clearTimeout(timer)
    const workers = [...this.#idle.keys(), ...this.#busy]
    this.#idle.clear()
    for (const worker of workers) worker.listener?.ended({ died: 'was ended with its server' })
    await Promise.all(workers.map((worker) => worker.end()))
  }

  /** Undefined where it was tried beside the others, and was not small after all. */
  async #inTurn(request: Request, bytes: number, looksSmall: boolean): Promise<Answer | undefined> {
    if (this.#closed) throw closed()
    const { signal, caller } = request.owner
    const turn = await this.#queue.turn({ signal, caller, bytes, looksSmall })
    const lost: Promise<void>[] = []
    try {
      return await this.#answer(request, turn, lost)
    } catch (error) {
      if (this.#closed) throw closed()
      if (!(error instanceof WorkerLost || error instanceof Late)) throw error
      if (turn.isBrief) return undefined
      throw this.#told(error)
    } finally {
      // Its caller need not wait for what can't be ended at once; the next job does, so that there are never more workers.
      void Promise.all(lost).then(() => this.#queue.release(turn))
    }
  }

  async #answer(request: Request, turn: Turn, lost: Promise<void>[]): Promise<Answer> {
    const kept = turn.isBrief ? undefined : this.#takeIdle()
    if (!kept) return this.#attempt(this.#start(turn), request, turn, lost)
    try {
      return await this.#attempt(kept, request, turn, lost)
    } catch (error) {
      // It may be for what an earlier job left behind.
      if (!(error instanceof WorkerLost) || this.#closed || isMoved(request, this.#driver)) throw error
      await Promise.all(lost)
      return this.#attempt(this.#start(turn), request, turn, lost)
    }
  }

  async #attempt(
    worker: RunningWorker,
    { owner: { signal }, name, args, moved }: Request,
    turn: Turn,
    lost: Promise<void>[],
  ): Promise<Answer> {
    this.#busy.add(worker)
    try {
      const job = { id: ++this.#lastId, name, args }
      // What is tried may have to be tried again.
      const given = turn.isBrief ? [] : moved
      const answer = await attempt(worker, job, given, this.#boundsOf(turn), signal)
      if (turn.isBrief || this.#closed || answer.heldBytes > KEPT_BYTES) lost.push(worker.end())
      else this.#keep(worker)
      return answer
    } catch (error) {
      lost.push(worker.end())
      throw error
    } finally {
      this.#busy.delete(worker)
    }
  }

  #start(turn: Turn): RunningWorker {
    return this.#driver.start(this.#program, this.#boundsOf(turn))
  }

  #boundsOf({ isBrief }: Turn): JobBounds {
    return isBrief ? this.#limits.brief : this.#limits
  }

  #takeIdle(): RunningWorker | undefined {
    const [[worker, timer] = []] = this.#idle
    if (!worker) return undefined
    clearTimeout(timer)
    this.#idle.delete(worker)
    worker.listener = undefined
    worker.hold(true)
    return worker
  }

  #keep(worker: RunningWorker): void {
    const leave = () => {
      clearTimeout(this.#idle.get(worker))
      this.#idle.delete(worker)
    }
    worker.hold(false)
    worker.listener = { message() {}, ended: leave }
    const timer = setTimeout(() => {
      leave()
      void worker.end()
    }, this.#limits.idleMs)
    this.#idle.set(worker, timer.unref())
  }

  #told(error: WorkerLost | Late): ToolError {
    if (error instanceof Late) return this.#stopped(`longer than ${this.#limits.ms / 1000} seconds`)
    const { end, cause } = error
    if ('exceeded' in end) return this.#stopped(end.exceeded, cause)
    const how = `${this.#work} could not be done, since its worker ${end.died}; nothing was changed.`
    return new ToolError(`${how} The input may be damaged: try another.`, { cause, kind: 'invalid' })
  }

  #stopped(took: string, cause?: unknown): ToolError {
    const how = `${this.#work} took ${took} and was stopped; nothing was changed.`
    return new ToolError(`${how} Use a smaller file, or do less at once.`, { cause, kind: 'invalid' })
  }
}

const closed = (): Error => new Error('The server is stopping.')

const isMoved = ({ moved }: Request, { moves }: Driver): boolean => moves && moved.length > 0

function resultOf(outcome: Outcome, name: string): unknown {
  if ('result' in outcome) return outcome.result
  if ('refused' in outcome) {
    const { message, ...options } = outcome.refused
    throw new ToolError(message, options)
  }
  const { message, stack } = outcome.failed
  const error = new Error(`The job "${name}" failed: ${message}`)
  throw stack === undefined ? error : Object.assign(error, { stack })
}

/** About how many bytes a job takes in. */
const lengthOf = (value: unknown): number =>
  typeof value === 'string'
    ? value.length
    : value instanceof Uint8Array
      ? value.byteLength
      : Array.isArray(value)
        ? value.reduce((sum: number, one) => sum + lengthOf(one), 0)
        : isRecord(value)
          ? lengthOf(Object.values(value))
          : 0
