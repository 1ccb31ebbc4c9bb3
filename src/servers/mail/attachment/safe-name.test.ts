import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { safeName } from './safe-name.ts'

const NAMES: [sent: string | undefined, type: string, expected: string][] = [
  ['bill.pdf', 'application/pdf', 'bill.pdf'],
  ['Rechnung für März.pdf', 'application/pdf', 'Rechnung für März.pdf'],
  ['../../etc/passwd', 'text/plain', 'passwd.txt'],
  ['C:\\Users\\ada\\bill.pdf', 'application/pdf', 'bill.pdf'],
  ['/', 'application/pdf', 'attachment.pdf'],
  ['..', 'application/octet-stream', 'attachment'],
  ['.bashrc', 'text/plain', 'bashrc.txt'],
  ['a\u0000b\r\nc.pdf', 'application/pdf', 'ab c.pdf'],
  ['invoice\u202efdp.exe', 'application/pdf', 'invoicefdp.exe'],
  ['con.txt', 'text/plain', '_con.txt'],
  ['LPT1', 'application/octet-stream', '_LPT1'],
  ['console.txt', 'text/plain', 'console.txt'],
  ['what?.pdf ', 'application/pdf', 'what_.pdf'],
  [undefined, 'message/rfc822', 'attachment.eml'],
  [undefined, 'application/x-odd', 'attachment'],
  [' . . ', 'image/png', 'attachment.png'],
  [`${'x'.repeat(300)}.pdf`, 'application/pdf', `${'x'.repeat(196)}.pdf`],
]

test('names of senders become names of files', () => {
  for (const [sent, type, expected] of NAMES) assert.equal(safeName(sent, type), expected)
})

const nasty = fc.constantFrom(
  '..',
  '/',
  '\\',
  '\0',
  '\n',
  '\r',
  '\x1b[2J',
  '\u202e',
  '\u200b',
  '.',
  ' ',
  'con',
  'NUL',
  'aux.',
  '\ud800',
  '\udfff',
  '🙂',
  'é',
  ':',
  '*',
  '~',
  '\\x2f',
  'a',
  '.pdf',
  '%2e%2e%2f',
)
const names = fc.oneof(
  fc.array(nasty, { maxLength: 120 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
)

test('whatever a sender calls a file, its name is one name, visible, short, and no system’s own', () => {
  fc.assert(
    fc.property(names, fc.constantFrom('application/pdf', 'text/plain', 'x/y'), (sent, type) => {
      const name = safeName(sent, type)
      assert.ok(name.length > 0 && Buffer.byteLength(name) <= 200)
      assert.ok(name.isWellFormed())
      assert.doesNotMatch(name, /[/\\<>:"|?*]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      assert.doesNotMatch(name, /^[.\s]|[.\s]$/u)
      assert.doesNotMatch(name, /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i)
      assert.equal(safeName(name, type), name, 'a safe one stays')
    }),
    { numRuns: 2000 },
  )
})
