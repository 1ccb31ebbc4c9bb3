import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { TimeLimits } from './time-limits.ts'

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
afterEach(() => mock.timers.reset())

const reasonOf = ({ signal }: TimeLimits) => (signal.aborted ? (signal.reason as Error).message : undefined)

test('a phase begins anew with every sign of life, and ends where there is none', () => {
  const time = new TimeLimits('a.test', 1_000_000)
  time.begin(30_000, 'sent nothing')
  for (let n = 0; n < 10; n++) {
    mock.timers.tick(29_000)
    time.heard()
  }
  assert.equal(reasonOf(time), undefined)
  mock.timers.tick(30_000)
  assert.equal(reasonOf(time), 'a.test sent nothing for 30 seconds, and was given up.')
})

test('no phase runs while who reads is waited for, and one takes the place of another', () => {
  const time = new TimeLimits('a.test', 1_000_000)
  time.begin(10_000, 'did not answer')
  time.begin(30_000, 'sent nothing')
  mock.timers.tick(29_000)
  time.pause()
  time.heard()
  mock.timers.tick(500_000)
  assert.equal(reasonOf(time), undefined)
})

test('the whole has its limit, whatever is heard, and none once it has ended', () => {
  const [late, ended, endless] = [1000, 1000, Number.POSITIVE_INFINITY].map(
    (ms) => new TimeLimits('a.test', ms),
  ) as [TimeLimits, TimeLimits, TimeLimits]
  ended.end()
  endless.begin(Number.POSITIVE_INFINITY, 'sent nothing')
  mock.timers.tick(1000)
  assert.equal(reasonOf(late), 'a.test took more than 1 seconds in all, and was given up.')
  mock.timers.tick(2 ** 31)
  assert.deepEqual([reasonOf(ended), reasonOf(endless)], [undefined, undefined])
})

test('its signal aborts with the reason of the caller', () => {
  const calling = new AbortController()
  const time = new TimeLimits('a.test', 1000, calling.signal)
  const gone = new Error('the call has ended')
  calling.abort(gone)
  assert.equal(time.signal.reason, gone)
  time.end()
})
