/**
 * The wake list: wakes servers at the times that they asked for. An entry goes on only when its server has answered, so that
 * each is taken at least once, whoever is killed in between.
 */
import type { Waking } from '../../protocol/wake.ts'
import type { Change, Entry, NewEntry, WakeStore } from '../state/wakes.ts'
import { nextTime } from './rules.ts'
import { LOOK_EVERY_MS, TIME, Ticker, type Time } from './ticker.ts'
import { AGAIN_AFTER_MS, AGAIN_MS, Broken, MAX_PROBLEM, type Outcome } from './trials.ts'

export interface ScheduleOptions {
  store: WakeStore
  /** Wakes the server of an entry, and resolves when it has answered; never rejects. */
  wake(entry: Entry, waking: Waking): Promise<Outcome>
  /** Called with each failure, and each end that was not asked for. */
  onProblem(entry: Entry, outcome: { problem: string; hasEnded: boolean }): void
  /** The list can't be read or written; that is tried again. Of failures in a row, it is called with the first. */
  onBroken(error: unknown, how: 'read' | 'written'): void
  time?: Time
}

/** How much after its time an entry is late, in milliseconds. */
const LATE_MS = 60_000
/** How many calls it makes at once, in all and of one server of one user. */
const AT_ONCE = 256
const OF_SERVER = 16
/** How many entries of one server are read at once. */
const PAGE = 256
/** Where so many calls run, what came of them is gathered for so many milliseconds: each write waits for the disk. */
const MANY = 8
const GATHER_MS = 20

/** What is due of one server of one user. */
interface Lane {
  user: string
  server: string
  /** Those that are being worked on, or of which the outcome is not written down yet. */
  busy: Set<number>
  running: number
  queue: Entry[]
  /** Whether there was nothing more due when it was looked last. */
  drained: boolean
  /** Not before then, where there were too many calls. */
  pausedUntil: number
}

export class Schedule {
  readonly #options: ScheduleOptions
  readonly #store: WakeStore
  readonly #time: Time
  readonly #ticker: Ticker
  readonly #broken: Broken
  readonly #lanes = new Map<string, Lane>()
  #running = 0
  #isClosed = false
  #lookedAt = 0
  readonly #unwritten: { lane: Lane; change: Change }[] = []
  #isWriting = false

  constructor(options: ScheduleOptions) {
    this.#options = options
    this.#store = options.store
    this.#time = options.time ?? TIME
    this.#ticker = new Ticker(this.#time, (now, wasPutBack) => this.#look(now, wasPutBack))
    this.#broken = new Broken(options.onBroken)
  }

  /** Wakes whom it is time for; what came due before it was called is done at once. */
  look(): void {
    this.#ticker.look()
  }

  /** Wakes no server any longer. */
  close(): void {
    this.#isClosed = true
    this.#ticker.close()
  }

  async put(entry: NewEntry): Promise<void> {
    await this.#store.put(entry, this.#time.now())
    this.#changed(entry.user, entry.server)
  }

