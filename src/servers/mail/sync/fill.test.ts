/** What is fetched in the background, and that what is kept is found without a connection. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { FakeClock } from '../../../framework/testing/fake-clock.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { importMbox } from '../testing/import-mbox.ts'
import { overhearing } from '../testing/overheard.ts'
import { accountAt, withAccounts } from '../testing/with-accounts.ts'

const DAY_MS = 86_400_000

let dovecot: Dovecot
before(async () => {
  dovecot = await startDovecot({ users: { ada: 'secret', dan: 'secret', eve: 'secret' } })
})
after(() => dovecot[Symbol.asyncDispose]())

const MANY = Array.from(
  { length: 60 },
  (_, i) =>
    `From eva@example.org Thu Jan  1 00:00:00 1970\nSubject: Old ${i}\nFrom: eva@example.org\n\nHello.\n\n`,
).join('')

const message = (days: number, text: string) =>
  [
    `Subject: ${days} days ago`,
    'From: eva@example.org',
    `Date: ${new Date(Date.now() - days * DAY_MS).toUTCString()}`,
    '',
    text,
    '',
  ].join('\r\n')

interface List {
  messages: { subject: string }[]
  note?: string
}

test('texts of the last 90 days are fetched, and searched without a connection; of older ones the server is asked', async () => {
  await dovecot.deliver('ada', [
    message(120, 'The lighthouse.'),
    ...Array.from({ length: 15 }, (_, i) => message(20 + i, `Nothing ${i}.`)),
    message(3, 'The harbour.'),
  ])
  await dovecot.deliver('ada', [message(2, 'What I answered: the ferry.')], 'Gesendet')
  await using server = await overhearing(dovecot)
  await using mail = await withAccounts([accountAt({ ...dovecot, ...server }, 'ada')])
  await mail.ask('list_emails')
  await mail.running.worked()
  server.commands.length = 0
  const found = async (args: object) => {
    const { messages, note } = await mail.ask<List>('search_emails', { ...args })
    return [messages.map(({ subject }) => subject), note]
  }
  const unknown = 'Not searched, since they were not looked at yet: "Entwürfe". Name one to search it.'
  assert.deepEqual(await found({ text: 'harbour', since: '30d' }), [['3 days ago'], unknown])
  assert.deepEqual(await found({ text: 'ferry', since: '30d' }), [['2 days ago'], unknown])
  assert.deepEqual(await found({ text: 'harbour', since: '30d', mailbox: 'inbox' }), [
    ['3 days ago'],
    undefined,
  ])
  assert.deepEqual(await found({ subject: '120 days', mailbox: 'inbox' }), [['120 days ago'], undefined])
  assert.deepEqual(
    server.commands.filter((command) => command !== 'IDLE' && command !== 'EXAMINE INBOX'),
    [],
  )
  const [subjects, note] = await found({ text: 'lighthouse' })
  assert.deepEqual(subjects, ['120 days ago'])
  assert.match(String(note), /The server looked into "INBOX"/)
})

test('a folder that is kept is looked at again before it is searched, once that is long ago, and others are named', async () => {
  await dovecot.deliver('dan', [message(2, 'The harbour.')])
  await dovecot.deliver('dan', [message(2, 'The ferry.')], 'Gesendet')
  const clock = new FakeClock(Date.now())
  await using mail = await withAccounts([accountAt(dovecot, 'dan')], { clock })
  await mail.ask('list_emails')
  await mail.running.worked()
  await dovecot.deliver('dan', [message(1, 'The ferry again.')], 'Gesendet')
  const found = async (args: object) => {
    const { messages, note = '' } = await mail.ask<List>('search_emails', { ...args })
    return [messages.map(({ subject }) => subject), note]
  }
  assert.deepEqual(await found({ text: 'harbour', mailbox: 'sent' }), [[], ''])
  clock.set(clock.wall() + 2 * DAY_MS)
  const [, note] = await found({ subject: 'days ago' })
  assert.match(
    String(note),
    /Searched as they were more than a day ago: "Gesendet"\. Name one to search it\./,
  )
  assert.deepEqual((await found({ subject: 'days ago', mailbox: 'sent' }))[0], ['1 days ago', '2 days ago'])
})

test('a folder that was renamed keeps no other waiting, and is none any more', async () => {
  await importMbox(dovecot, 'eve', (path) => writeFileSync(path, MANY))
  for (const folder of ['Bills', 'Work']) {
    await dovecot.doveadm('mailbox', 'create', '-u', 'eve', folder)
    await dovecot.doveadm('copy', '-u', 'eve', folder, 'mailbox', 'INBOX', 'all')
  }
  await using server = await overhearing(dovecot)
  await using mail = await withAccounts([accountAt({ ...dovecot, ...server }, 'eve')])
  await mail.ask('list_mailboxes')
  const held = server.holding(/^EXAMINE "?Entw/)
  const listed = ['Bills', 'Work', 'drafts'].map((mailbox) => mail.ask('list_emails', { mailbox }))
  // As long as a call runs, nothing is done in the background.
  const letGo = await held
  await dovecot.doveadm('mailbox', 'rename', '-u', 'eve', 'Bills', 'Paid')
  letGo()
  await Promise.all(listed)
  await mail.running.worked()
  assert.deepEqual(
    mail.running.logged.filter(({ level }) => level === 'error'),
    [],
  )
  const { messages, note } = await mail.ask<List>('list_emails', { mailbox: 'Work', limit: 100 })
  assert.deepEqual([messages.length, note], [60, undefined])
  const { mailboxes } = await mail.ask<{ mailboxes: { path: string }[] }>('list_mailboxes')
  assert.deepEqual(
    mailboxes.map(({ path }) => path).filter((path) => /^(?:Bills|Paid)$/.test(path)),
    ['Paid'],
  )
})
