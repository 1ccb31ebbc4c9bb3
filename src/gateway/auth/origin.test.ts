import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHostCheck } from './origin.ts'

const { problem } = createHostCheck(['box.example'], ['https://chat.example'])
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
