import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { LateStream } from './late-stream.ts'

class Opened {
  ended = false
  end(): void {
    this.ended = true
  }
}

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
afterEach(() => mock.timers.reset())

test('is opened once, by the first who wants it', () => {
  let count = 0
  const stream = new LateStream(() => {
    count++
    return new Opened()
  }, 1000)
  assert.equal(stream.opened, undefined)
  const opened = stream.get()
  mock.timers.tick(1000)
  assert.equal(stream.get(), opened)
  assert.equal(stream.opened, opened)
  assert.equal(count, 1)
  stream.end()
  assert.ok(opened.ended)
})

test('is opened after a while where nothing needs it', () => {
  const stream = new LateStream(() => new Opened(), 1000)
  mock.timers.tick(999)
  assert.equal(stream.opened, undefined)
  mock.timers.tick(1)
  assert.ok(stream.opened)
  stream.end()
})

test('is never opened once it has ended, nor without a time for it', () => {
  const ended = new LateStream(() => new Opened(), 1000)
  ended.end()
  const never = new LateStream(() => new Opened(), undefined)
  mock.timers.tick(100_000)
  assert.equal(ended.opened, undefined)
  assert.equal(never.opened, undefined)
})
