import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { ToolError } from '../../../protocol/define.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { type SmtpServer, startSmtp } from '../testing/smtp-server.ts'
import { accountAt, type WithAccounts, withAccounts } from '../testing/with-accounts.ts'

let dovecot: Dovecot
let smtp: SmtpServer
before(async () => {
  dovecot = await startDovecot({ users: { ada: 'secret' } })
  smtp = await startSmtp({ ada: 'secret' })
})
after(async () => {
  await dovecot[Symbol.asyncDispose]()
  await smtp[Symbol.asyncDispose]()
})

/** Stands in for the server of files, which reads them in ranges. */
class FakeFiles {
  readonly files = new Map<string, { bytes: Buffer; type: string }>()
  /** Paths that were read, a piece each. */
  readonly read: string[] = []
  /** Called after each piece. */
  onRead: (path: string) => void = () => {}

  put(path: string, bytes: Buffer | string, type = 'application/pdf'): void {
    this.files.set(path, { bytes: Buffer.from(bytes), type })
  }

  readonly tools = {
    fs_read_media_file: ({ path, offset, length }: Record<string, unknown>): CallToolResult => {
      const file = this.files.get(String(path))
      if (!file) throw new ToolError(`There is no file "${path}".`, { kind: 'not_found', untrusted: 'file' })
      this.read.push(String(path))
      const blob = file.bytes.subarray(Number(offset), Number(offset) + Number(length)).toString('base64')
      const content = [{ type: 'resource', resource: { uri: 'file:///', mimeType: file.type, blob } }]
      const structuredContent = { content, size: file.bytes.length }
      this.onRead(String(path))
      return { resultType: 'complete', content: [], structuredContent }
    },
  }
}

async function sender(settings = ''): Promise<{ mail: WithAccounts; fs: FakeFiles }> {
  const fs = new FakeFiles()
  const account = { ...accountAt(dovecot, 'ada'), smtp: smtp.address('ada') }
  const mail = await withAccounts([account], {
    settings: `sendDelaySeconds: 0\n${settings}`,
    gateway: { tools: fs.tools },
  })
  await mail.agree('allow_account', { account: 'ada', allowed: 'send' })
  return { mail, fs }
}

async function leave({ running }: WithAccounts): Promise<void> {
  for (const key of running.gateway.wakeList.entries.keys())
    if (key.startsWith('send:')) await running.wake(key)
}

const WRITTEN = { to: ['eva@example.com'], subject: 'Bills', text: 'See what is attached.' }
/** The bytes of what is attached, by its name, as it was sent. */
const attachedIn = (content: string): Record<string, Buffer> =>
  Object.fromEntries(
    [...content.matchAll(/filename="?([^\r\n";]+)"?\r\n(?:[^\r\n]+\r\n)*\r\n([A-Za-z0-9+/=\r\n]*)/g)].map(
      ([, name = '', text = '']) => [name, Buffer.from(text, 'base64')],
    ),
  )
const outbox = async (mail: WithAccounts) =>
  (await mail.ask<{ emails: object[] }>('list_outbox')).emails.length

test('files go along byte for byte, and each is named with its size in what a person is asked', async () => {
  const { mail, fs } = await sender()
  await using _ = mail
  const long = randomBytes(7_000_000)
  fs.put('/Bills/bill.pdf', long)
  fs.put('/notes.txt', 'a\nb\r\nc', 'text/plain')
  fs.put('/mail.eml', 'Subject: x\n\nFrom here on\n.\n', 'message/rfc822')
  fs.put('/empty', '', 'application/octet-stream')
  const attachments = ['/Bills/bill.pdf', '/notes.txt', '/mail.eml', '/empty']
  const next = smtp.next()
  const { what } = await mail.agree('send_email', { ...WRITTEN, attachments })
  assert.match(
    what,
    /; subject "Bills"; attached "\/Bills\/bill\.pdf" \(7\.0 MB\), "\/notes\.txt" \(6 bytes\), "\/mail\.eml" \(27 bytes\), "\/empty" \(0 bytes\);/,
  )
  await leave(mail)
  const { content } = await next
  const sent = attachedIn(content)
  assert.deepEqual(Object.keys(sent), ['bill.pdf', 'notes.txt', 'mail.eml', 'empty'])
  assert.ok(sent['bill.pdf']?.equals(long))
  assert.equal(String(sent['notes.txt']), 'a\nb\r\nc')
  assert.equal(String(sent['mail.eml']), 'Subject: x\n\nFrom here on\n.\n')
})

test('a file that changes after the yes is asked about anew, and one that changes later was taken as it was', async () => {
  const { mail, fs } = await sender()
  await using _ = mail
  fs.put('/a.txt', 'as shown', 'text/plain')
  // Read once for the question, and once for what is sent.
  fs.onRead = () => fs.put('/a.txt', 'as swapped', 'text/plain')
  const given = { ...WRITTEN, attachments: ['/a.txt'] }
  const { id } = await mail.agree<{ id?: number }>('send_email', given)
  assert.deepEqual([id, await outbox(mail)], [undefined, 0])
  fs.onRead = () => {}
  const next = smtp.next()
  await mail.agree('send_email', given)
  fs.put('/a.txt', 'another', 'text/plain')
  await leave(mail)
  assert.equal(String(attachedIn((await next).content)['a.txt']), 'as swapped')
})

