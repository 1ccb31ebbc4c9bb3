import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { readTls } from './tls.ts'

/** A key and a certificate of it. */
function pair(): [key: string, cert: string] {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  using folder = temporaryDirectory()
  const path = join(folder.path, 'key')
  writeFileSync(path, key)
  const names = 'subjectAltName=DNS:box.local,IP:10.0.2.15,IP:FD00:0::1'
  const args = ['req', '-x509', '-new', '-key', path, '-subj', '/CN=x', '-addext', names]
  return [key, execFileSync('/usr/bin/openssl', args, { encoding: 'utf8' })]
}
const [KEY, CERT] = pair()
const [OTHER_KEY, CA] = pair()
/** Looks like one, and is none. */
const hollow = (pem: string) => pem.replace(/\n[\s\S]+\n(?=-----END)/, '\na2V5\n')

async function given(text: string) {
  using folder = temporaryDirectory()
  writeFileSync(join(folder.path, 'llmbasedos-gateway._.tls.pem'), text, { mode: 0o600 })
  return await readTls({ CREDENTIALS_DIRECTORY: folder.path })
}

test('the key, the certificate and the CA come in one credential', async () => {
  assert.deepEqual(await given(KEY + CERT + CA), {
    key: KEY.trim(),
    cert: CERT.trim(),
    ca: CA.trim(),
    names: ['box.local', '10.0.2.15', 'fd00::1'],
  })
})

test('a process that was given none has none', async () => {
  assert.equal(await readTls({}), undefined)
})

for (const [name, text] of Object.entries({
  'nothing at all': '',
  'no CA': KEY + CERT,
  'no key': CERT + CA,
  'another order': CERT + CA + KEY,
  'one too many': KEY + CERT + CA + CA,
  'half of one': KEY + CERT + CA.slice(0, -10),
  'the key of another': OTHER_KEY + CERT + CA,
  'a hollow key': hollow(KEY) + CERT + CA,
  'a hollow certificate': KEY + hollow(CERT) + CA,
  'a hollow CA': KEY + CERT + hollow(CA),
}))
  test(`with ${name} it is refused, and the key is not told`, async () => {
    await assert.rejects(given(text), (error: Error) => {
      assert.match(error.message, /must hold a key.*luca certificate make/)
      assert.doesNotMatch(`${error.stack}${(error.cause as Error | undefined)?.stack}`, /PRIVATE KEY|MIG/)
      return true
    })
  })
