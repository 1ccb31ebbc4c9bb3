import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mentionOf, mentionsIn, withNames } from './names.ts'

test('the tools that texts name are named as their reader knows them, however deep the texts are', () => {
  const value = { a: [`Use ${mentionOf('x_y')}, or {tool:z}.`], n: 1, '{tool:z}': null }
  assert.deepEqual(
    withNames(value, (tool) => `fs_${tool}`),
    { a: ['Use fs_x_y, or fs_z.'], n: 1, fs_z: null },
  )
  assert.deepEqual(mentionsIn(value), ['x_y', 'z', 'z'])
  assert.equal(
    withNames('{tool:x}', () => 'y'),
    'y',
  )
})

test('what names no tool is given back as it is', () => {
  const value = { a: 'tool: {tool}, {tool:}, {tool:"x"}' }
  assert.deepEqual(
    withNames(value, () => assert.fail()),
    value,
  )
  const plain = { a: 'x' }
  assert.equal(
    withNames(plain, () => assert.fail()),
    plain,
  )
  assert.equal(
    withNames(undefined, () => assert.fail()),
    undefined,
  )
})
