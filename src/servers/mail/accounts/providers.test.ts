import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROVIDERS, settingsFor } from './providers.ts'

const nothing = async () => []

test('large providers are known, with what their users have to do first', async () => {
  const found = await settingsFor('Ada@GMail.com', nothing)
  assert.deepEqual(found.imap, { host: 'imap.gmail.com', port: 993, security: 'tls', user: 'Ada@GMail.com' })
  assert.deepEqual([found.smtp?.host, found.smtp?.port, found.smtp?.security], ['smtp.gmail.com', 465, 'tls'])
  assert.deepEqual([found.from, /app password/.test(found.advice ?? '')], ['provider', true])
  const domains = PROVIDERS.flatMap((one) => one.domains)
  assert.equal(new Set(domains).size, domains.length)
})

test('a domain says where its mail lies, and TLS from the start comes first', async () => {
  const asked: string[] = []
  const servicesOf = async (name: string) => {
    asked.push(name)
    if (name.startsWith('_submission.')) return [{ host: 'out.example.org', port: 587 }]
    return name.startsWith('_imap.') ? [{ host: 'mail.example.org', port: 143 }] : []
  }
  const { imap, smtp, from } = await settingsFor('ada@example.org', servicesOf)
  assert.deepEqual(
    [imap.host, imap.port, imap.security, from],
    ['mail.example.org', 143, 'starttls', 'domain'],
  )
  assert.deepEqual([smtp?.host, smtp?.port, smtp?.security], ['out.example.org', 587, 'starttls'])
  assert.deepEqual(
    asked,
    ['_imaps', '_imap', '_submissions', '_submission'].map((service) => `${service}._tcp.example.org`),
  )
})

test('where nothing is known, the usual name is a guess', async () => {
  const { imap, smtp, from } = await settingsFor('ada@example.org', nothing)
  assert.deepEqual([imap.host, imap.port, from], ['imap.example.org', 993, 'guess'])
  assert.deepEqual([smtp?.host, smtp?.port], ['smtp.example.org', 465])
})
