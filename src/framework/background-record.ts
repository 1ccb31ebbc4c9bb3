/** Which works in the background are done, kept across processes. What is lost is taken for not done. */
import { join } from 'node:path'
import { readFileBoundedSync } from '../host/bounded-file.ts'
import type { LazyLog } from '../host/lazy.ts'
import { writeFileAtomic } from '../host/write-file-atomic.ts'
import { isRecord, isWhole } from '../protocol/values.ts'

const STATES = ['running', 'stopped', 'failed', 'done'] as const

export interface WorkRecord {
  /** Of a process that has ended, "running" is one that was killed. */
  state: (typeof STATES)[number]
  /** How often it failed in a row. */
  failures: number
  /** When that was noted; milliseconds since the epoch. */
  at: number
}

const FILE = 'background.json'
const MAX_BYTES = 64 * 1024
const NOT_DONE: WorkRecord = { state: 'stopped', failures: 0, at: 0 }

export class BackgroundRecord {
  readonly #path: string | undefined
  readonly #log: Pick<LazyLog, 'warn'>
  #records: Map<string, WorkRecord> | undefined

  /** Without a folder it lasts as long as the process. */
  constructor(folder: string | undefined, log: Pick<LazyLog, 'warn'>) {
    this.#path = folder && join(folder, FILE)
    this.#log = log
  }

  of(work: string): WorkRecord {
    return this.#read().get(work) ?? NOT_DONE
  }

  /** Keeps it. Where that fails, it is logged, and holds for this process. */
  note(work: string, record: WorkRecord): void {
    const records = this.#read().set(work, record)
    if (this.#path === undefined) return
    try {
      writeFileAtomic(this.#path, JSON.stringify(Object.fromEntries(records)), 0o600)
    } catch (err) {
      this.#log.warn({ err, work }, 'it could not be kept how far work in the background is')
    }
  }

  #read(): Map<string, WorkRecord> {
    this.#records ??= new Map(this.#path === undefined ? [] : Object.entries(this.#kept(this.#path)))
    return this.#records
  }

  #kept(path: string): Record<string, WorkRecord> {
    try {
      const kept: unknown = JSON.parse(readFileBoundedSync(path, MAX_BYTES) ?? '{}')
      if (isRecord(kept)) return Object.fromEntries(Object.entries(kept).flatMap(asEntry))
    } catch (err) {
      this.#log.warn({ err }, 'which work in the background is done can not be read; it is begun again')
    }
    return {}
  }
}

function asEntry([name, value]: [string, unknown]): [string, WorkRecord][] {
  if (!isRecord(value)) return []
  const { failures, at } = value
  const state = STATES.find((one) => one === value.state)
  return state !== undefined && isWhole(failures, 0) && isWhole(at, 0)
    ? [[name, { state, failures, at }]]
    : []
}
