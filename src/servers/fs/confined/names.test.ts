import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapedBytes, shownName } from './names.ts'

test('a name in UTF-8 is shown as it is', () => {
  assert.equal(shownName(Buffer.from('Übung 日本.txt')), 'Übung 日本.txt')
})

test('bytes that are not UTF-8 are shown as escapes, among characters that are', () => {
  assert.equal(shownName(Buffer.from([0x63, 0x61, 0x66, 0xe9, 0xc3, 0xa9])), 'caf\\xe9é')
})

test('a line break in a name is escaped, so that it forges no line of a listing', () => {
  assert.equal(shownName(Buffer.from('a\n[DIR] b')), 'a\\x0a[DIR] b')
})

test('a name without escapes stands for no other bytes', () => {
  assert.equal(escapedBytes('plain.txt'), undefined)
})

test('escapes never make a separator, a NUL or a step upwards', () => {
  for (const name of ['a\\x2fb', 'a\\x00', '\\x2e', '\\x2e\\x2e', '.\\x2e'])
    assert.equal(escapedBytes(name), undefined, name)
})

test('whatever bytes a name has, its shown form leads back to it', () => {
  const byte = fc.integer({ min: 1, max: 255 }).filter((value) => value !== 0x2f && value !== 0x5c)
  fc.assert(
    fc.property(fc.array(byte, { minLength: 3, maxLength: 30 }), (bytes) => {
      const name = Buffer.from(bytes)
      const shown = shownName(name)
      assert.deepEqual(escapedBytes(shown) ?? Buffer.from(shown), name)
    }),
  )
})
