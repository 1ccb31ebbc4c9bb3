import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createHostCheck } from './origin.ts'

const { problem, reachedAs } = createHostCheck(['box.example'], ['https://chat.example'])
const host = (value: string, ...origins: string[]) =>
  problem(['Host', value, ...origins.flatMap((origin) => ['Origin', origin])])

test('this machine is let in under its names and addresses, on any port', () => {
  for (const value of ['localhost', 'LOCALHOST:8000', '127.0.0.1:1', '[::1]:8000', 'box.example:8443'])
    assert.equal(host(value), undefined, value)
})
test('other names are not, however like ours they look', () => {
  for (const value of [
    'evil.com',
    'localhost.evil.com',
    'evil.com:localhost',
    '127.0.0.1.evil.com',
    '',
    'localhost:8000:9',
    'box.example.',
  ])
    assert.ok(host(value), value)
})
test('any address is let in as a Host, since no name led there', () => {
  for (const value of ['10.0.2.15:8443', '192.168.1.2', '[fe80::1]:8443', '[FD00:0::1]'])
    assert.equal(host(value), undefined, value)
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV6(), (four, six) => {
      assert.equal(host(`${four}:8443`), undefined)
      assert.equal(host(`[${six}]:8443`), undefined)
    }),
  )
})
test('what only looks like an address is not', () => {
  for (const value of [
    '10.0.2',
    '0x7f.1',
    '2130706433',
    'fe80::1',
    '[10.0.2.15]',
    '[box.example]',
    '10.0.2.15.',
  ])
    assert.ok(host(value), value)
})
test('names and addresses of the machine count as soon as it has them, and no longer than it has them', () => {
  const raw = ['Host', 'attic.local:8443', 'Origin', 'https://10.0.2.15']
  assert.ok(problem(raw))
  reachedAs(['attic', 'attic.local', '10.0.2.15', 'fd00::1'])
  assert.equal(problem(raw), undefined)
  assert.equal(host('[fd00:0::1]', 'http://[FD00::1]:3000'), undefined)
  assert.ok(host('10.0.2.15', 'https://10.0.2.16'), 'a page of another machine')
  reachedAs([])
  assert.ok(problem(raw))
  assert.equal(host('localhost', 'https://box.example'), undefined)
})
test('exactly one Host is needed', () => {
  assert.ok(problem([]))
  assert.ok(problem(['host', 'localhost', 'Host', 'localhost']))
})
test('origins of this machine and configured ones are let in', () => {
  for (const origin of [
    'http://localhost:6274',
    'https://box.example',
    'https://chat.example',
    'http://[::1]:3000',
  ])
    assert.equal(host('localhost', origin), undefined, origin)
})
test('other origins are not, nor null, nor two', () => {
  for (const origin of [
    'null',
    'https://evil.com',
    'https://chat.example.evil.com',
    'file://localhost',
    'http://localhost/x',
    'http://evil@localhost',
  ])
    assert.ok(host('localhost', origin), origin)
  assert.ok(host('localhost', 'http://localhost', 'http://localhost'))
})
