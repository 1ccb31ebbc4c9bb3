import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { Connection } from '../../host/database/connection.ts'
import type { Heard } from '../../protocol/events.ts'
import type { Outcome } from '../schedule/trials.ts'
import { EVENT_TABLES, eventStore, type Hearer } from '../state/events.ts'
import { EventDelivery } from './events.ts'

const MINUTE_MS = 60_000
const START = Date.parse('2026-11-28T06:00:00Z')

class Bench {
  now = START
  readonly given: (Heard & { server: string })[] = []
  readonly problems: { problem: string; hasEnded: boolean }[] = []
  outcome: () => Outcome | Promise<Outcome> = () => ({ kind: 'done' })
  isFull = false
  delivery: EventDelivery
  readonly #connection = new Connection(':memory:', new DatabaseSync(':memory:'))
  #timers: (() => void)[] = []

  constructor(t: TestContext) {
    this.#connection.exec(EVENT_TABLES)
    this.delivery = this.open()
    t.after(() => this.delivery.close())
  }

  /** As after the gateway was killed. */
  open(): EventDelivery {
    const connection = this.#connection
    const checked = <T>(work: () => T): T => {
      if (this.isFull) throw new Error('database or disk is full')
      return work()
    }
    this.#timers = []
    this.delivery = new EventDelivery({
      store: eventStore({
        all: (sql, ...values) => connection.all(sql, ...values),
        get: (sql, ...values) => connection.get(sql, ...values),
        run: async (sql, ...values) => checked(() => connection.run(sql, ...values)),
        transaction: async (work) => checked(() => connection.transaction(work)),
      }),
      give: async ({ server }, heard) => {
        this.given.push({ server, ...heard })
        return this.outcome()
      },
      onProblem: (_, problem) => this.problems.push(problem),
      onBroken: () => {},
      time: {
        now: () => this.now,
        later: (_, work) => {
          this.#timers.push(work)
          return () => {
            this.#timers = this.#timers.filter((one) => one !== work)
          }
        },
      },
    })
    this.delivery.look()
    return this.delivery
  }

  hear(given: Partial<Hearer> = {}): Promise<void> {
    return this.delivery.hear({
      user: 'ada',
      server: 'agent',
      event: 'mail.new',
      onBehalfOf: 'token:a1',
      rights: { capabilities: ['agent.run', 'mail.new'] },
      ...given,
    })
  }

  async tell(id: number | string, user = 'ada'): Promise<void> {
    await this.delivery.tell(user, 'mail.new', { id })
    await settled()
  }

