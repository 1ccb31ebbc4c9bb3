/** What jobs may take, and how many may wait. Each bound is named in the error of a job that reaches it. */

/** What one job may take. */
export interface JobBounds {
  /** From its start in a worker, in milliseconds of the clock. */
  readonly ms: number
  /** For what V8 keeps: objects and texts. */
  readonly heapMegabytes: number
  /** For bytes beside that: Buffer, ArrayBuffer, memory of WebAssembly; in a process all else that it takes, too. */
  readonly bufferMegabytes: number
}

export interface PoolLimits extends JobBounds {
  /** How many jobs run at the same time, one for each caller. */
  readonly atOnce: number
  /** Where that many run, one more that looks small is tried beside them within these bounds. */
  readonly brief: JobBounds & {
    /** The most that it takes in. */
    readonly bytes: number
  }
  /** How many jobs may wait: of one caller, and of all. */
  readonly waitingOfCaller: number
  readonly waitingInAll: number
  /** How many bytes those that wait may hold: of one caller, and of all. */
  readonly waitingBytesOfCaller: number
  readonly waitingBytesInAll: number
  /** How long a worker stays without a job, in milliseconds. */
  readonly idleMs: number
}

export const MEGABYTE = 1024 * 1024

/** Within the `MemoryMax=` of a server's unit. */
export const POOL_LIMITS: PoolLimits = {
  atOnce: 2,
  ms: 30_000,
  heapMegabytes: 144,
  bufferMegabytes: 128,
  brief: { bytes: MEGABYTE, ms: 3000, heapMegabytes: 32, bufferMegabytes: 32 },
  waitingOfCaller: 256,
  waitingInAll: 1024,
  waitingBytesOfCaller: 96 * MEGABYTE,
  waitingBytesInAll: 128 * MEGABYTE,
  idleMs: 5000,
}
