import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mustBelongTo } from './account.ts'

test('a password goes to the host that a domain names only where it is of that domain', () => {
  mustBelongTo('ada@example.org', 'example.org')
  mustBelongTo('ada@Example.org', 'imap.example.org')
  for (const host of ['imap.example.com', 'example.org.evil.test', 'badexample.org'])
    assert.throws(() => mustBelongTo('ada@example.org', host), /says that its mail is at .*--host /)
})
