import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { IdleTimer, idleSeconds } from './idle.ts'

test('the idle time is a minute unless the environment says otherwise', () => {
  assert.equal(idleSeconds({}), 60)
  assert.equal(idleSeconds({ LLMBDO_IDLE_SECONDS: '' }), 60)
  assert.equal(idleSeconds({ LLMBDO_IDLE_SECONDS: '0' }), 0)
  assert.equal(idleSeconds({ LLMBDO_IDLE_SECONDS: '1.5' }), 1.5)
  for (const text of ['soon', '-1', 'Infinity'])
    assert.throws(
      () => idleSeconds({ LLMBDO_IDLE_SECONDS: text }),
      /LLMBDO_IDLE_SECONDS is .* number of seconds/,
    )
})

test('the timer runs from the last time that the last client left', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const onIdle = mock.fn()
  const timer = new IdleTimer(60, onIdle)
  timer.start()
  t.mock.timers.tick(59_999)
  timer.stop()
  t.mock.timers.tick(120_000)
  assert.equal(onIdle.mock.callCount(), 0)
  timer.start()
  t.mock.timers.tick(60_000)
  assert.equal(onIdle.mock.callCount(), 1)
})

test('an idle time of 0 never comes', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const onIdle = mock.fn()
  new IdleTimer(0, onIdle).start()
  t.mock.timers.tick(1_000_000_000)
  assert.equal(onIdle.mock.callCount(), 0)
})
