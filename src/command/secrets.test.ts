import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import { session } from '../luca/fixtures/session.ts'
import { secretsIn } from './secrets.ts'

const KEY = { server: 'llm-remote', user: null, name: 'openai' }

test('a secret lies in a file of its own that its owner alone can read, by the name that its unit imports', async () => {
  using folder = temporaryDirectory()
  const store = join(folder.path, 'credstore')
  const placed = join(folder.path, 'credentials')
  const secrets = secretsIn(store, placed)
  assert.deepEqual(await secrets.list(), [])
  await secrets.set(KEY, 'sk-1')
  await secrets.set(KEY, 'sk-2')
  await secrets.set({ ...KEY, server: 'mail', user: 'ada' }, 'x')
  const path = join(store, 'llmbasedos-llm-remote._.openai')
  assert.equal(readFileSync(path, 'utf8'), 'sk-2')
  assert.deepEqual([statSync(path).mode & 0o777, statSync(store).mode & 0o777], [0o600, 0o700])
  assert.deepEqual(await secrets.list(), [KEY, { ...KEY, server: 'mail', user: 'ada' }])
  await secrets.remove(KEY)
  await assert.rejects(secrets.remove(KEY), /no such secret/)
  assert.equal((await secrets.list()).length, 1)
})

test('a secret reaches the service that runs, and what it was given of another one stays as it is', async () => {
  using folder = temporaryDirectory()
  const placed = join(folder.path, 'credentials')
  const own = join(placed, 'mcp-mail@ada.service')
  mkdirSync(own, { recursive: true })
  const secrets = secretsIn(join(folder.path, 'credstore'), placed)
  const password = { server: 'mail', user: 'ada', name: 'home' }
  assert.deepEqual(await secrets.set(password, 'x'), { restarted: true })
  assert.deepEqual(await secrets.set({ ...password, user: 'bob' }, 'y'), { restarted: false })
  const file = join(own, 'mcp-mail.ada.home')
  assert.deepEqual([readFileSync(file, 'utf8'), statSync(file).mode & 0o777], ['x', 0o400])
  await secrets.remove(password)
  assert.deepEqual(readdirSync(own), [])
})

test('names that lead elsewhere and values that are none are refused', async () => {
  using folder = temporaryDirectory()
  const secrets = secretsIn(folder.path, join(folder.path, 'none'))
  for (const [secret, value] of [
    [{ ...KEY, name: '../x' }, 'x'],
    [{ ...KEY, server: '../x' }, 'x'],
    [{ ...KEY, user: '../x' }, 'x'],
    [KEY, ''],
    [KEY, 'x'.repeat(70_000)],
  ] as const)
    await assert.rejects(secrets.set(secret, value), /must be/)
  assert.deepEqual(await secrets.list(), [])
})

test('luca secret keeps them for the "luca up" whose gateway is named, and never shows a value', async () => {
  using folder = temporaryDirectory()
  const socket = join(folder.path, 'run/mcp/gateway.sock')
  const run = (words: string[], stdin = '') => session([...words, '--socket', socket], { stdin })
  const kept = await run(['secret', 'set', 'llm-remote', 'openai'], 'sk-1\n')
  assert.deepEqual([kept.code, kept.stdout], [0, 'kept openai for llm-remote\n'])
  assert.match(kept.stderr, /at its next start/)
  assert.equal(readFileSync(join(folder.path, 'credstore/llmbasedos-llm-remote._.openai'), 'utf8'), 'sk-1')
  const listed = await run(['secret', 'list', '--json'])
  assert.deepEqual(JSON.parse(listed.stdout), { secrets: [KEY] })
  assert.equal((await run(['secret', 'remove', 'llm-remote', 'openai'])).code, 0)
  assert.equal((await run(['secret', 'remove', 'llm-remote', 'openai'])).code, 1)
})
