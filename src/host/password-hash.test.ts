import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword } from './password-hash.ts'

test('a password is hashed with a salt of its own, in the way that logging in expects', () => {
  const [first, second] = [hashPassword('correct horse'), hashPassword('correct horse')]
  assert.match(first, /^\$y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{43}$/)
  assert.notEqual(first, second)
})
