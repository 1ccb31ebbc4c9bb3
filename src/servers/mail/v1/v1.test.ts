/** The methods of v1 clients, with the shapes that they know. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { accountAt, type WithAccounts, withAccounts } from '../testing/with-accounts.ts'

const MESSAGE = [
  'Message-ID: <bill@x.example>',
  'Subject: Bill',
  'From: Eva <eva@example.com>',
  'To: ada@example.org',
  'Date: Sat, 31 Oct 2026 09:00:00 +0100',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/html',
  '',
  '<p>42 <b>Euro</b></p>',
  '--b',
  'Content-Type: application/pdf; name=bill.pdf',
  'Content-Transfer-Encoding: base64',
  '',
  'AAAA',
  '--b--',
].join('\r\n')

let dovecot: Dovecot
let mail: WithAccounts
before(async () => {
  dovecot = await startDovecot()
  await dovecot.deliver('ada', [
    MESSAGE,
    'Subject: Lunch\r\nDate: Sun, 1 Nov 2026 12:00:00 +0000\r\n\r\nAt noon.',
  ])
  mail = await withAccounts([accountAt(dovecot, 'ada')])
})
after(async () => {
  await mail[Symbol.asyncDispose]()
  await dovecot[Symbol.asyncDispose]()
})
const ask = async (verb: string, ...args: unknown[]) =>
  (await mail.running.connection.request(`mcp.mail.${verb}`, { arguments: args })).value

test('accounts and folders are listed', async () => {
  assert.deepEqual(await ask('listAccounts'), [
    { account_id: 'ada', email_address: 'ada@example.org', type: 'imap' },
  ])
  const folders = (await ask('listFolders', 'ada')) as { path: string }[]
  assert.deepEqual(
    folders.find(({ path }) => path === 'Gesendet'),
    { name: 'Gesendet', path: 'Gesendet', flags: ['\\Sent'] },
  )
})

test('messages are listed, the newest first, and found by the words of IMAP', async () => {
  const bill = {
    uid: 1,
    subject: 'Bill',
    from: ['Eva <eva@example.com>'],
    to: ['ada@example.org'],
    date: '2026-10-31T08:00:00.000Z',
    seen: false,
    has_attachments: true,
  }
  const [lunch, ...others] = (await ask('listMessages', 'ada', 'INBOX')) as { subject: string }[]
  assert.equal(lunch?.subject, 'Lunch')
  assert.deepEqual(others, [bill])
  for (const criteria of ['FROM "eva"', 'UNSEEN SUBJECT bill', 'TEXT Euro', 'BEFORE 2026-11-01'])
    assert.deepEqual(
      await ask('listMessages', 'ada', 'INBOX', { search_criteria: criteria }),
      [bill],
      criteria,
    )
  assert.deepEqual(await ask('listMessages', 'ada', 'INBOX', { search_criteria: 'SEEN' }), [])
  for (const criteria of ['NONSENSE', 'FROM', 'SINCE whenever', 'FROM "eva'])
    await assert.rejects(ask('listMessages', 'ada', 'INBOX', { search_criteria: criteria }), { code: -32031 })
})

test('a message is read, with its attachments where they are asked for', async () => {
  const message = (options?: object) => ask('getMessage', 'ada', 'INBOX', 1, ...(options ? [options] : []))
  const file = { filename: 'bill.pdf', mime_type: 'application/pdf', size: 4, content_id: null }
  const plain = {
    uid: 1,
    subject: 'Bill',
    from: ['Eva <eva@example.com>'],
    to: ['ada@example.org'],
    cc: [],
    date: '2026-10-31T08:00:00.000Z',
    body_plain: '42 Euro',
    body_html: '',
    attachments: [file],
  }
  const { headers, ...others } = (await message()) as { headers: Record<string, string> }
  assert.deepEqual(others, plain)
  assert.equal(headers['Message-ID'], '<bill@x.example>')
  const whole = (await message({ body_preference: 'both', fetch_attachments: true })) as typeof plain
  assert.match(whole.body_html, /<b>Euro<\/b>/)
  assert.deepEqual(whole.attachments, [{ ...file, content_base64: 'AAAA' }])
  const none = (await message({ fetch_attachments: true, max_attachment_size_inline_kb: 0 })) as typeof plain
  assert.deepEqual(none.attachments, [file])
})

test('the text of a calendar is read', async () => {
  const text =
    'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Boat\r\nDTSTART:20261127T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR'
  const [event] = (await ask('parseIcalendar', text)) as {
    component: string
    summary: string
    dtstart: string
  }[]
  assert.deepEqual(
    [event?.component, event?.summary, event?.dtstart],
    ['VEVENT', 'Boat', '2026-11-27T09:00:00.000Z'],
  )
})

test('what is not there, or no parameter, has the codes of mail', async () => {
  await assert.rejects(ask('getMessage', 'ada', 'INBOX', 99), { code: -32033 })
  await assert.rejects(ask('listMessages', 'ada', 'Bills'), { code: -32033 })
  await assert.rejects(ask('getMessage', 'ada', 'INBOX'), { code: -32031 })
})

test('an email is sent by the words of v1 as by the tool: not before the account allows it', async () => {
  const message = { account_id: 'ada', to: 'eva@example.com', subject: 'Boat', body: 'At noon.' }
  await assert.rejects(ask('send_email', message), { code: -32032 })
  await assert.rejects(ask('send_email', { ...message, to: 'nobody' }), { code: -32031 })
  await assert.rejects(ask('send_email', { ...message, account_id: 'eve' }), { code: -32033 })
})
