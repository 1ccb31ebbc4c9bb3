import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directories } from './directories.ts'

test('each kind of folder is the first that its variable lists', () => {
  const env = {
    RUNTIME_DIRECTORY: '/run/a',
    STATE_DIRECTORY: '/var/lib/a:/var/lib/b',
    CACHE_DIRECTORY: '/var/cache/a',
    CONFIGURATION_DIRECTORY: '/etc/a',
    CREDENTIALS_DIRECTORY: '/run/credentials/a',
  }
  assert.deepEqual(directories(env), {
    runtime: '/run/a',
    state: '/var/lib/a',
    cache: '/var/cache/a',
    configuration: '/etc/a',
    credentials: '/run/credentials/a',
  })
})

test('a colon in a path is not one between two', () => {
  const env = { STATE_DIRECTORY: '/s\\:t/a:/s\\:t/b', CREDENTIALS_DIRECTORY: '/s:t/credentials' }
  assert.deepEqual(directories(env), { state: '/s:t/a', credentials: '/s:t/credentials' })
})

test('a kind that the manager did not set is absent', () => {
  assert.deepEqual(directories({ STATE_DIRECTORY: '' }), {})
})

test('a relative folder is refused by name', () => {
  assert.throws(() => directories({ STATE_DIRECTORY: 'lib/a' }), /STATE_DIRECTORY.*absolute/)
})
