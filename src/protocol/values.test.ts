import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, nestsDeeperThan } from './values.ts'

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

test('nesting is measured as deep as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(8), (value, max) => {
      assert.equal(nestsDeeperThan(value, max), depthOf(value) > max)
    }),
  )
})

test('a value that contains itself is deeper than anything', () => {
  const loop: unknown[] = []
  loop.push(loop)
  assert.equal(nestsDeeperThan(loop, 1000), true)
})

test('canonical text is the same value, and the same text whatever the order of keys', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, reversed(inner)]),
    )
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))
      assert.equal(canonicalJson(reversed(value)), canonicalJson(value))
    }),
  )
})
