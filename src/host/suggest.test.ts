import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { suggestName } from './suggest.ts'

const names = ['read_text_file', 'write_file', 'move_file', 'echo']

test('a slip of the hand or the wrong case finds the name that was meant', () => {
  assert.equal(suggestName('read_text_fiel', names), 'read_text_file')
  assert.equal(suggestName('WRITE_FILE', names), 'write_file')
  assert.equal(suggestName('movefile', names), 'move_file')
})

test('what is far from every name, or too short to tell, finds none', () => {
  for (const name of ['delete_everything', '', 'x', 'ab']) assert.equal(suggestName(name, names), undefined)
})

test('a name with one letter changed is always found', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), fc.constantFrom('x', 'z', '9'), (name, at, letter) => {
      const i = at % name.length
      assert.equal(suggestName(name.slice(0, i) + letter + name.slice(i + 1), names), name)
    }),
  )
})
