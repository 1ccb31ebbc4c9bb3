/**
 * Events: gives each server what others of its user have told, and forgets it once that server has taken it. Each event is
 * taken at least once, in the order in which they happened.
 */
import type { EventData, Heard } from '../../protocol/events.ts'
import { TIME, Ticker, type Time } from '../schedule/ticker.ts'
import { AGAIN_AFTER_MS, AGAIN_MS, Broken, MAX_PROBLEM, type Outcome } from '../schedule/trials.ts'
import type { EventStore, Hearer } from '../state/events.ts'

export interface EventsOptions {
  store: EventStore
  /** Gives a server events, and resolves when it has answered; never rejects. */
  give(hearer: Hearer, heard: Heard): Promise<Outcome>
  /** Called with each failure, and each end that was not asked for. */
  onProblem(hearer: Hearer, outcome: { problem: string; hasEnded: boolean }): void
  /** What is kept can't be read or written; that is tried again. Of failures in a row, it is called with the first. */
  onBroken(error: unknown, how: 'read' | 'written'): void
  time?: Time
}

/** How many events are given in one call. */
const BATCH = 100
/** How many servers are given something at once. */
const AT_ONCE = 64

export class EventDelivery {
  readonly #options: EventsOptions
  readonly #store: EventStore
  readonly #time: Time
  readonly #ticker: Ticker
  readonly #broken: Broken
  /** Hearers that are being given something, or of which the outcome is not written down yet. */
  readonly #busy = new Set<number>()
  #isClosed = false

  constructor(options: EventsOptions) {
    this.#options = options
    this.#store = options.store
    this.#time = options.time ?? TIME
    this.#ticker = new Ticker(this.#time, (now, wasPutBack) => this.#look(now, wasPutBack))
    this.#broken = new Broken(options.onBroken)
  }

  /** Gives whatever waits to who hears it. */
  look(): void {
    this.#ticker.look()
  }

  close(): void {
    this.#isClosed = true
    this.#ticker.close()
  }

  hear(hearer: Parameters<EventStore['hear']>[0]): Promise<void> {
    return this.#store.hear(hearer)
  }

  unhear(user: string, server: string, event: string): Promise<boolean> {
    return this.#store.unhear(user, server, event)
  }

  /** Keeps an event for each server of the user that hears it. */
  async tell(user: string, event: string, data: EventData): Promise<void> {
    await this.#store.tell(user, event, data, this.#time.now())
    this.look()
  }

  list(user?: string): Hearer[] {
    return this.#store.hearers(user)
  }

  remove(hearer: Pick<Hearer, 'id'>): Promise<void> {
    return this.#store.remove(hearer.id)
  }

  /** Ends whatever is heard on behalf of a principal. */
  endOf(onBehalfOf: string, problem: string): Promise<number> {
    return this.#store.endOf(onBehalfOf, problem)
  }

  #look(now: number, wasPutBack: boolean): void {
    let next: number | undefined = now + AGAIN_MS
    try {
      for (const hearer of this.#store.due(now)) {
        if (this.#isClosed || this.#busy.size >= AT_ONCE) break
        if (!this.#busy.has(hearer.id)) void this.#give(hearer)
      }
      next = this.#store.nextAfter(now)
      this.#broken.mended('read')
    } catch (error) {
      this.#broken.failed(error, 'read')
    }
    this.#ticker.set(next, this.#busy.size > 0)
    if (wasPutBack) void this.#hasten(now)
  }

  /** The clock was put back: what was to be tried again by one that was ahead would wait, maybe for a year. */
  async #hasten(now: number): Promise<void> {
    try {
      if ((await this.#store.noLaterThan(now + (AGAIN_AFTER_MS.at(-1) ?? 0))) > 0) this.look()
    } catch (error) {
      this.#broken.failed(error, 'written')
    }
  }

  async #give(hearer: Hearer): Promise<void> {
    const { id, tries, waiting } = hearer
    this.#busy.add(id)
    let events: ReturnType<EventStore['waiting']>
    try {
      events = this.#store.waiting(id, BATCH)
    } catch (error) {
      this.#busy.delete(id)
      return this.#broken.failed(error, 'read')
    }
    const andOthers = hearer.andOthers && events.length >= waiting
    const outcome = await this.#options.give(hearer, {
      events: events.map(({ at, data }) => ({ at, data })),
      andOthers,
      tries,
    })
    if (outcome.kind !== 'busy')
      await this.#write(() => this.#settle(hearer, outcome, { upTo: events.at(-1)?.id ?? 0, andOthers }))
    this.#busy.delete(id)
    // Where there were too many calls, it is tried with the next look.
    if (outcome.kind !== 'busy') this.look()
  }

  #settle(
    hearer: Hearer,
    outcome: Exclude<Outcome, { kind: 'busy' }>,
    { upTo, andOthers }: { upTo: number; andOthers: boolean },
  ): Promise<void> {
    const { id, tries } = hearer
    const now = this.#time.now()
    if (outcome.kind === 'done') return this.#store.taken(id, upTo, andOthers, now)
    const problem = outcome.problem.slice(0, MAX_PROBLEM)
    const hasEnded = outcome.kind === 'ended'
    this.#options.onProblem(hearer, { problem, hasEnded })
    if (hasEnded) return this.#store.end(id, problem)
    const wait = AGAIN_AFTER_MS[tries]
    return this.#store.failed(id, wait === undefined ? undefined : now + wait, tries + 1, problem)
  }

  /** Writes down what became of a hearer as soon as it can be; until then nothing is given to it. */
  async #write(work: () => Promise<void>): Promise<void> {
    for (;;)
      try {
        await work()
        return this.#broken.mended('written')
      } catch (error) {
        this.#broken.failed(error, 'written')
        await new Promise<void>((resolve) => void this.#time.later(AGAIN_MS, resolve))
      }
  }
}
