/** An inbox is watched while the server is awake: with a real Dovecot, and a clock that a test moves. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FakeClock } from '../../../framework/testing/fake-clock.ts'
import { until } from '../../../framework/testing/until.ts'
import { NOTIFICATION } from '../../../protocol/mcp.ts'
import { LOOK, NEW } from '../mail.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { type Overheard, overhearing } from '../testing/overheard.ts'
import { accountAt, type WithAccounts, withAccounts } from '../testing/with-accounts.ts'
import { AGAIN_MS, LOOK_MS, RENEW_MS, SETTLE_MS, TICK_MS } from './watching.ts'

/** Knows whether a server is waited for, which takes the time that it takes: none passes on this clock then, unless it is to be too slow. */
class WatchingClock extends FakeClock {
  #looks = 0

  get isLooking(): boolean {
    return this.#looks > 0
  }

  override async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms !== LOOK_MS) return await super.wait(ms, signal)
    this.#looks++
    try {
      await super.wait(ms, signal)
    } finally {
      this.#looks--
    }
  }
}

const NOON = Date.parse('2026-11-01T12:00:00Z')
const message = (subject: string) => `Subject: ${subject}\r\nFrom: eva@example.org\r\n\r\nHello.\r\n`

let dovecot: Dovecot
let users = 0
before(async () => {
  const names = Array.from({ length: 10 }, (_, i) => `user${i}`)
  dovecot = await startDovecot({ users: Object.fromEntries(names.map((name) => [name, 'secret'])) })
})
after(() => dovecot[Symbol.asyncDispose]())

interface Watched {
  server: Overheard
  mail: WithAccounts
  clock: WatchingClock
  /** How often the inbox was told of. */
  told(): number
  /** Entries of the wake list whose time it had come. */
  hurried: readonly string[]
  arrives(subject: string): Promise<void>
  /** Lets so much time pass at a time while no server is waited for, until something is so. */
  passes(ms: number, what: string, isSo: () => boolean): Promise<void>
  /** Whether the server is to tell what comes. */
  isWaiting(): boolean
  subjects(args?: object): Promise<string[]>
}

/** An account that is watched, with one email. */
async function watched(run: (watched: Watched) => Promise<void>): Promise<void> {
  const user = `user${users++}`
  const clock = new WatchingClock(NOON)
  await dovecot.deliver(user, [message('First')])
  await using server = await overhearing(dovecot)
  await using mail = await withAccounts([accountAt({ ...dovecot, ...server }, user)], { clock })
  let told = 0
  const hurried: string[] = []
  const listening = new AbortController()
  const uri = `mail://inbox/${user}`
  const { connection } = mail.running
  const heard = connection.request(
    'subscriptions/listen',
    { notifications: { resourceSubscriptions: [uri], entriesDue: true } },
    {
      signal: listening.signal,
      onNotification: (method, { key }) => {
        if (method === NOTIFICATION.resourceUpdated) told++
        if (method === NOTIFICATION.entryDue) hurried.push(String(key))
      },
    },
  )
  heard.catch(() => {})
  const passes: Watched['passes'] = (ms, what, isSo) =>
    until(what, () => {
      if (isSo()) return true
      if (!clock.isLooking) clock.advance(ms)
      return false
    })
  const isWaiting = () => !clock.isLooking && server.isIdling()
  try {
    await connection.request('resources/read', { uri }, { peerRequests: mail.running.gateway })
    await mail.running.worked()
    await passes(SETTLE_MS, 'it waits', isWaiting)
    await run({
      server,
      mail,
      clock,
      told: () => told,
      hurried,
      arrives: (subject) => dovecot.deliver(user, [message(subject)]),
      passes,
      isWaiting,
      subjects: async (args = {}) =>
        (await mail.ask<{ messages: { subject: string }[] }>('list_emails', { ...args })).messages
          .map(({ subject }) => subject)
          .toSorted(),
    })
  } finally {
    listening.abort()
  }
}

const toldNews = ({ mail }: Watched) =>
  mail.running.gateway.wakeList.told.filter(({ name }) => name === NEW).map(({ data }) => data?.count)

