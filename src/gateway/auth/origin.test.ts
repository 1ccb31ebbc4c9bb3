import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createHostCheck, originsProblem } from './origin.ts'

const rules = { hosts: ['box.example'], origins: ['https://chat.example'] }
const { problem, reachedAs } = createHostCheck({ ...rules, ownPages: true })
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
test('where no token is asked for, pages are let in by their origin alone, and those of the gateway itself', () => {
  const strict = createHostCheck({ ...rules, ownPages: false })
  const of = (origin: string) => strict.problem(['Host', 'localhost', 'Origin', origin])
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1:8000', 'https://box.example', 'null'])
    assert.match(of(origin) ?? '', /http\.origins/, origin)
  assert.equal(of('https://chat.example'), undefined)
  const own = ['Host', 'localhost:8000', 'Origin', 'http://localhost:8000']
  assert.equal(strict.problem(own), undefined, 'where the gateway listens no other program does')
  assert.equal(strict.problem(['Host', 'localhost']), undefined, 'a program is no page')
})
test('an origin that stands for many is no origin', () => {
  for (const [origin, why] of [
    ['*', /every page of the web/],
    ['null', /sandbox/],
    ['NULL', /sandbox/],
    ['chat.example', /no origin/],
    ['https://*.example', /no origin/],
    ['https://chat.example/app', /no origin/],
    ['', /no origin/],
  ] as const)
    assert.match(originsProblem(['https://a.example', origin]) ?? '', why, origin)
  assert.equal(
    originsProblem([
      'https://chat.example',
      'http://localhost:3000/',
      'tauri://localhost',
      'chrome-extension://abc',
    ]),
    undefined,
  )
})
