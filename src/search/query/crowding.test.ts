import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { crowdingOf, dot } from './crowding.ts'

/** Of length 1, at an angle on a circle. */
const at = (degrees: number): Float32Array =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180))

test('it is more crowded around a vector among others than around one apart', () => {
  const [first, middle, last, apart] = crowdingOf([at(0), at(30), at(60), at(180)], 0.5)
  assert.ok((middle as number) > (first as number))
  assert.ok((first as number) > (apart as number))
  assert.ok((last as number) > (apart as number))
})

test('versions of a text do not make it crowded around them', () => {
  const others = [at(40), at(80), at(120)]
  const [alone] = crowdingOf([at(0), ...others], 0.5)
  const [withVersions] = crowdingOf([at(0), at(1), at(2), at(3), ...others], 0.5)
  assert.equal(withVersions, alone)
})

test('around few it is as crowded as is usual, and none have no crowding', () => {
  assert.deepEqual(crowdingOf([at(0)], 0.5), [0.5])
  assert.deepEqual(crowdingOf([], 0.5), [])
  const [one] = crowdingOf([at(0), at(60)], 0.5)
  assert.ok(Math.abs((one as number) - 0.5) < 1e-6)
})

test('a product of vectors is the sum of its parts, however many there are', () => {
  const vector = fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 12 })
  fc.assert(
    fc.property(vector, vector, (one, other) => {
      const sum = one.reduce((all, value, i) => all + value * (other[i] ?? 0), 0)
      assert.equal(dot(Float32Array.from(one), Float32Array.from(other)) + 0, sum + 0)
    }),
  )
})