test('mail that comes is told to who subscribed, is listed without a connection, and is an event, once', () =>
  watched(async (it) => {
    const before = it.told()
    await it.arrives('Second')
    await it.passes(SETTLE_MS, 'it is told', () => it.told() > before)
    assert.deepEqual(it.hurried, [LOOK], 'the event is told while it happens')
    await it.mail.running.wake(LOOK)
    assert.deepEqual(toldNews(it), [1])
    assert.deepEqual(await it.subjects(), ['First', 'Second'])
    await it.mail.running.wake(LOOK)
    assert.deepEqual(toldNews(it), [1])
    assert.equal(it.server.connections(), 2, 'one to try the account out, and one since')
  }))

test('a call comes first, and what came meanwhile is not missed', () =>
  watched(async (it) => {
    const { commands } = it.server
    commands.length = 0
    assert.deepEqual(await it.subjects({ fresh: true }), ['First'])
    assert.deepEqual(commands, ['DONE', 'EXAMINE INBOX'])
    // Nobody waits now.
    const before = it.told()
    await it.arrives('Second')
    await it.passes(SETTLE_MS, 'it waits again', it.isWaiting)
    assert.ok(it.told() > before)
    assert.deepEqual(await it.subjects(), ['First', 'Second'])
  }))

test('a wait is renewed before a server ends it', () =>
  watched(async (it) => {
    const { commands } = it.server
    commands.length = 0
    const begun = it.clock.monotonic()
    await it.passes(TICK_MS, 'it is renewed', () => commands.length > 0)
    const passed = it.clock.monotonic() - begun
    assert.ok(passed >= RENEW_MS && passed <= RENEW_MS + 10 * TICK_MS, `${passed}`)
    await it.passes(SETTLE_MS, 'it waits again', it.isWaiting)
    assert.deepEqual(commands, ['DONE', 'EXAMINE INBOX', 'IDLE'])
    assert.equal(it.server.connections(), 2)
  }))

test('after two hours in which the machine slept another connection is made, and what came is told', () =>
  watched(async (it) => {
    const before = it.told()
    it.server.freeze()
    await it.arrives('Second')
    it.clock.set(NOON + 2 * 3_600_000)
    it.server.comeBack()
    it.clock.advance(TICK_MS)
    await it.passes(SETTLE_MS, 'it is told', () => it.told() > before)
    assert.equal(it.server.connections(), 3)
    assert.deepEqual(await it.subjects(), ['First', 'Second'])
  }))

test('a call after the machine slept does not wait for a connection that is dead', () =>
  watched(async (it) => {
    it.server.freeze()
    await it.arrives('Second')
    it.clock.set(NOON + 2 * 3_600_000)
    it.server.comeBack()
    assert.deepEqual(await it.subjects({ fresh: true }), ['First', 'Second'])
  }))

test('a call after the machine slept does not wait for one of before it, which nobody answers', () =>
  watched(async (it) => {
    it.server.freeze()
    it.server.commands.length = 0
    const unanswered = assert.rejects(it.subjects({ fresh: true }), /broke off/)
    await until('it was asked', () => it.server.commands.includes('DONE'))
    await it.arrives('Second')
    it.clock.set(NOON + 2 * 3_600_000)
    it.server.comeBack()
    assert.deepEqual(await it.subjects({ fresh: true }), ['First', 'Second'])
    await unanswered
  }))

test('a connection that nobody answers on is given up', () =>
  watched(async (it) => {
    const before = it.told()
    it.server.freeze()
    it.server.comeBack()
    await it.arrives('Second')
    await it.passes(TICK_MS, 'it is to be renewed', () => it.clock.isLooking)
    it.clock.advance(LOOK_MS)
    await it.passes(SETTLE_MS, 'it is told', () => it.told() > before)
    assert.equal(it.server.connections(), 3)
  }))

test('a server that is away is tried again, and what came is told', () =>
  watched(async (it) => {
    const before = it.told()
    it.server.leave()
    await it.passes(SETTLE_MS, 'it was tried in vain', () => it.server.connections() > 2)
    it.server.comeBack()
    await it.arrives('Second')
    it.clock.advance(AGAIN_MS)
    await it.passes(SETTLE_MS, 'it is told', () => it.told() > before)
  }))
