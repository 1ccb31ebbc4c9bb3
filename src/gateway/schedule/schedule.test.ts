import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { Connection } from '../../host/database/connection.ts'
import type { Waking } from '../../protocol/wake.ts'
import { type Entry, type NewEntry, type Tables, WAKE_TABLE, WakeStore } from '../state/wakes.ts'
import { Schedule } from './schedule.ts'
import type { Outcome } from './trials.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const START = Date.parse('2026-11-28T06:00:00Z')

/** A database in memory, whose writes fail while `isFull`. */
function tables(): Tables & { isFull: boolean } {
  const connection = new Connection(':memory:', new DatabaseSync(':memory:'))
  connection.exec(WAKE_TABLE)
  const checked = <T>(work: () => T): T => {
    if (kept.isFull) throw new Error('database or disk is full')
    return work()
  }
  const kept: Tables & { isFull: boolean } = {
    isFull: false,
    all: (sql, ...values) => connection.all(sql, ...values),
    get: (sql, ...values) => connection.get(sql, ...values),
    run: async (sql, ...values) => checked(() => connection.run(sql, ...values)),
    transaction: async (work) => checked(() => connection.transaction(work)),
  }
  return kept
}

type Told = Waking & { key: string; at: number }

/** A wake list with a clock that the test sets; a timer's work is done when the test lets time pass. */
class Bench {
  now = START
  readonly told: Told[] = []
  readonly problems: { key: string; problem: string; hasEnded: boolean }[] = []
  broken = 0
  outcome: (entry: Entry) => Outcome | Promise<Outcome> = () => ({ kind: 'done' })
  readonly tables: ReturnType<typeof tables>
  schedule: Schedule
  #timers = new Set<{ at: number; work: () => void }>()
  #passed = 0

  constructor(t: TestContext, kept = tables()) {
    this.tables = kept
    this.schedule = this.open()
    t.after(() => this.schedule.close())
  }

