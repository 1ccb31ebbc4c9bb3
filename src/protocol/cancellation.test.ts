import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation } from './cancellation.ts'

const listener = () => {
  const reasons: unknown[] = []
  return { reasons, cancelled: (reason: unknown) => void reasons.push(reason) }
}

test('every listener is called once, with the first reason', () => {
  const cancellation = new Cancellation()
  const [stays, leaves, late] = [listener(), listener(), listener()]
  cancellation.tell(stays)
  cancellation.tell(leaves)
  cancellation.tellNot(leaves)
  assert.deepEqual([cancellation.aborted, cancellation.reason], [false, undefined])
  cancellation.abort('first')
  cancellation.abort('second')
  cancellation.tell(late)
  assert.deepEqual([stays.reasons, leaves.reasons, late.reasons], [['first'], [], []])
  assert.deepEqual([cancellation.aborted, cancellation.reason], [true, 'first'])
})

test('its signal says the same, asked for before or after', () => {
  for (const isBefore of [true, false]) {
    const cancellation = new Cancellation()
    const early = isBefore ? cancellation.signal : undefined
    const heard: unknown[] = []
    early?.addEventListener('abort', () => heard.push(early.reason))
    cancellation.abort('why')
    assert.ok(cancellation.signal.aborted)
    assert.equal(cancellation.signal.reason, 'why')
    assert.deepEqual(heard, isBefore ? ['why'] : [])
  }
})

test('without a reason it has that of an AbortController', () => {
  const cancellation = new Cancellation()
  cancellation.abort()
  assert.equal((cancellation.reason as Error).name, 'AbortError')
})

test('a listener that removes others while all are called keeps none from being called', () => {
  const cancellation = new Cancellation()
  const last = listener()
  const first = { cancelled: () => cancellation.tellNot(first) }
  cancellation.tell(first)
  cancellation.tell(last)
  cancellation.abort('why')
  assert.deepEqual(last.reasons, ['why'])
})
