import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Range, withoutRange, withRange } from './ranges.ts'

const numbers = (ranges: readonly Range[]): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
const range = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([first, more]): Range => [first, first + more])

test('ranges hold the numbers that were put in and not taken out, ascending and apart', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), range), { maxLength: 12 }), (steps) => {
      const expected = new Set<number>()
      let ranges: Range[] = []
      for (const [isAdded, one] of steps) {
        ranges = isAdded ? withRange(ranges, one) : withoutRange(ranges, one)
        for (const number of numbers([one])) isAdded ? expected.add(number) : expected.delete(number)
      }
      assert.deepEqual(
        numbers(ranges),
        [...expected].sort((one, other) => one - other),
      )
      for (const [i, [, end]] of ranges.entries()) {
        const next = ranges[i + 1]
        assert.ok(next === undefined || next[0] > end)
      }
    }),
  )
})

test('an empty range adds nothing', () => {
  assert.deepEqual(withRange([[1, 2]], [7, 6]), [[1, 2]])
})
