import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ADMIN_VERBS } from './admin-helper.ts'
import { isHostName, isUserName } from './admin-rules.ts'

test('user names are those that are safe as a file name, a unit instance and a part of a path', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.stringMatching(/^[a-zA-Z0-9_.@/-]{0,40}$/),
        fc.stringMatching(/^[a-z][a-z0-9-]{0,33}$/),
      ),
      (name) => {
        const wanted =
          /^[a-z][a-z0-9-]{0,14}$/.test(name) &&
          !name.startsWith('mcp-') &&
          !name.endsWith('-') &&
          !name.endsWith('sock') &&
          !['root', 'nobody', 'mcp', 'gateway', 'admin', 'llmbasedos'].includes(name)
        assert.equal(isUserName(name), wanted, name)
      },
    ),
  )
  for (const name of ['a', 'alice', 'a1-b2', `a${'b'.repeat(14)}`]) assert.ok(isUserName(name), name)
  for (const name of [
    '',
    'a-',
    'a\n',
    'A',
    '1a',
    'a.b',
    'a/b',
    'root',
    'mysock',
    `a${'b'.repeat(15)}`,
    'mcp-fs',
  ])
    assert.ok(!isUserName(name), name)
})

test('host names are labels joined by dots, and nothing that a command or a file could take for more', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/)
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 2 }), (labels) => isHostName(labels.join('.'))),
  )
  fc.assert(
    fc.property(fc.string(), (name) => {
      if (isHostName(name)) assert.match(name, /^[a-zA-Z0-9.-]{1,64}$/)
    }),
  )
  for (const name of ['', '-a', 'a-', 'a..b', '.a', 'a.', 'a b', 'a\n', 'é', 'a'.repeat(64)])
    assert.ok(!isHostName(name), name)
})

test('a password has no characters that a terminal takes for keys, and fits what crypt takes', () => {
  const { password } = ADMIN_VERBS['user/add'].params
  for (const good of ['12345678', 'pässwörter', 'x'.repeat(256)]) assert.ok(password.fits(good), good)
  for (const bad of [
    '1234567',
    'x'.repeat(257),
    '1234567\n',
    '1234567\0',
    '€'.repeat(200),
    '1234567\ud800',
    12345678,
  ])
    assert.ok(!password.fits(bad))
})

test('what is secret is marked as such', () => {
  const secrets = Object.entries(ADMIN_VERBS).flatMap(([verb, { params }]) =>
    Object.entries(params).flatMap(([name, rule]) =>
      'secret' in rule && rule.secret ? `${verb} ${name}` : [],
    ),
  )
  assert.deepEqual(secrets, [
    'user/add password',
    'user/passwd password',
    'secret/set value',
    'server/add launch',
    'licence/set text',
    'wifi/join passphrase',
    'disk/prepare passphrase',
  ])
})

test('a name in a certificate is a host name or an address, and can add nothing else to it', () => {
  const { names } = ADMIN_VERBS['certificate/make'].params
  assert.ok(names.fits(['box.example', '192.168.1.2', 'fe80::1']))
  for (const bad of [
    ['a, IP:1.2.3.4'],
    ['a\nCA:TRUE'],
    ['*.example'],
    ['fe80::1%eth0'],
    Array(33).fill('a'),
    'a',
  ])
    assert.ok(!names.fits(bad))
})
