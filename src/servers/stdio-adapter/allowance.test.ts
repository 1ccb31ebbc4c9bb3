import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Allowance } from './allowance.ts'

test('so many pass at once, and so many more each second', () => {
  const allowance = new Allowance(3, 2, 0)
  const taken = (now: number) => Array.from({ length: 10 }, () => allowance.take(now)).filter(Boolean).length
  assert.deepEqual([taken(0), taken(0), taken(500), taken(1500), taken(100_000)], [3, 0, 1, 2, 3])
})