  /** The clock shows this, and all timers have run out. */
  async at(now: number): Promise<void> {
    this.now = now
    for (const work of this.#timers.splice(0)) work()
    await settled()
  }

  get ids(): unknown[] {
    return this.given.flatMap(({ events }) => events.map(({ data }) => data.id))
  }
}

const settled = async () => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('an event is given to each server of that user that hears it, once, and is forgotten then', async (t) => {
  const bench = new Bench(t)
  await bench.hear()
  await bench.hear({ server: 'memory' })
  await bench.hear({ user: 'bob' })
  await bench.hear({ server: 'other', event: 'calendar.changed' })
  await bench.tell(1)
  assert.deepEqual(bench.given, [
    { server: 'agent', events: [{ at: START, data: { id: 1 } }], andOthers: false, tries: 0 },
    { server: 'memory', events: [{ at: START, data: { id: 1 } }], andOthers: false, tries: 0 },
  ])
  bench.open()
  await bench.at(START + MINUTE_MS)
  assert.equal(bench.given.length, 2)
  assert.deepEqual(
    bench.delivery.list().map(({ waiting }) => waiting),
    [0, 0, 0, 0],
  )
})

test('an event from before a server hears it is not kept', async (t) => {
  const bench = new Bench(t)
  await bench.tell(1)
  await bench.hear()
  await bench.at(START + 1000)
  assert.deepEqual(bench.given, [])
})

test('events that come while a server is given one follow it, in order', async (t) => {
  const bench = new Bench(t)
  const first = Promise.withResolvers<Outcome>()
  bench.outcome = () => first.promise
  await bench.hear()
  await bench.tell(1)
  await bench.tell(2)
  await bench.tell(3)
  assert.deepEqual(bench.ids, [1])
  first.resolve({ kind: 'done' })
  await settled()
  assert.deepEqual(bench.ids, [1, 2, 3])
  assert.equal(bench.given.length, 2)
})

test('of more than 1000 that wait the rest is given as "and others", once, with the last of them', async (t) => {
  const bench = new Bench(t)
  const first = Promise.withResolvers<Outcome>()
  bench.outcome = () => first.promise
  await bench.hear()
  for (let id = 0; id < 1010; id++) await bench.delivery.tell('ada', 'mail.new', { id })
  await settled()
  assert.equal(bench.delivery.list()[0]?.waiting, 1000)
  assert.equal(bench.delivery.list()[0]?.andOthers, true)
  bench.outcome = () => ({ kind: 'done' })
  first.resolve({ kind: 'done' })
  for (let i = 0; i < 20; i++) await settled()
  assert.deepEqual(
    bench.ids,
    Array.from({ length: 1000 }, (_, id) => id),
  )
  assert.ok(bench.given.every(({ events }) => events.length <= 100))
  assert.deepEqual(
    bench.given.map(({ andOthers }) => andOthers),
    bench.given.map((_, i) => i === bench.given.length - 1),
  )
  await bench.tell('next')
  assert.equal(bench.given.at(-1)?.andOthers, false)
})

test('a failure is tried again after 1, 5 and 30 minutes, told, and tried again with the next event', async (t) => {
  const bench = new Bench(t)
  bench.outcome = () => ({ kind: 'failed', problem: 'no' })
  await bench.hear()
  await bench.tell(1)
  for (const minute of [1, 6, 36, 100]) {
    await bench.at(START + minute * MINUTE_MS - 1)
    await bench.at(START + minute * MINUTE_MS)
  }
  assert.deepEqual(
    bench.given.map(({ tries }) => tries),
    [0, 1, 2, 3],
  )
  assert.equal(bench.problems.length, 4)
  const [hearer] = bench.delivery.list()
  assert.deepEqual([hearer?.next, hearer?.problem, hearer?.waiting], [undefined, 'no', 1])
  bench.outcome = () => ({ kind: 'done' })
  await bench.tell(2)
  assert.deepEqual(bench.given.at(-1)?.events.length, 2)
  assert.equal(bench.delivery.list()[0]?.problem, undefined)
})

for (const [what, outcome] of [
  ['killed while a server works on it', new Promise<Outcome>(() => {})],
  ['killed before its outcome is written', { kind: 'done' }],
] as const)
  test(`an event is given again by a gateway that was ${what}`, async (t) => {
    const bench = new Bench(t)
    bench.outcome = () => {
      bench.isFull = true
      return outcome
    }
    await bench.hear()
    await bench.tell(1)
    bench.isFull = false
    bench.outcome = () => ({ kind: 'done' })
    bench.open()
    await settled()
    bench.open()
    await settled()
    assert.deepEqual(bench.ids, [1, 1])
  })

test('on a full disk an event is refused to who tells it', async (t) => {
  const bench = new Bench(t)
  await bench.hear()
  bench.isFull = true
  await assert.rejects(bench.tell(1), /full/)
})

test('a server that hears on behalf of a token hears no longer when it ends, until it says so anew', async (t) => {
  const bench = new Bench(t)
  bench.outcome = () => ({ kind: 'failed', problem: 'no' })
  await bench.hear()
  await bench.tell(1)
  await bench.delivery.endOf('token:a1', 'the token has ended')
  await bench.tell(2)
  await bench.at(START + MINUTE_MS)
  const [hearer] = bench.delivery.list()
  assert.deepEqual([hearer?.hasEnded, hearer?.problem, hearer?.waiting], [true, 'the token has ended', 0])
  assert.equal(bench.given.length, 1)
  bench.outcome = () => ({ kind: 'done' })
  await bench.hear({ onBehalfOf: 'token:b2' })
  await bench.tell(3)
  assert.deepEqual(bench.ids, [1, 3])
  assert.deepEqual(
    bench.delivery.list().map(({ hasEnded, problem, onBehalfOf }) => [hasEnded, problem, onBehalfOf]),
    [[false, undefined, 'token:b2']],
  )
})

test('what no trial can mend ends the hearing', async (t) => {
  const bench = new Bench(t)
  bench.outcome = () => ({ kind: 'ended', problem: 'the server was removed' })
  await bench.hear()
  await bench.tell(1)
  await bench.tell(2)
  assert.equal(bench.given.length, 1)
  assert.deepEqual(bench.problems, [{ problem: 'the server was removed', hasEnded: true }])
})

test('a server that no longer hears an event is given none, and what waits is forgotten', async (t) => {
  const bench = new Bench(t)
  bench.outcome = () => ({ kind: 'failed', problem: 'no' })
  await bench.hear()
  await bench.tell(1)
  assert.equal(await bench.delivery.unhear('ada', 'agent', 'mail.new'), true)
  assert.equal(await bench.delivery.unhear('ada', 'agent', 'mail.new'), false)
  await bench.at(START + MINUTE_MS)
  await bench.hear()
  await bench.tell(2)
  assert.deepEqual(bench.ids, [1, 2])
})

test('a clock that is put back makes no trial wait for longer than half an hour', async (t) => {
  const bench = new Bench(t)
  bench.outcome = () => ({ kind: 'failed', problem: 'no' })
  await bench.hear()
  bench.now = START + 365 * 24 * 60 * MINUTE_MS
  await bench.tell(1)
  bench.outcome = () => ({ kind: 'done' })
  await bench.at(START)
  await bench.at(START + 30 * MINUTE_MS)
  assert.deepEqual(bench.ids, [1, 1])
})

test('where there are too many calls an event waits, and that counts as no failure', async (t) => {
  const bench = new Bench(t)
  bench.outcome = () => ({ kind: 'busy' })
  await bench.hear()
  await bench.tell(1)
  bench.outcome = () => ({ kind: 'done' })
  await bench.at(START + 1000)
  assert.deepEqual(
    bench.given.map(({ tries }) => tries),
    [0, 0],
  )
  assert.deepEqual(bench.problems, [])
})
