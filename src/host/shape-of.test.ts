import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { shapeOf } from './shape-of.ts'

test('kinds and sizes are shown', () => {
  const value = {
    path: '/etc/passwd!',
    edits: [1, 2, 3],
    dryRun: true,
    n: 7,
    deep: { a: { b: 1 }, c: 2 },
    no: null,
  }
  assert.deepEqual(shapeOf(value), {
    path: 'string(12)',
    edits: 'array(3)',
    dryRun: 'boolean',
    n: 'number',
    deep: 'object(2)',
    no: 'null',
  })
  assert.equal(shapeOf('secret'), 'string(6)')
  assert.equal(shapeOf([1]), 'array(1)')
})

test('many keys and long keys are cut', () => {
  const value = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}-${'k'.repeat(100)}`, i]))
  const keys = Object.keys(shapeOf(value))
  assert.equal(keys.length, 20)
  assert.ok(keys.every((key) => key.length === 40))
})

test('no value ever shows', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const shape = JSON.stringify(
        shapeOf({ a: `SECRET${JSON.stringify(value)}`, b: ['SECRET'], c: { SECRET: value } }),
      )
      assert.doesNotMatch(shape, /SECRET/)
    }),
  )
})
