import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import { Service } from './service.ts'

/** A service whose processes end when the test says so, on a clock that the test turns. */
function harness(eager = false) {
  let connect: (() => void) | undefined
  let end: ((ok: boolean) => void) | undefined
  const signals: string[] = []
  const seen = { starts: 0, signals }
  const service = new Service({
    restart: { onFailure: true, firstMs: 100, maxMs: 3200, steps: 5 },
    stopTimeoutMs: 1000,
    sockets: [7],
    eager,
    launch() {
      seen.starts++
      const ended = new Promise<{ ok: boolean; how: string }>((resolve) => {
        end = (ok) => resolve({ ok, how: ok ? 'exited with 0' : 'exited with 1' })
      })
      return { ended, signal: (name) => void signals.push(name) }
    },
    poller: {
      watch: (_, onReadable) => {
        connect = onReadable
      },
      unwatch: () => {
        connect = undefined
      },
    },
    log: () => {},
  })
  return {
    service,
    seen,
    watched: () => connect !== undefined,
    connect: () => connect?.(),
    async end(ok: boolean) {
      end?.(ok)
      await tick()
    },
  }
}

test('a crash loop waits 100 ms and then ever longer, up to the longest delay', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const h = harness()
  for (const delay of [100, 200, 400, 800, 1600, 3200, 3200]) {
    h.connect()
    await h.end(false)
    t.mock.timers.tick(delay - 1)
    assert.equal(h.watched(), false, `before ${delay} ms`)
    t.mock.timers.tick(1)
    assert.equal(h.watched(), true, `after ${delay} ms`)
  }
  assert.equal(h.seen.starts, 7)
})

test('after it was well for ten seconds, a crash counts as the first', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const h = harness()
  h.connect()
  await h.end(false)
  t.mock.timers.tick(100)
  h.connect()
  now += 10_000
  await h.end(false)
  t.mock.timers.tick(100)
  assert.equal(h.watched(), true)
})

test('after an idle exit the socket is watched again at once', async (t) => {
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const h = harness()
  h.connect()
  assert.equal(h.watched(), false)
  now += 60_000
  await h.end(true)
  assert.equal(h.watched(), true)
})

test('a service that ends as soon as it starts is not started without a pause, whatever it says', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const h = harness()
  h.connect()
  await h.end(true)
  assert.equal(h.watched(), false)
  t.mock.timers.tick(100)
  assert.equal(h.watched(), true)
})

test('an eager service starts at once, and again by itself after a crash', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const h = harness(true)
  assert.equal(h.seen.starts, 1)
  await h.end(false)
  t.mock.timers.tick(100)
  assert.equal(h.seen.starts, 2)
})

test('stopping asks first, kills when the time is over, and starts nothing any more', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const h = harness()
  h.connect()
  const stopped = h.service.stop(new AbortController().signal)
  assert.deepEqual(h.seen.signals, ['SIGTERM'])
  t.mock.timers.tick(1000)
  assert.deepEqual(h.seen.signals, ['SIGTERM', 'SIGKILL'])
  await h.end(false)
  await stopped
  t.mock.timers.tick(10_000)
  assert.equal(h.watched(), false)
  assert.equal(h.seen.starts, 1)
})
