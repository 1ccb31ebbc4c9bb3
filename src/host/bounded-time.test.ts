import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OutOfTime, within } from './bounded-time.ts'

test('work that ends gives its result, or its own error', () => {
  assert.equal(
    within(60_000, () => 7),
    7,
  )
  const own = new RangeError('own')
  assert.throws(
    () =>
      within(60_000, () => {
        throw own
      }),
    (error) => error === own,
  )
})

test('work that would not end for years is broken off, and what comes after it is not', () => {
  const evil = /^(?:(\w|\w\w)+)+\1!$/
  assert.throws(() => within(50, () => evil.test('a'.repeat(200))), OutOfTime)
  assert.equal(
    within(60_000, () => /a/.test('a')),
    true,
  )
})
