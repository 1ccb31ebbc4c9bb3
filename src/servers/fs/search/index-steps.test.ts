import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { INDEX_STEPS } from './opened-index.ts'

/** Of the steps that databases of people have done, in the order in which they did them. A new step adds a line at the end. */
const RELEASED = [
  'a7d7739eff1e139f',
  '909f7623663e1252',
  '63151499aefd4456',
  '444bc521c19c3b86',
  '7bb4dafa7d3e487c',
  'e8919b9d8920e50a',
]

test('steps of the index keep their places and their words: a database has done them by their number', () => {
  const digests = INDEX_STEPS.map((step) => hash('sha256', step).slice(0, 16))
  assert.deepEqual(digests, RELEASED)
})
