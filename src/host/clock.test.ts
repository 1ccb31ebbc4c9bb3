import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machineClock } from './clock.ts'

test('waiting ends when that time has passed, and at once where there is none', async (t) => {
  await machineClock.wait(0)
  const began = machineClock.monotonic()
  await machineClock.wait(5)
  assert.ok(machineClock.monotonic() - began >= 4)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const month = machineClock.wait(30 * 24 * 3_600_000).then(() => 'over')
  t.mock.timers.tick(2 ** 31 - 1)
  assert.equal(await Promise.race([month, Promise.resolve('waits')]), 'waits')
})

test('waiting ends with the signal', async () => {
  await assert.rejects(machineClock.wait(1e9, AbortSignal.abort(new Error('gone'))), /gone/)
  const stop = new AbortController()
  const waiting = machineClock.wait(1e9, stop.signal)
  stop.abort(new Error('stopped'))
  await assert.rejects(waiting, /stopped/)
})
