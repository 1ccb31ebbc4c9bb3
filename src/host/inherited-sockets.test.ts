import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inheritedSockets } from './inherited-sockets.ts'

test('sockets come in order with their names, and the variables are gone', () => {
  const env = { LISTEN_PID: '7', LISTEN_FDS: '3', LISTEN_FDNAMES: 'unix::https', OTHER: 'stays' }
  assert.deepEqual(inheritedSockets(env, 7), [
    { fd: 3, name: 'unix' },
    { fd: 4, name: 'unknown' },
    { fd: 5, name: 'https' },
  ])
  assert.deepEqual(env, { OTHER: 'stays' })
})

test('sockets without any names are of unknown name', () => {
  assert.deepEqual(inheritedSockets({ LISTEN_PID: '7', LISTEN_FDS: '1' }, 7), [{ fd: 3, name: 'unknown' }])
})

test('sockets meant for another process are left alone', () => {
  const env = { LISTEN_PID: '8', LISTEN_FDS: '1' }
  assert.deepEqual(inheritedSockets(env, 7), [])
  assert.deepEqual(env, {})
})

test('without the variables there are no sockets', () => {
  assert.deepEqual(inheritedSockets({}, 7), [])
})

for (const [variable, value] of [
  ['LISTEN_PID', 'me'],
  ['LISTEN_FDS', '-1'],
  ['LISTEN_FDS', '1.5'],
  ['LISTEN_FDS', '99999'],
] as const)
  test(`${variable}=${value} is refused by name`, () => {
    const env = { LISTEN_PID: '7', LISTEN_FDS: '1', [variable]: value }
    assert.throws(() => inheritedSockets(env, 7), { message: new RegExp(variable) })
  })
