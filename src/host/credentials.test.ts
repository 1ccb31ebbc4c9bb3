import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCredential, readSecrets } from './credentials.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

test('a credential is read without the newline at its end', async () => {
  using folder = temporaryDirectory()
  writeFileSync(join(folder.path, 'key'), 'line one\nline two\n')
  assert.equal(await readCredential('key', { CREDENTIALS_DIRECTORY: folder.path }), 'line one\nline two')
})

test('a secret of a service is read by its own name, without those of its unit and user', async () => {
  using folder = temporaryDirectory()
  writeFileSync(join(folder.path, 'llmbasedos-gateway._.tls.pem'), 'theirs')
  writeFileSync(join(folder.path, 'mcp-mail.ada.password'), 'ours')
  const env = { CREDENTIALS_DIRECTORY: folder.path }
  assert.equal(await readCredential('tls.pem', env), 'theirs')
  assert.equal(await readCredential('password', env), 'ours')
  assert.equal(await readCredential('pem', env), undefined)
})

test('all secrets of a service are read by their own names, and nothing else that it was given', async () => {
  using folder = temporaryDirectory()
  for (const file of ['mcp-mail.ada.KEY', 'mcp-mail.ada.OTHER', 'server.json'])
    writeFileSync(join(folder.path, file), `${file}\n`)
  assert.deepEqual(await readSecrets({ CREDENTIALS_DIRECTORY: folder.path }), {
    KEY: 'mcp-mail.ada.KEY',
    OTHER: 'mcp-mail.ada.OTHER',
  })
  assert.deepEqual(await readSecrets({}), {})
})

test('a credential that was not given is undefined', async () => {
  using folder = temporaryDirectory()
  assert.equal(await readCredential('key', { CREDENTIALS_DIRECTORY: folder.path }), undefined)
  assert.equal(await readCredential('key', {}), undefined)
})

for (const name of ['../key', 'a/b', '.hidden', '', '..', 'a\0b'])
  test(`${JSON.stringify(name)} is refused as a name`, async () => {
    await assert.rejects(readCredential(name, { CREDENTIALS_DIRECTORY: '/' }), /no name of a credential/)
  })

test('a credential may have 1 MiB and not a byte more', async () => {
  using folder = temporaryDirectory()
  const env = { CREDENTIALS_DIRECTORY: folder.path }
  writeFileSync(join(folder.path, 'key'), 'x'.repeat(1024 * 1024))
  assert.equal((await readCredential('key', env))?.length, 1024 * 1024)
  writeFileSync(join(folder.path, 'key'), 'x'.repeat(1024 * 1024 + 1))
  await assert.rejects(readCredential('key', env), /larger than 1048576 bytes/)
})