  /** As after the gateway was killed: nothing of before is known but what is kept. */
  open(): Schedule {
    this.#timers.clear()
    this.schedule = new Schedule({
      store: new WakeStore(this.tables),
      wake: async (entry, waking) => {
        this.told.push({ key: entry.key, ...waking, at: this.now })
        return this.outcome(entry)
      },
      onProblem: ({ key }, { problem, hasEnded }) => this.problems.push({ key, problem, hasEnded }),
      onBroken: () => this.broken++,
      time: {
        now: () => this.now,
        later: (ms, work) => {
          const timer = { at: this.#passed + ms, work }
          this.#timers.add(timer)
          return () => this.#timers.delete(timer)
        },
      },
    })
    this.schedule.look()
    return this.schedule
  }

  put(key: string, given: Partial<NewEntry> = {}): Promise<void> {
    return this.schedule.put({
      user: 'ada',
      server: 'mail',
      key,
      rule: undefined,
      due: START + MINUTE_MS,
      onBehalfOf: 'token:a1',
      rights: { capabilities: ['mail.read'], chosenAs: 'mail_read' },
      ...given,
    })
  }

  /** Lets so much time pass, the machine's clock with it; what falls due is done when it is due. */
  async pass(ms: number): Promise<void> {
    const end = this.#passed + ms
    for (;;) {
      await settled()
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers.delete(due)
      this.now += Math.max(0, due.at - this.#passed)
      this.#passed = Math.max(this.#passed, due.at)
      due.work()
    }
    this.now += end - this.#passed
    this.#passed = end
  }

  /** Sets the clock. */
  async set(now: number): Promise<void> {
    this.now = now
    await this.pass(1000)
  }

  get keys(): string[] {
    return this.told.map(({ key }) => key)
  }

  next(key: string): number | undefined {
    return this.schedule.list().find((entry) => entry.key === key)?.next
  }
}

const settled = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}
const failed = (problem: string): Outcome => ({ kind: 'failed', problem })

test('an entry is done at its time, once, and is gone then', async (t) => {
  const bench = new Bench(t)
  await bench.put('a')
  await bench.pass(MINUTE_MS - 1)
  assert.deepEqual(bench.told, [])
  await bench.pass(1)
  const due = START + MINUTE_MS
  assert.deepEqual(bench.told, [{ key: 'a', due, late: false, tries: 0, at: due }])
  await bench.pass(HOUR_MS)
  assert.equal(bench.told.length, 1)
  assert.deepEqual(bench.schedule.list(), [])
})

test('what comes due while another one is worked on is done too', async (t) => {
  const bench = new Bench(t)
  await bench.put('b', { due: START + 3 })
  bench.outcome = () => {
    bench.now += 5
    return { kind: 'done' }
  }
  await bench.put('a', { due: START })
  await bench.pass(1000)
  assert.deepEqual(bench.keys, ['a', 'b'])
  assert.deepEqual(bench.schedule.list(), [])
})

test('an entry whose time has passed is done at once', async (t) => {
  const bench = new Bench(t)
  await bench.put('a', { due: START - DAY_MS })
  await bench.pass(0)
  assert.deepEqual(bench.told, [{ key: 'a', due: START - DAY_MS, late: true, tries: 0, at: START }])
})

test('entries of a rule come again and again, each for its time', async (t) => {
  const bench = new Bench(t)
  await bench.put('a', { rule: { cron: '0 7 * * *', zone: 'UTC' }, due: START + HOUR_MS })
  await bench.pass(HOUR_MS)
  await bench.set(START + DAY_MS)
  await bench.pass(HOUR_MS)
  assert.deepEqual(
    bench.told.map(({ at, late }) => [at - START, late]),
    [0, 1].map((day) => [HOUR_MS + day * DAY_MS, false]),
  )
})

test('what fell due while the machine was off is done once, at once, and late', async (t) => {
  const bench = new Bench(t)
  await bench.put('once')
  await bench.put('again', { rule: { minutes: 10 }, due: START + 10 * MINUTE_MS })
  bench.schedule.close()
  bench.now += DAY_MS + 3 * MINUTE_MS
  bench.open()
  await bench.pass(0)
  assert.deepEqual(
    bench.told.map(({ key, late }) => [key, late]),
    [
      ['once', true],
      ['again', true],
    ],
  )
  assert.equal(bench.next('again'), START + DAY_MS + 10 * MINUTE_MS)
})

test('a machine that slept does what fell due when it wakes: its timers stood still', async (t) => {
  const bench = new Bench(t)
  await bench.put('a', { due: START + HOUR_MS })
  await bench.pass(MINUTE_MS)
  bench.now += DAY_MS
  await bench.pass(1000)
  assert.deepEqual(bench.keys, ['a'])
})

test('a failure is tried again after 1, 5 and 30 minutes, and then told', async (t) => {
  const bench = new Bench(t)
  bench.outcome = () => failed('no')
  await bench.put('a', { due: START })
  await bench.pass(HOUR_MS)
  assert.deepEqual(
    bench.told.map(({ at, tries, late, due }) => [(at - START) / MINUTE_MS, tries, late, due]),
    [
      [0, 0, false, START],
      [1, 1, false, START],
      [6, 2, true, START],
      [36, 3, true, START],
    ],
  )
  assert.deepEqual(
    bench.problems.map(({ hasEnded }) => hasEnded),
    [false, false, false, true],
  )
  const [entry] = bench.schedule.list()
  assert.deepEqual([entry?.next, entry?.problem, entry?.tries], [undefined, 'no', 4])
})

test('a rule that failed to the end goes on at its next time, and says what was wrong until it succeeds', async (t) => {
  const bench = new Bench(t)
  bench.outcome = () => failed('no')
  await bench.put('a', { rule: { cron: '0 7 * * *', zone: 'UTC' }, due: START + HOUR_MS })
  await bench.pass(3 * HOUR_MS)
  assert.equal(bench.told.length, 4)
  const [entry] = bench.schedule.list()
  assert.deepEqual([entry?.next, entry?.problem, entry?.tries], [START + DAY_MS + HOUR_MS, 'no', 0])
  bench.outcome = () => ({ kind: 'done' })
  await bench.set(START + DAY_MS + HOUR_MS)
  assert.equal(bench.schedule.list()[0]?.problem, undefined)
})

test('what no trial can mend ends the entry, which is shown', async (t) => {
  const bench = new Bench(t)
  bench.outcome = () => ({ kind: 'ended', problem: 'the token was revoked' })
  await bench.put('a', { rule: { minutes: 1 } })
  await bench.pass(HOUR_MS)
  assert.equal(bench.told.length, 1)
  assert.deepEqual(bench.problems, [{ key: 'a', problem: 'the token was revoked', hasEnded: true }])
  assert.deepEqual(
    bench.schedule.list().map(({ next, problem }) => [next, problem]),
    [[undefined, 'the token was revoked']],
  )
  await bench.set(START + 31 * DAY_MS)
  await bench.put('b', { due: bench.now })
  await bench.pass(0)
  assert.deepEqual(
    bench.schedule.list().map(({ key }) => key),
    ['b'],
  )
})

test('what is on behalf of a token ends with it, at once', async (t) => {
  const bench = new Bench(t)
  await bench.put('a')
  await bench.put('b', { onBehalfOf: 'token:b2' })
  await bench.schedule.endOf('token:a1', 'the token has ended')
  await bench.pass(HOUR_MS)
  assert.deepEqual(bench.keys, ['b'])
  assert.deepEqual(
    bench.schedule.list().map(({ key, problem }) => [key, problem]),
    [['a', 'the token has ended']],
  )
})

test('an entry whose token ends while it is done is not done again', async (t) => {
  const bench = new Bench(t)
  const answer = Promise.withResolvers<Outcome>()
  bench.outcome = () => answer.promise
  await bench.put('a', { rule: { minutes: 1 } })
  await bench.pass(MINUTE_MS)
  await bench.schedule.endOf('token:a1', 'the token has ended')
  answer.resolve({ kind: 'done' })
  await bench.pass(HOUR_MS)
  assert.equal(bench.told.length, 1)
  assert.equal(bench.next('a'), undefined)
})

for (const [what, outcome] of [
  ['killed while a server works on it', new Promise<Outcome>(() => {})],
  ['killed before its outcome is written', { kind: 'done' }],
] as const)
  test(`an entry is done again by a gateway that was ${what}`, async (t) => {
    const bench = new Bench(t)
    bench.outcome = () => {
      bench.tables.isFull = true
      return outcome
    }
    await bench.put('a')
    await bench.pass(MINUTE_MS)
    assert.equal(bench.told.length, 1)
    bench.tables.isFull = false
    bench.outcome = () => ({ kind: 'done' })
    bench.open()
    await bench.pass(0)
    assert.equal(bench.told.length, 2)
    bench.open()
    await bench.pass(HOUR_MS)
    assert.equal(bench.told.length, 2)
  })

test('on a full disk an entry is done once all the same, is written down when there is room, and that is reported once', async (t) => {
  const bench = new Bench(t)
  await bench.put('a')
  bench.tables.isFull = true
  await bench.pass(10 * MINUTE_MS)
  assert.equal(bench.told.length, 1)
  assert.equal(bench.broken, 1)
  bench.tables.isFull = false
  await bench.pass(MINUTE_MS)
  assert.deepEqual(bench.schedule.list(), [])
  assert.equal(bench.told.length, 1)
})

test('an entry that cannot be kept is refused', async (t) => {
  const bench = new Bench(t)
  bench.tables.isFull = true
  await assert.rejects(bench.put('a'), /full/)
  bench.tables.isFull = false
  await bench.pass(HOUR_MS)
  assert.deepEqual(bench.told, [])
})

test('a clock that jumps a year on, and back, makes no rule wait for that year', async (t) => {
  const bench = new Bench(t)
  await bench.put('a', { rule: { cron: '0 7 * * *', zone: 'UTC' }, due: START + HOUR_MS })
  await bench.put('b', { rule: { minutes: 10 }, due: START + 10 * MINUTE_MS })
  await bench.set(START + 365 * DAY_MS)
  assert.deepEqual(bench.keys, ['b', 'a'])
  assert.ok(bench.told.every(({ late }) => late))
  await bench.set(START + MINUTE_MS)
  assert.equal(bench.next('a'), START + HOUR_MS)
  assert.ok((bench.next('b') ?? 0) <= START + 12 * MINUTE_MS)
  await bench.pass(HOUR_MS)
  const count = (key: string) => bench.keys.filter((one) => one === key).length
  assert.deepEqual([count('a'), count('b')], [2, 1 + 6])
})

test('the same where the gateway did not run when the clock was put back', async (t) => {
  const bench = new Bench(t)
  await bench.put('a', { rule: { cron: '0 7 * * *', zone: 'UTC' }, due: START + HOUR_MS })
  bench.outcome = () => failed('no')
  await bench.put('b', { due: START })
  await bench.pass(0)
  await bench.set(START + 365 * DAY_MS)
  bench.outcome = () => ({ kind: 'done' })
  bench.now = START
  bench.open()
  await bench.pass(0)
  await bench.pass(HOUR_MS)
  assert.ok(bench.told.some(({ key, at }) => key === 'a' && at === START + HOUR_MS))
  assert.equal(bench.next('a'), START + HOUR_MS + DAY_MS)
  assert.equal(bench.told.filter(({ key }) => key === 'b').length, 3, 'b is tried again within minutes')
})

test('what is registered anew while it is done stays, and is done at its new time', async (t) => {
  const bench = new Bench(t)
  await bench.put('a')
  bench.outcome = async () => {
    bench.outcome = () => ({ kind: 'done' })
    await bench.put('a', { due: START + DAY_MS })
    return { kind: 'done' }
  }
  await bench.pass(MINUTE_MS)
  assert.equal(bench.next('a'), START + DAY_MS)
  await bench.set(START + DAY_MS)
  assert.deepEqual(bench.keys, ['a', 'a'])
})

test('an entry that is hurried is done at once, and reckoned anew from then; one that fails or is none waits', async (t) => {
  const bench = new Bench(t)
  const hurry = (key: string, user = 'ada') => bench.schedule.hurry({ user, server: 'mail', key })
  await bench.put('look', { rule: { minutes: 5 }, due: START + 5 * MINUTE_MS })
  await bench.pass(MINUTE_MS)
  await hurry('look')
  await hurry('none')
  await hurry('look', 'bob')
  await bench.pass(0)
  assert.deepEqual(
    bench.told.map(({ key, at, late }) => [key, at - START, late]),
    [['look', MINUTE_MS, false]],
  )
  assert.equal(bench.next('look'), START + 6 * MINUTE_MS)
  bench.outcome = () => ({ kind: 'failed', problem: 'It failed.' })
  await hurry('look')
  await bench.pass(0)
  await hurry('look')
  await bench.pass(0)
  assert.equal(bench.told.length, 2)
})

test('what is cancelled is not done, and cancelling says whether there was anything', async (t) => {
  const bench = new Bench(t)
  await bench.put('a')
  assert.equal(await bench.schedule.cancel('ada', 'time', 'a'), false)
  assert.equal(await bench.schedule.cancel('ada', 'mail', 'a'), true)
  assert.equal(await bench.schedule.cancel('ada', 'mail', 'a'), false)
  await bench.pass(HOUR_MS)
  assert.deepEqual(bench.told, [])
})

test('a user may have 1000 entries, whatever others have; replacing one is always possible', async (t) => {
  const bench = new Bench(t)
  for (let i = 0; i < 1000; i++) await bench.put(`k${i}`, { server: i % 2 ? 'mail' : 'time' })
  await assert.rejects(bench.put('more'), {
    name: 'RpcError',
    message: /1000 entries.*wake\.perUser.*luca schedule/,
  })
  await bench.put('k1', { due: START + DAY_MS })
  await bench.put('more', { user: 'bob' })
  assert.equal(bench.schedule.list().length, 1001)
})

test('many that are due at once are all done, some at a time, and a server that hangs holds up no other', async (t) => {
  const bench = new Bench(t)
  const never = new Promise<Outcome>(() => {})
  let running = 0
  let most = 0
  bench.outcome = async ({ server }) => {
    if (server === 'slow') return never
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    return { kind: 'done' }
  }
  for (let i = 0; i < 100; i++) await bench.put(`s${i}`, { server: 'slow' })
  for (let i = 0; i < 300; i++) await bench.put(`k${i}`, { user: `u${i % 3}` })
  await bench.pass(MINUTE_MS)
  for (let i = 0; i < 100 && bench.schedule.list({ server: 'mail' }).length > 0; i++) await bench.pass(20)
  assert.deepEqual(bench.schedule.list({ server: 'mail' }), [])
  assert.equal(bench.told.filter(({ key }) => key.startsWith('s')).length, 16)
  assert.ok(most <= 48, `${most} at once`)
})

test('where there are too many calls an entry waits, and that counts as no failure', async (t) => {
  const bench = new Bench(t)
  let tries = 0
  bench.outcome = () => (++tries < 4 ? { kind: 'busy' } : { kind: 'done' })
  await bench.put('a', { due: START })
  await bench.pass(5000)
  assert.deepEqual(
    bench.told.map(({ at, tries }) => [at - START, tries]),
    [0, 1000, 2000, 3000].map((ms) => [ms, 0]),
  )
  assert.deepEqual(bench.schedule.list(), [])
})
