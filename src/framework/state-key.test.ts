import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KEY_BYTES, stateKey } from './state-key.ts'

const unexpected = (error: unknown) => assert.fail(String(error))

function withDirectory(run: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'state-key-'))
  try {
    run(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('the key is made once, kept for later processes, and readable by its owner alone', () =>
  withDirectory((directory) => {
    const key = stateKey(directory, unexpected)
    assert.equal(key.length, KEY_BYTES)
    assert.deepEqual(stateKey(directory, unexpected), key)
    assert.deepEqual(readdirSync(directory), ['request-state.key'])
    assert.equal(statSync(join(directory, 'request-state.key')).mode & 0o777, 0o600)
  }))

test('a torn key is replaced', () =>
  withDirectory((directory) => {
    const torn = stateKey(directory, unexpected)
    truncateSync(join(directory, 'request-state.key'), 5)
    const key = stateKey(directory, unexpected)
    assert.equal(key.length, KEY_BYTES)
    assert.notDeepEqual(key, torn)
    assert.deepEqual(stateKey(directory, unexpected), key)
  }))

test('without a state directory every process has its own key', () => {
  assert.notDeepEqual(stateKey(undefined, unexpected), stateKey(undefined, unexpected))
})

test('a key that cannot be kept is reported, and the process has one all the same', () => {
  const problems: unknown[] = []
  const key = stateKey('/proc/no-such-directory', (error) => problems.push(error))
  assert.equal(key.length, KEY_BYTES)
  assert.equal(problems.length, 1)
})
