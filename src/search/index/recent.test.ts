import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toBytes } from './half-floats.ts'
import { RecentVectors } from './recent.ts'
import { vectorOf } from './testing/library.ts'
import { usearch } from './usearch.ts'

const DIMENSIONS = 24
const filled = (count: number, ...more: ConstructorParameters<typeof RecentVectors>[1][]) => {
  const recent = new RecentVectors(DIMENSIONS, ...more)
  for (let i = 0; i < count; i++) recent.add(1000 + 7 * i, toBytes(vectorOf(`text ${i}`, DIMENSIONS)))
  return recent
}

test('what usearch compares is what is compared without it, the closest first', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 1, max: 250 }),
      fc.string(),
      (size, count, asked) => {
        const vector = vectorOf(asked, DIMENSIONS)
        const [fast, plain] = [filled(size, usearch.nearestOf), filled(size)].map((recent) =>
          recent.nearest(vector, count),
        )
        assert.deepEqual(
          fast?.map(({ key }) => key),
          plain?.map(({ key }) => key),
        )
        for (const [i, { similarity }] of (fast ?? []).entries())
          assert.ok(Math.abs(similarity - (plain?.[i]?.similarity ?? 9)) < 1e-5)
      },
    ),
    { numRuns: 30 },
  )
})

test('a vector that lies within a larger buffer is compared as it is', () => {
  const vector = vectorOf('text 3', DIMENSIONS)
  const within = new Float32Array([...vectorOf('another', DIMENSIONS), ...vector]).subarray(DIMENSIONS)
  const [first] = filled(50, usearch.nearestOf).nearest(within, 1)
  assert.deepEqual(first?.key, 1021)
})