test('what is too much together is not read to its end, and the bound is said', async () => {
  const { mail, fs } = await sender('attachedMegabytes: 1')
  await using _ = mail
  fs.put('/a', randomBytes(600_000))
  fs.put('/b', randomBytes(600_000))
  fs.put('/large', randomBytes(20_000_000))
  const says = /takes more than 1\.0 MB together, which is the most \("attachedMegabytes" in mail\.yaml\)/
  await assert.rejects(mail.ask('send_email', { ...WRITTEN, attachments: ['/a', '/b'] }), says)
  fs.read.length = 0
  await assert.rejects(mail.ask('send_email', { ...WRITTEN, attachments: ['/large'] }), says)
  assert.deepEqual(fs.read, ['/large'])
  const many = Array.from({ length: 11 }, () => '/a')
  await assert.rejects(mail.ask('send_email', { ...WRITTEN, attachments: many }), /10/)
  await assert.rejects(
    mail.ask('send_email', { ...WRITTEN, attachments: ['/none'] }),
    /There is no file "\/none"/,
  )
  assert.equal(await outbox(mail), 0)
})

test('a file that grows or ends while it is read is not sent', async () => {
  const { mail, fs } = await sender()
  await using _ = mail
  for (const bytes of [randomBytes(5_000_000), randomBytes(3_000_000)]) {
    fs.put('/log', randomBytes(4_000_000))
    fs.onRead = () => fs.put('/log', bytes)
    await assert.rejects(
      mail.ask('send_email', { ...WRITTEN, attachments: ['/log'] }),
      /"\/log" changes while it is read/,
    )
  }
})

test('names become safe ones, and what is sent under another name says so', async () => {
  const { mail, fs } = await sender()
  await using _ = mail
  const odd = '/x/in\u202evoice\r\nBcc: thief@evil.example.pdf'
  fs.put(odd, 'x')
  const next = smtp.next()
  const { what } = await mail.agree('send_email', { ...WRITTEN, attachments: [odd] })
  assert.match(what, / as "invoice Bcc_ thief@evil\.example\.pdf" \(1 bytes\)/)
  await leave(mail)
  const { content, to } = await next
  assert.deepEqual(to, ['eva@example.com'])
  assert.doesNotMatch(content, /^Bcc/m)
})

test('nothing is read of what can’t be sent anyway', async () => {
  const { mail, fs } = await sender()
  await using _ = mail
  fs.put('/a', 'x')
  for (const wrong of [{ to: [] }, { to: ['Eva'] }, { subject: 'a\nb' }, { from: 'x@example.com' }])
    await assert.rejects(mail.ask('send_email', { ...WRITTEN, ...wrong, attachments: ['/a'] }))
  assert.deepEqual(fs.read, [])
})

test('a draft keeps files at the server once a person agreed to that, and asks for nothing without any', async () => {
  const { mail, fs } = await sender()
  await using _ = mail
  fs.put('/a.txt', 'abc', 'text/plain')
  await mail.ask('save_draft', { ...WRITTEN, subject: 'Plain' })
  const { what } = await mail.agree('save_draft', { ...WRITTEN, subject: 'Full', attachments: ['/a.txt'] })
  assert.match(
    what,
    /^keep "\/a\.txt" \(3 bytes\) at localhost, in a draft of ada@example\.org with the subject "Full"$/,
  )
  const { messages } = await mail.ask<{ messages: { subject: string; attachments: string[] }[] }>(
    'list_emails',
    { mailbox: 'drafts', fresh: true },
  )
  assert.deepEqual(
    messages.map(({ subject, attachments }) => [subject, attachments]),
    [
      ['Full', ['a.txt']],
      ['Plain', []],
    ],
  )
})

test('answers and what is passed on take files along too', async () => {
  const { mail, fs } = await sender()
  await using _ = mail
  fs.put('/a.txt', 'abc', 'text/plain')
  await dovecot.deliver('ada', [
    [
      'From: bob@example.com\r\nSubject: Plan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n',
      '--b\r\n\r\nHello\r\n--b\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nUExBTg==\r\n--b--\r\n',
    ].join('\r\n'),
  ])
  const { messages } = await mail.ask<{ messages: { id: number }[] }>('list_emails', { fresh: true })
  const id = messages[0]?.id
  const attachments = ['/a.txt']
  const answered = await mail.agree('reply_email', { id, text: 'Yes.', attachments })
  assert.match(answered.what, /attached "\/a\.txt" \(3 bytes\)/)
  const to = ['eva@example.com']
  const passedOn = await mail.agree('forward_email', { id, to, attachments, withAttached: true })
  assert.match(passedOn.what, /attached "\/a\.txt" \(3 bytes\), "plan\.pdf" \(4 bytes\)/)
})
