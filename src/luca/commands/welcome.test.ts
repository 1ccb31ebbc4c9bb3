import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fingerprintOf, hostKeyOf } from './welcome.ts'

const makeCertificate = () =>
  execFileSync(
    '/usr/bin/openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=x'.split(' '),
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )

test('the CA is shown by its fingerprint', async () => {
  assert.match((await fingerprintOf(makeCertificate())) ?? '', /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
})

test('one that is missing or broken does not prevent the first token, which is shown once', async () => {
  for (const text of [null, '', 'nonsense', makeCertificate().slice(0, 200)])
    assert.equal(await fingerprintOf(text), null)
})

test('the key of SSH is shown as a client shows it when it asks whether to trust it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'welcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path])
  const shown = execFileSync('ssh-keygen', ['-l', '-f', `${path}.pub`], { encoding: 'utf8' })
  assert.equal(await hostKeyOf(readFileSync(`${path}.pub`, 'utf8')), shown.split(' ')[1])
  for (const text of [null, '', 'nonsense', 'ssh-ed25519 !']) assert.equal(await hostKeyOf(text), null)
})
