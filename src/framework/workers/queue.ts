/**
 * Who is next. Callers take turns: each has one job at a time, and after it those of the others come first, however many it has
 * waiting. Where all places are taken, one more job that looks small is tried beside them.
 */
import { ToolError } from '../../protocol/define.ts'
import { MEGABYTE, type PoolLimits } from './limits.ts'

/** The place of a job among those that run. */
export interface Turn {
  readonly caller: string | undefined
  /** Whether it is one beside the others, within the bounds of `brief`. */
  readonly isBrief: boolean
}

export interface Wanted {
  /** Whom the job is for. */
  readonly caller: string | undefined
  readonly signal: AbortSignal
  /** How many bytes it holds while it waits. */
  readonly bytes: number
  /** Whether it is worth a try beside the others. */
  readonly looksSmall: boolean
}

interface Waiting extends Wanted {
  start(turn: Turn): void
  refuse(reason: unknown): void
}

export class Queue {
  readonly #limits: PoolLimits
  /** By caller, in the order in which they are served. */
  readonly #waiting = new Map<string | undefined, Waiting[]>()
  readonly #running = new Set<Turn>()

  constructor(limits: PoolLimits) {
    this.#limits = limits
  }

  /** Resolves when it is this job's turn. Rejects with the signal's reason, or with a ToolError where too much waits. */
  turn(wanted: Wanted): Promise<Turn> {
    return new Promise((resolve, reject) => {
      const { caller, signal } = wanted
      signal.throwIfAborted()
      const leave = () => waiting.refuse(signal.reason)
      const waiting: Waiting = {
        ...wanted,
        start: (turn) => {
          signal.removeEventListener('abort', leave)
          this.#remove(waiting)
          this.#running.add(turn)
          resolve(turn)
        },
        refuse: (reason) => {
          signal.removeEventListener('abort', leave)
          this.#remove(waiting)
          reject(reason)
        },
      }
      const own = this.#waiting.get(caller)
      if (own) own.push(waiting)
      else this.#waiting.set(caller, [waiting])
      signal.addEventListener('abort', leave, { once: true })
      this.#startNext()
      if (this.#isWaiting(waiting)) this.#refuseBeyondBounds(waiting)
    })
  }

  /** The job has ended, and its worker is free or gone. */
  release(turn: Turn): void {
    this.#running.delete(turn)
    this.#startNext()
  }

  /** Refuses all that wait. */
  close(reason: Error): void {
    for (const waiting of [...this.#waiting.values()].flat()) waiting.refuse(reason)
  }

  #startNext(): void {
    for (;;) {
      const isFull = this.#count(false) >= this.#limits.atOnce
      if (isFull && this.#count(true) > 0) return
      const next = this.#next(isFull)
      if (!next) return
      const { caller } = next
      const isBrief = isFull
      next.start({ caller, isBrief })
      // Behind the others.
      const left = this.#waiting.get(caller)
      if (!left) continue
      this.#waiting.delete(caller)
      this.#waiting.set(caller, left)
    }
  }

  #next(smallAlone: boolean): Waiting | undefined {
    const busy = new Set([...this.#running].map(({ caller }) => caller))
    for (const [caller, jobs] of this.#waiting) {
      if (busy.has(caller)) continue
      const job = smallAlone ? jobs.find(({ looksSmall }) => looksSmall) : jobs[0]
      if (job) return job
    }
    return undefined
  }

  #count(isBrief: boolean): number {
    return [...this.#running].filter((turn) => turn.isBrief === isBrief).length
  }

  #isWaiting(waiting: Waiting): boolean {
    return this.#waiting.get(waiting.caller)?.includes(waiting) ?? false
  }

  #remove(waiting: Waiting): void {
    const { caller } = waiting
    const left = (this.#waiting.get(caller) ?? []).filter((one) => one !== waiting)
    if (left.length > 0) this.#waiting.set(caller, left)
    else this.#waiting.delete(caller)
  }

  #refuseBeyondBounds(added: Waiting): void {
    const { waitingOfCaller, waitingInAll, waitingBytesOfCaller, waitingBytesInAll } = this.#limits
    const own = this.#waiting.get(added.caller) ?? []
    const all = [...this.#waiting.values()].flat()
    const passed =
      (own.length > waitingOfCaller && `${waitingOfCaller} pieces of work of one caller`) ||
      (all.length > waitingInAll && `${waitingInAll} pieces of work`) ||
      (bytesOf(own) > waitingBytesOfCaller && `${inMegabytes(waitingBytesOfCaller)} of one caller`) ||
      (bytesOf(all) > waitingBytesInAll && `${inMegabytes(waitingBytesInAll)}`)
    if (passed)
      added.refuse(
        new ToolError(
          `Too much work waits already: ${passed} may wait at the most. Nothing was changed. Wait for some of the answers, then try again.`,
        ),
      )
  }
}

const bytesOf = (jobs: readonly Waiting[]): number => jobs.reduce((sum, { bytes }) => sum + bytes, 0)

const inMegabytes = (bytes: number): string => `${bytes / MEGABYTE} MB`
