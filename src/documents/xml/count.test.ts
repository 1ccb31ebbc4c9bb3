import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countOf } from './count.ts'

test('a count is what an attribute says, within its bounds, and the least for what is no number', () => {
  assert.equal(countOf('7', 10), 7)
  assert.equal(countOf(' 7\n', 10), 7)
  assert.equal(countOf('1048576', 256), 256)
  assert.equal(countOf('0', 10), 1)
  assert.equal(countOf('0', 10, 0), 0)
  for (const value of [undefined, '', '-3', '1.5', '1e9', '0x10', 'many', '9'.repeat(400)])
    assert.equal(countOf(value, 10), 1, value)
})
