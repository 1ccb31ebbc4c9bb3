import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fingerprintOf } from './welcome.ts'

const makeCertificate = () =>
  execFileSync(
    '/usr/bin/openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=x'.split(' '),
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )

test('the authority is told by its fingerprint', async () => {
  assert.match((await fingerprintOf(makeCertificate())) ?? '', /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
})

test('one that is missing or broken keeps nobody from the first token, which is shown once', async () => {
  for (const text of [null, '', 'nonsense', makeCertificate().slice(0, 200)])
    assert.equal(await fingerprintOf(text), null)
})
