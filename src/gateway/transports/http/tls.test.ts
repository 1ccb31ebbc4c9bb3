import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { readTls } from './tls.ts'

const block = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
const KEY = block('PRIVATE KEY', 'a2V5')
const CERT = block('CERTIFICATE', 'Y2VydA==')
const CA = block('CERTIFICATE', 'Y2E=')

async function given(text: string) {
  using folder = temporaryDirectory()
  writeFileSync(join(folder.path, 'llmbasedos-gateway._.tls.pem'), text)
  return await readTls({ CREDENTIALS_DIRECTORY: folder.path })
}

test('the key, the certificate and the authority come in one credential', async () => {
  assert.deepEqual(await given(KEY + CERT + CA), {
    key: KEY.trim(),
    cert: CERT.trim(),
    authority: CA.trim(),
  })
})

test('a process that was given none has none', async () => {
  assert.equal(await readTls({}), undefined)
})

for (const [name, text] of Object.entries({
  'nothing at all': '',
  'no authority': KEY + CERT,
  'no key': CERT + CA,
  'another order': CERT + CA + KEY,
  'one too many': KEY + CERT + CA + CA,
  'half of one': KEY + CERT + CA.slice(0, -10),
}))
  test(`with ${name} it is refused, and the key is not told`, async () => {
    await assert.rejects(given(text), (error: Error) => {
      assert.match(error.message, /must hold a key.*luca certificate make/)
      assert.doesNotMatch(error.message, /a2V5/)
      return true
    })
  })