  /** Has the time of an entry come now, as if it were made anew; one that is tried again after a failure waits for that. */
  async hurry({ user, server, key }: Pick<Entry, 'user' | 'server' | 'key'>): Promise<void> {
    const entry = this.#store.list({ user, server }).find((one) => one.key === key)
    if (entry?.next === undefined || entry.tries > 0) return
    await this.put({ ...entry, due: this.#time.now() })
  }

  async cancel(user: string, server: string, key: string): Promise<boolean> {
    const was = await this.#store.cancel(user, server, key)
    this.#changed(user, server)
    return was
  }

  async remove({ id, user, server }: Pick<Entry, 'id' | 'user' | 'server'>): Promise<void> {
    await this.#store.remove(id)
    this.#changed(user, server)
  }

  list(of: { user?: string | undefined; server?: string } = {}): Entry[] {
    return this.#store.list(of)
  }

  /** Ends whatever is on behalf of a principal. */
  async endOf(onBehalfOf: string, problem: string): Promise<void> {
    if ((await this.#store.endOf(onBehalfOf, problem, this.#time.now())) === 0) return
    for (const lane of this.#lanes.values()) lane.queue = []
    this.look()
  }

  #look(now: number, wasPutBack: boolean): void {
    this.#lookedAt = now
    if (wasPutBack) void this.#reckonAnew(now)
    let next: number | undefined = now + AGAIN_MS
    try {
      for (const { user, server } of this.#store.dueServers(now)) this.#laneOf(user, server).drained = false
      this.#pumpAll()
      next = this.#store.nextAfter(now)
      this.#broken.mended('read')
    } catch (error) {
      this.#broken.failed(error, 'read')
    }
    this.#ticker.set(next, this.#lanes.size > 0)
  }

  #changed(user: string, server: string): void {
    const lane = this.#lanes.get(`${user}/${server}`)
    if (lane) lane.queue = []
    this.look()
  }

  #laneOf(user: string, server: string): Lane {
    const key = `${user}/${server}`
    let lane = this.#lanes.get(key)
    if (!lane) {
      lane = { user, server, busy: new Set(), running: 0, queue: [], drained: false, pausedUntil: 0 }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #pumpAll(): void {
    for (const lane of this.#lanes.values()) this.#pump(lane)
  }

  #pump(lane: Lane): void {
    if (this.#isClosed) return
    const now = this.#time.now()
    while (lane.running < OF_SERVER && this.#running < AT_ONCE && !isPaused(lane, now)) {
      if (lane.queue.length === 0) this.#refill(lane, now)
      const entry = lane.queue.shift()
      if (!entry) break
      void this.#run(lane, entry)
    }
    if (lane.drained && lane.busy.size === 0 && lane.queue.length === 0)
      this.#lanes.delete(`${lane.user}/${lane.server}`)
  }

  #refill(lane: Lane, now: number): void {
    if (lane.drained) return
    try {
      const due = this.#store.due(lane.user, lane.server, now, lane.busy.size + PAGE)
      lane.queue = due.filter(({ id }) => !lane.busy.has(id))
    } catch (error) {
      this.#broken.failed(error, 'read')
    }
    lane.drained = lane.queue.length === 0
  }

  async #run(lane: Lane, entry: Entry): Promise<void> {
    const { id, due, tries } = entry
    lane.busy.add(id)
    lane.running++
    this.#running++
    const outcome = await this.#options.wake(entry, { due, late: this.#time.now() - due > LATE_MS, tries })
    lane.running--
    this.#running--
    if (outcome.kind === 'busy') {
      lane.busy.delete(id)
      lane.pausedUntil = this.#time.now() + LOOK_EVERY_MS
      lane.queue = []
      lane.drained = false
    } else this.#write(lane, await this.#changeFor(entry, outcome))
    if (this.#running === AT_ONCE - 1) this.#pumpAll()
    else this.#pump(lane)
  }

  async #changeFor(entry: Entry, outcome: Exclude<Outcome, { kind: 'busy' }>): Promise<Change> {
    const { id, rule, due } = entry
    const now = this.#time.now()
    if (outcome.kind === 'done') {
      const next = rule && (await nextTime(rule, now, due))
      return next === undefined ? { id, done: true } : { id, due: next, next, tries: 0, problem: undefined }
    }
    const problem = outcome.problem.slice(0, MAX_PROBLEM)
    const tries = entry.tries + 1
    const wait = outcome.kind === 'failed' ? AGAIN_AFTER_MS[entry.tries] : undefined
    if (wait !== undefined) {
      this.#options.onProblem(entry, { problem, hasEnded: false })
      return { id, due, next: now + wait, tries, problem }
    }
    // One that comes again is done with that time; the list shows what was wrong until it succeeds.
    const next = outcome.kind === 'failed' && rule ? await nextTime(rule, now, due) : undefined
    this.#options.onProblem(entry, { problem, hasEnded: next === undefined })
    return next === undefined ? { id, due, next, tries, problem } : { id, due: next, next, tries: 0, problem }
  }

  #write(lane: Lane, change: Change): void {
    this.#unwritten.push({ lane, change })
    if (!this.#isWriting) void this.#writeAll()
  }

  /** All that came while the last was written goes together. An entry whose outcome can't be written is not tried meanwhile. */
  async #writeAll(): Promise<void> {
    this.#isWriting = true
    while (this.#unwritten.length > 0) {
      if (this.#running >= MANY) await this.#wait(GATHER_MS)
      const batch = this.#unwritten.splice(0)
      try {
        await this.#store.settle(
          batch.map(({ change }) => change),
          this.#time.now(),
        )
      } catch (error) {
        this.#unwritten.unshift(...batch)
        this.#broken.failed(error, 'written')
        await this.#wait(AGAIN_MS)
        continue
      }
      this.#broken.mended('written')
      for (const { lane, change } of batch) lane.busy.delete(change.id)
      this.#goOn(new Set(batch.map(({ lane }) => lane)))
    }
    this.#isWriting = false
  }

  /** What was written down may be due again, and others may have come due since it was looked last. */
  #goOn(lanes: ReadonlySet<Lane>): void {
    for (const lane of lanes) this.#pump(lane)
    try {
      this.#ticker.set(this.#store.nextAfter(this.#lookedAt), this.#lanes.size > 0)
    } catch {
      this.look()
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#time.later(ms, resolve))
  }

  /** The clock was put back: what follows from a time that has not come yet would wait for it, maybe for a year. */
  async #reckonAnew(now: number): Promise<void> {
    const changes: Change[] = []
    try {
      for (const { id, rule, due, next, tries, problem } of this.#store.reckonedAfter(now)) {
        const again = tries > 0 ? now + (AGAIN_AFTER_MS[tries - 1] ?? 0) : rule && (await nextTime(rule, now))
        if (again !== undefined && next !== undefined && again < next)
          changes.push({ id, due: tries > 0 ? Math.min(due, again) : again, next: again, tries, problem })
      }
      if (changes.length === 0) return
      await this.#store.settle(changes, now)
    } catch (error) {
      this.#broken.failed(error, 'written')
    }
    this.look()
  }
}

/** A clock that was put back ends no pause later. */
const isPaused = ({ pausedUntil }: Lane, now: number): boolean =>
  pausedUntil > now && pausedUntil <= now + LOOK_EVERY_MS
