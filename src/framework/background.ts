/**
 * Works of a server that go on without a connection (`ServerDefinition.background`). They pause for calls, end with the process, and come
 * back: what was begun within a call has an entry in the gateway's wake list until it is done.
 */
import { MOST_WORKS, WORK_NAME, type WorkStatus } from '../contracts/background-status.ts'
import type { LazyLog } from '../host/lazy.ts'
import type { BackgroundRun, BackgroundWork, Clock } from '../protocol/define.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { isWhole } from '../protocol/values.ts'
import { BackgroundRecord, type WorkRecord } from './background-record.ts'
import { Handlers } from './handlers.ts'

/** What a call can do about the wake list. */
export interface Comeback {
  at(key: string, time: number): Promise<void>
  cancel(key: string): Promise<unknown>
}

export interface BackgroundOptions {
  /** The server's name. */
  server: string
  works: Readonly<Record<string, BackgroundWork<unknown>>>
  clock: Clock
  log: LazyLog
  /** Where it is kept which works are done; without, that is forgotten with the process. */
  folder: string | undefined
}

const MINUTE_MS = 60_000

/** What works are held to; docs/limits.md has the same. */
export const BACKGROUND = {
  /** How long a work goes on at a time, unless its definition says otherwise. */
  atMostMinutes: 30,
  /** How long work pauses for a call at most. */
  asideMs: 30_000,
  /** How long a work may take to stop when its time is over. */
  stopMs: 10_000,
  /** After so long it is looked whether a work still runs. */
  lookMs: 5 * MINUTE_MS,
  /** Between one failure and the next trial; after the last it is given up. */
  pausesMs: [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS],
} as const

/** How often the progress of a work is reported. */
const TELL_MS = 5000

/** Entries of the wake list that are the framework's own begin so. */
export const WORK_KEY = 'background:'

/** The work that an entry of the wake list is for; undefined where it is the server's own entry. */
export const workOfKey = (key: string): string | undefined =>
  key.startsWith(WORK_KEY) ? key.slice(WORK_KEY.length) : undefined

/** Throws for works that can't be served. */
export function checkWorks(works: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(works)
  const odd = names.find((name) => !WORK_NAME.test(name))
  if (odd !== undefined)
    throw new Error(
      `"${odd}" can't be the name of work in the background: small letters, digits and hyphens.`,
    )
  if (names.length > MOST_WORKS) throw new Error(`A server can have ${MOST_WORKS} works in the background.`)
}

/** A work that runs, or is about to. */
interface Run {
  name: string
  since: number
  far: { done?: number; total?: number }
  controller: AbortController
  /** Within the last call that started it. */
  comeback: Comeback | undefined
  /** False once it ignored the request to stop for too long. */
  counts: boolean
  ended: Promise<void>
}

export class Background {
  readonly #onWork: (() => void)[] = []
  /** The handlers of calls, for which works pause. */
  readonly calls = new Handlers()
  readonly #options: BackgroundOptions
  readonly #record: BackgroundRecord
  readonly #runs = new Map<string, Run>()
  readonly #opened = Promise.withResolvers<unknown>()
  #told = Number.NEGATIVE_INFINITY
  /** When it was asked to stop, by the monotonic clock. */
  #stoppedAt: number | undefined

  constructor(options: BackgroundOptions) {
    checkWorks(options.works)
    this.#options = options
    this.#record = new BackgroundRecord(options.folder, options.log)
  }

  /** The works can begin: this is what they work with. */
  open(deps: unknown): void {
    this.#opened.resolve(deps)
  }

  /** Has this called when a work begins or ends, and from time to time as it goes on. */
  onWork(tell: () => void): void {
    this.#onWork.push(tell)
  }

