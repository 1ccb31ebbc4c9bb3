import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ToolError } from '../../../protocol/define.ts'
import { cursorOf, MAX_SKIPPED, skippedOf } from './cursor.ts'

const QUESTION = { asked: 'a', folder: '/b' }

test('a cursor says how many hits were given, to the same question alone', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: MAX_SKIPPED }), (skip) => {
      const cursor = cursorOf(QUESTION, skip)
      assert.equal(skippedOf({ folder: '/b', asked: 'a' }, cursor), skip)
      assert.throws(() => skippedOf({ ...QUESTION, folder: '/c' }, cursor), /of another question/)
    }),
  )
  assert.equal(skippedOf(QUESTION, undefined), 0)
})

test('a cursor that is forged, damaged or from elsewhere is refused, with what to do', () => {
  const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const { q } = JSON.parse(Buffer.from(cursorOf(QUESTION, 1), 'base64url').toString())
  for (const cursor of [
    '',
    'x',
    forged({ q, n: -1 }),
    forged({ q, n: 0 }),
    forged({ q, n: 1e9 }),
    forged({ q, n: 1.5 }),
    forged({ q, n: '5' }),
    forged([q, 5]),
    forged({ q, n: 5, more: 'x'.repeat(1000) }),
  ])
    assert.throws(() => skippedOf(QUESTION, cursor), /none that a search gave. Search again without one/)
  fc.assert(
    fc.property(fc.string(), (cursor) => {
      assert.throws(() => skippedOf(QUESTION, cursor), ToolError)
    }),
  )
})
