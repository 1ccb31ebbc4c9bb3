import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { qrCode } from './qr-code.ts'
import { readQrCode } from './testing/read-qr-code.ts'

test('a reader of QR codes finds the text again', () => {
  for (const text of ['http://127.0.0.1:8000/mcp', 'https://[fd00::1]:8443/mcp', 'Grüße'])
    assert.equal(readQrCode(qrCode(text)), text)
  fc.assert(
    fc.property(fc.webUrl(), (url) => assert.equal(readQrCode(qrCode(url)), url)),
    { numRuns: 20 },
  )
})

test('the code of a URL of this machine fits beside text on a screen of 80 × 24', () => {
  const lines = qrCode('http://127.0.0.1:65535/mcp')
  assert.ok(lines.length <= 16 && lines.every((line) => line.length <= 30))
})
