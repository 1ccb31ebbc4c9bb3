import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backgroundOf, crowdingOf, dot } from './crowding.ts'

/** Of length 1, at an angle on a circle. */
const at = (degrees: number): Float32Array =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180))

test('it is more crowded around a vector among others than around one apart', () => {
  const [first, middle, last, apart] = crowdingOf([at(0), at(30), at(60), at(180)])
  assert.ok((middle as number) > (first as number))
  assert.ok((first as number) > (apart as number))
  assert.ok((last as number) > (apart as number))
})

test('versions of a text do not make it crowded around them', () => {
  const others = [at(40), at(80), at(120)]
  const [alone] = crowdingOf([at(0), ...others])
  const [withVersions] = crowdingOf([at(0), at(1), at(2), at(3), ...others])
  assert.equal(withVersions, alone)
})

test('around one alone it is not crowded, and none have no crowding', () => {
  assert.deepEqual(crowdingOf([at(0)]), [0])
  assert.deepEqual(crowdingOf([]), [])
})

test('the background of a question leaves out what is closest to it', () => {
  assert.ok(backgroundOf([0.9, ...Array(90).fill(0.2)], 0.2) < 0.21)
})

test('where few texts are, the background is near to the usual one', () => {
  assert.equal(backgroundOf([], 0.13), 0.13)
  assert.equal(backgroundOf([0.9], 0.13), 0.13)
  const few = backgroundOf([0.9, 0.5], 0.1)
  assert.ok(few > 0.1 && few < 0.2)
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