  /** What runs now. */
  get works(): WorkStatus[] {
    return [...this.#runs.values()]
      .filter(({ counts }) => counts)
      .map(({ name, since, far }) => ({ name, since, ...far }))
  }

  /** Starts a work, or has one that runs resumed later as well. Resolves once that is kept. Rejects for a name that is none. */
  async start(name: string, comeback?: Comeback): Promise<void> {
    this.check(name)
    await this.#begin(name, comeback, 0)
  }

  /** Throws for a name that is none of a work. */
  check(name: string): void {
    if (!Object.hasOwn(this.#options.works, name))
      throw new Error(`"${name}" is no work that ${this.#options.server} does in the background.`)
  }

  /** The time of an entry of the wake list has come: the work is begun again, unless it is done or runs. */
  async woken(name: string, comeback: Comeback): Promise<void> {
    // Of an earlier version.
    if (!Object.hasOwn(this.#options.works, name)) return
    if (this.#runs.has(name))
      return comeback.at(WORK_KEY + name, this.#options.clock.wall() + BACKGROUND.lookMs)
    const { state, failures, at } = this.#record.of(name)
    if (state === 'done') return
    // The process ended while it ran: it may be what ended it.
    const failed = state === 'running' ? failures + 1 : failures
    if (failed > BACKGROUND.pausesMs.length)
      throw new RpcError(
        'INTERNAL',
        `The work "${name}" failed ${failed} times in a row, as the log tells, and is given up until it is started again.`,
      )
    const now = this.#options.clock.wall()
    const due = failed === 0 ? now : at + (BACKGROUND.pausesMs[failed - 1] ?? 0)
    // A time that is to come was noted by a clock that was wrong.
    if (at <= now && due > now) return comeback.at(WORK_KEY + name, due)
    await this.#begin(name, comeback, failed)
  }

  /** Resolves once none runs. */
  async quiet(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
  }

  /** Tells all works to stop. Nothing begins any more. */
  stop(): void {
    this.#stoppedAt ??= this.#options.clock.monotonic()
    for (const { controller } of this.#runs.values())
      controller.abort(new DOMException('The server is stopping.', 'AbortError'))
  }

  /** Resolves once none runs, or `graceMs` after they were asked to stop. */
  async ended(graceMs: number): Promise<void> {
    this.stop()
    const passed = this.#options.clock.monotonic() - (this.#stoppedAt ?? 0)
    await Promise.race([
      Promise.all([...this.#runs.values()].map(({ ended }) => ended)),
      timeout(Math.max(0, graceMs - passed)),
    ])
    for (const { name } of this.#runs.values())
      this.#options.log.warn({ work: name }, 'work in the background did not stop')
  }

  async #begin(name: string, comeback: Comeback | undefined, failures: number): Promise<void> {
    const running = this.#runs.get(name)
    if (running) running.comeback = comeback ?? running.comeback
    if (running) return this.#keep(name, comeback)
    const since = this.#options.clock.wall()
    const isStopping = this.#stoppedAt !== undefined
    this.#record.note(name, { state: isStopping ? 'stopped' : 'running', failures, at: since })
    const kept = this.#keep(name, comeback)
    if (!isStopping) {
      const run: Run = {
        name,
        since,
        far: {},
        comeback,
        counts: true,
        controller: new AbortController(),
        ended: Promise.resolve(),
      }
      this.#runs.set(name, run)
      run.ended = this.#run(run, kept, failures)
      this.#changed()
    }
    await kept
  }

  /** Has it resumed later, whatever happens to this process. Never rejects. */
  async #keep(name: string, comeback: Comeback | undefined): Promise<void> {
    const { clock, log } = this.#options
    try {
      await comeback?.at(WORK_KEY + name, clock.wall() + BACKGROUND.lookMs)
    } catch (err) {
      log.warn(
        { err, work: name },
        'work in the background will not be resumed should this process end: the wake list did not take it',
      )
    }
  }

  async #run(run: Run, kept: Promise<void>, failures: number): Promise<void> {
    const { clock, log, works } = this.#options
    const { name, controller } = run
    const { signal } = controller
    const over = new AbortController()
    let end: WorkRecord = { state: 'done', failures: 0, at: 0 }
    try {
      await kept
      const deps = await this.#opened.promise
      signal.throwIfAborted()
      void this.#bound(run, over.signal)
      await works[name]?.run(this.#given(run), deps)
      // It need not throw to stop.
      signal.throwIfAborted()
    } catch (err) {
      end = signal.aborted
        ? { ...end, state: 'stopped', failures }
        : { ...end, state: 'failed', failures: failures + 1 }
      if (!signal.aborted) log.error({ err, work: name }, 'work in the background failed')
      else if (err !== signal.reason)
        log.warn({ err, work: name }, 'work in the background failed as it stopped')
    }
    over.abort()
    this.#record.note(name, { ...end, at: clock.wall() })
    this.#runs.delete(name)
    this.#changed()
    // Once that call has ended nothing can be asked any more; the entry's time comes then, and finds nothing to do.
    if (end.state === 'done') await run.comeback?.cancel(WORK_KEY + name).catch(() => {})
  }

  /** Tells a work to stop when its time is over, and counts it no longer where it does not. */
  async #bound(run: Run, over: AbortSignal): Promise<void> {
    const { clock, log, works } = this.#options
    const { name, controller } = run
    const minutes = works[name]?.atMostMinutes ?? BACKGROUND.atMostMinutes
    try {
      await clock.wait(minutes * MINUTE_MS, over)
      log.info({ work: name, minutes }, 'work in the background has had its time, and will be resumed')
      controller.abort(new DOMException(`It has worked for ${minutes} minutes.`, 'TimeoutError'))
      await clock.wait(BACKGROUND.stopMs, over)
      log.warn({ work: name }, 'work in the background did not stop, and keeps this process no longer')
      run.counts = false
      this.#changed()
    } catch {
      // It is over.
    }
  }

  #given(run: Run): BackgroundRun {
    const { signal } = run.controller
    return {
      signal,
      turn: async () => {
        // What came in meanwhile is read first.
        await new Promise((resolve) => setImmediate(resolve))
        await this.calls.quiet(BACKGROUND.asideMs, signal)
        signal.throwIfAborted()
      },
      progress: (done, total) => {
        if (!isWhole(done, 0)) return
        run.far = isWhole(total, 0) ? { done, total } : { done }
        const now = this.#options.clock.monotonic()
        if (now - this.#told >= TELL_MS) this.#changed()
      },
    }
  }

  #changed(): void {
    this.#told = this.#options.clock.monotonic()
    for (const tell of this.#onWork) tell()
  }
}

const timeout = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())
