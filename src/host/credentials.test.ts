import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCredential, readSecrets } from './credentials.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

/** As the service manager puts it in place. */
const keep = (path: string, text: string, mode = 0o400) => {
  rmSync(path, { force: true })
  writeFileSync(path, text, { mode })
}

test('a credential is read without the newline at its end', async () => {
  using folder = temporaryDirectory()
  keep(join(folder.path, 'key'), 'line one\nline two\n')
  assert.equal(await readCredential('key', { CREDENTIALS_DIRECTORY: folder.path }), 'line one\nline two')
})

test('a secret of a service is read by its own name, without those of its unit and user', async () => {
  using folder = temporaryDirectory()
  keep(join(folder.path, 'llmbasedos-gateway._.tls.pem'), 'theirs')
  keep(join(folder.path, 'mcp-mail.ada.password'), 'ours')
  const env = { CREDENTIALS_DIRECTORY: folder.path }
  assert.equal(await readCredential('tls.pem', env), 'theirs')
  assert.equal(await readCredential('password', env), 'ours')
  assert.equal(await readCredential('pem', env), undefined)
})

test('all secrets of a service are read by their own names, and nothing else that it was given', async () => {
  using folder = temporaryDirectory()
  for (const file of ['mcp-mail.ada.KEY', 'mcp-mail.ada.OTHER', 'server.json'])
    keep(join(folder.path, file), `${file}\n`)
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
  keep(join(folder.path, 'key'), 'x'.repeat(1024 * 1024))
  assert.equal((await readCredential('key', env))?.length, 1024 * 1024)
  keep(join(folder.path, 'key'), 'x'.repeat(1024 * 1024 + 1))
  await assert.rejects(readCredential('key', env), /larger than 1048576 bytes/)
})

for (const mode of [0o440, 0o600, 0o640])
  test(`a credential of mode ${mode.toString(8)} is read`, async () => {
    using folder = temporaryDirectory()
    keep(join(folder.path, 'key'), 'abc')
    chmodSync(join(folder.path, 'key'), mode)
    assert.equal(await readCredential('key', { CREDENTIALS_DIRECTORY: folder.path }), 'abc')
  })

for (const mode of [0o444, 0o644, 0o660, 0o602, 0o401])
  test(`a credential of mode ${mode.toString(8)} is refused, since others may read or change it, and not told`, async () => {
    using folder = temporaryDirectory()
    keep(join(folder.path, 'key'), 'hunter22')
    chmodSync(join(folder.path, 'key'), mode)
    await assert.rejects(readCredential('key', { CREDENTIALS_DIRECTORY: folder.path }), (error: Error) => {
      assert.match(error.message, new RegExp(`key holds a secret, .*mode ${mode.toString(8)}.*chmod 600`))
      assert.doesNotMatch(`${error.stack}`, /hunter22/)
      return true
    })
  })

test('a credential that is no regular file is refused', async () => {
  using folder = temporaryDirectory()
  const env = { CREDENTIALS_DIRECTORY: folder.path }
  mkdirSync(join(folder.path, 'key'))
  symlinkSync('/dev/zero', join(folder.path, 'endless'))
  await assert.rejects(readCredential('key', env), /is a folder, not a file/)
  await assert.rejects(readCredential('endless', env), /is a device, not a file/)
})
