import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { joinPaths, splitPaths } from './path-list.ts'

test('any paths are the same after they were in a list', () => {
  const path = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({ unit: fc.constantFrom(':', '\\', '/', 'a', '\n'), minLength: 1 }),
  )
  fc.assert(fc.property(fc.array(path), (paths) => assert.deepEqual(splitPaths(joinPaths(paths)), paths)))
})

test('a list without a backslash is split at its colons, and what is empty is left out', () => {
  assert.deepEqual(splitPaths('/a:/b c::/d:'), ['/a', '/b c', '/d'])
  assert.deepEqual(splitPaths(''), [])
  assert.deepEqual(splitPaths('/a\\:b:/c'), ['/a:b', '/c'])
})
