import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Account } from './accounts/account.ts'
import { type Dovecot, startDovecot } from './testing/dovecot.ts'
import { accountAt, withAccounts } from './testing/with-accounts.ts'
import type { MessageShape } from './tools/shapes.ts'

interface List {
  messages: MessageShape[]
  nextCursor?: string
  note?: string
}

const message = (headers: Record<string, string>, text = 'Hello.'): string =>
  `${Object.entries({ 'Message-ID': `<${Math.random()}@example.org>`, ...headers })
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n')}\r\n\r\n${text}\r\n`

let dovecot: Dovecot
before(async () => {
  dovecot = await startDovecot({
    users: {
      ada: 'secret',
      bob: 'secret',
      cleo: 'secret',
      dan: 'secret',
      eve: 'other',
      finn: 'secret',
      gil: 'secret',
    },
  })
})
after(() => dovecot[Symbol.asyncDispose]())

describe('an account', () => {
  test('is kept, tried and forgotten with all of its mail', async () => {
    await dovecot.deliver('bob', [message({ Subject: 'One' })])
    await using mail = await withAccounts([accountAt(dovecot, 'bob')])
    assert.deepEqual(await mail.ask('check_account'), {
      account: 'bob',
      email: 'bob@example.org',
      mailboxes: 4,
      messages: 1,
    })
    const { messages } = await mail.ask<List>('list_emails')
    assert.equal(messages.length, 1)
    const { what } = await mail.agree('remove_account', { account: 'bob@example.org' })
    assert.equal(what, 'forget the account bob@example.org')
    await assert.rejects(mail.ask('list_emails'), /There is no account yet\..*luca mail add/)
    await assert.rejects(mail.ask('get_email', { id: messages[0]?.id }), /There is no message/)
  })

  test('whose password is refused is not tried again before that changes', async () => {
    await using mail = await withAccounts([accountAt(dovecot, 'eve')], { secrets: { eve: 'other' } })
    mail.secrets.eve = 'wrong'
    await assert.rejects(
      mail.ask('check_account'),
      /refuses the name or the password.*luca mail password eve/s,
    )
    await assert.rejects(mail.ask('list_emails'), /not asked again before that changes/)
    mail.secrets.eve = 'other'
    assert.equal((await mail.ask<{ messages: number }>('check_account')).messages, 0)
  })

  test('that can’t be logged in to is not kept', async () => {
    await using mail = await withAccounts([], { secrets: { dan: 'secret', eve: 'secret' } })
    const add = (user: string, imap: Partial<Account['imap']> = {}) =>
      mail.add(accountAt(dovecot, user, imap))
    await assert.rejects(add('bob'), /The password of bob@example\.org is not there.*luca mail password bob/)
    await assert.rejects(add('eve'), /refuses the name or the password/)
    await assert.rejects(
      add('dan', { pin: '00'.repeat(32) }),
      /certificate of localhost is not the one that is pinned/,
    )
    await assert.rejects(add('dan', { port: 1 }), /localhost:1 can't be reached/)
    assert.deepEqual(await mail.ask('list_accounts'), { accounts: [] })
  })

  test('is read alone until its owner allows more, and that stays when it is added anew', async () => {
    const dan = accountAt(dovecot, 'dan')
    await using mail = await withAccounts([dan])
    const allowed = async () =>
      (await mail.ask<{ accounts: { allowed: string }[] }>('list_accounts')).accounts[0]?.allowed
    assert.equal(await allowed(), 'read')
    const raise = { account: 'dan@example.org', allowed: 'send' }
    await assert.rejects(mail.ask('allow_account', raise), /consent is needed to let tools .* send as/)
    assert.equal(await allowed(), 'read')
    await mail.agree('allow_account', raise)
    await mail.add(dan)
    assert.equal(await allowed(), 'send')
    await assert.rejects(mail.ask('add_account', { ...dan, allowed: 'read' }), /allowed/)
    await mail.ask('allow_account', { account: 'dan', allowed: 'read' })
    assert.equal(await allowed(), 'read')
  })

  test('gives what it logs in with to nobody before its owner agrees', async () => {
    const dan = accountAt(dovecot, 'dan')
    await using mail = await withAccounts([dan])
    const elsewhere = { ...dan, imap: { ...dan.imap, host: '127.0.0.1' } }
    await assert.rejects(mail.ask('add_account', elsewhere), /give what "dan" logs in with to 127\.0\.0\.1/)
    await assert.rejects(mail.ask('add_account', { ...dan, id: 'other' }), /consent is needed/)
    await mail.ask('add_account', { ...dan })
  })

  test('is reached by STARTTLS as well', async () => {
    const { imap } = dovecot
    await using mail = await withAccounts([accountAt(dovecot, 'dan', { port: imap, security: 'starttls' })])
    assert.equal((await mail.ask<{ mailboxes: number }>('check_account')).mailboxes, 4)
  })
})

describe('a folder', () => {
  test('is named by what it is for, whatever it is called', async () => {
    await using mail = await withAccounts([accountAt(dovecot, 'cleo')])
    const { mailboxes } = await mail.ask<{ mailboxes: { path: string; role?: string }[] }>('list_mailboxes')
    assert.deepEqual(Object.fromEntries(mailboxes.map(({ path, role }) => [role, path])), {
      inbox: 'INBOX',
      sent: 'Gesendet',
      trash: 'Papierkorb',
      drafts: 'Entwürfe',
    })
    await dovecot.deliver('cleo', [message({ Subject: 'Mine', To: 'x@example.org' })], 'Gesendet')
    const { messages } = await mail.ask<List>('list_emails', { mailbox: 'sent' })
    assert.deepEqual(
      messages.map(({ subject, mailbox }) => [subject, mailbox]),
      [['Mine', 'Gesendet']],
    )
    await assert.rejects(
      mail.ask('list_emails', { mailbox: 'Bills' }),
      /There is no folder "Bills"\. There is .*Gesendet/,
    )
  })

  test('is listed without a connection until it is asked for anew', async () => {
    await dovecot.deliver('finn', [message({ Subject: 'First' })])
    await using mail = await withAccounts([accountAt(dovecot, 'finn')])
    const subjects = async (args = {}) =>
      (await mail.ask<List>('list_emails', args)).messages.map(({ subject }) => subject)
    assert.deepEqual(await subjects(), ['First'])
    await dovecot.deliver('finn', [message({ Subject: 'Second' })])
    assert.deepEqual(await subjects(), ['First'])
    assert.deepEqual((await subjects({ fresh: true })).toSorted(), ['First', 'Second'])
    await dovecot.doveadm(
      'flags',
      'add',
      '-u',
      'finn',
      '\\Seen',
      'mailbox',
      'INBOX',
      'header',
      'subject',
      'First',
    )
    await dovecot.doveadm('expunge', '-u', 'finn', 'mailbox', 'INBOX', 'header', 'subject', 'Second')
    const { messages } = await mail.ask<List>('list_emails', { fresh: true })
    assert.deepEqual(
      messages.map(({ subject, seen }) => [subject, seen]),
      [['First', true]],
    )
  })
})

describe('an email', () => {
  const ada = () => accountAt(dovecot, 'ada')

  test('is found by words, people, dates and what is attached, and read as text', async () => {
    await dovecot.deliver('ada', [
      message(
        {
          Subject: '=?utf-8?q?Rechnung_f=C3=BCr_Oktober?=',
          From: '"Müller, Eva" <eva@example.com>'.replace('ü', 'ue'),
          To: 'ada@example.org',
          Date: 'Sat, 31 Oct 2026 09:00:00 +0100',
          'MIME-Version': '1.0',
          'Content-Type': 'multipart/mixed; boundary=b',
        },
        [
          '--b',
          'Content-Type: text/html; charset=iso-8859-1',
          'Content-Transfer-Encoding: quoted-printable',
          '',
          '<h1>Gr=FC=DFe</h1><p>Bitte zahlen Sie 42 Euro.</p><script>alert(1)</script>',
          '--b',
          'Content-Type: application/pdf; name="bill-7.pdf"',
          'Content-Disposition: attachment; filename="bill-7.pdf"',
          'Content-Transfer-Encoding: base64',
          '',
          'AAAA',
          '--b--',
        ].join('\r\n'),
      ),
      message(
        { Subject: 'Lunch', From: 'bob@example.com', Date: 'Sun, 1 Nov 2026 12:00:00 +0000' },
        'At noon, by the harbour?',
      ),
    ])
    await using mail = await withAccounts([ada()])
    const found = async (args: object) =>
      (await mail.ask<List>('search_emails', { ...args })).messages.map(({ subject }) => subject)
    const bill = 'Rechnung für Oktober'
    assert.deepEqual(await found({ subject: 'rechnung' }), [bill])
    assert.deepEqual(await found({ from: 'Mueller' }), [bill])
    assert.deepEqual(await found({ attachment: 'bill' }), [bill])
    assert.deepEqual(await found({ since: '2026-11-01' }), ['Lunch'])
    assert.deepEqual(await found({ before: '2026-11-01' }), [bill])
    assert.deepEqual(await found({ hasAttachment: false }), ['Lunch'])
    assert.deepEqual(
      await found({ text: 'harbour' }),
      ['Lunch'],
      'the server looks into texts that are not kept',
    )
    assert.deepEqual(await found({ text: 'submarine' }), [])
    assert.deepEqual(await found({ text: '🙂' }), [])

    const { messages } = await mail.ask<List>('search_emails', { subject: 'Rechnung' })
    const [{ id, attachments, from } = { id: 0, attachments: [], from: '' }] = messages
    assert.deepEqual([attachments, from], [['bill-7.pdf'], 'Mueller, Eva <eva@example.com>'])
    const { text } = await mail.ask<{ text: string }>('get_email', { id })
    assert.equal(text, '# Grüße\n\nBitte zahlen Sie 42 Euro.')
    assert.deepEqual(await found({ text: 'zahlen' }), [bill])
    assert.deepEqual(
      (await mail.ask<List>('list_emails', { fresh: true })).messages.map(({ seen }) => seen),
      [false, false],
    )
  })

  test('is found by what is attached, its size and its marks before anything was listed', async () => {
    const part = (name: string, content: string) =>
      `--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n${content}\r\n--b--`
    const type = { 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary=b' }
    await dovecot.deliver('gil', [
      message({ Subject: 'Small', ...type }, part('plan.pdf', 'x')),
      message({ Subject: 'Large' }, 'words '.repeat(5000)),
    ])
    await dovecot.doveadm('flags', 'add', '-u', 'gil', '\\Flagged', 'mailbox', 'INBOX', 'uid', '2')
    for (const [args, subject, note] of [
      [{ attachment: 'plan' }, 'Small', /What is attached was looked for in what is kept here/],
      [{ hasAttachment: true }, 'Small', /name another folder/],
      [{ hasAttachment: false, mailbox: 'inbox' }, 'Large', /in what is kept here/],
      [{ largerThan: 20_000 }, 'Large', /The server looked into "INBOX"/],
      [{ flagged: true }, 'Large', /The server looked into "INBOX"/],
    ] as const) {
      await using mail = await withAccounts([accountAt(dovecot, 'gil')])
      const { messages, note: said } = await mail.ask<List>('search_emails', { ...args })
      assert.deepEqual(
        messages.map((one) => one.subject),
        [subject],
        JSON.stringify(args),
      )
      assert.match(said ?? '', note)
    }
  })

  test('lies in a thread with its answers, across folders', async () => {
    await dovecot.deliver('ada', [
      message({ 'Message-ID': '<q@x>', Subject: 'Question', Date: 'Mon, 2 Nov 2026 08:00:00 +0000' }),
    ])
    await dovecot.deliver(
      'ada',
      [
        message({
          'Message-ID': '<a@x>',
          'In-Reply-To': '<q@x>',
          References: '<q@x>',
          Subject: 'Re: Question',
          Date: 'Mon, 2 Nov 2026 09:00:00 +0000',
        }),
      ],
      'Gesendet',
    )
    await using mail = await withAccounts([ada()])
    await mail.ask('list_emails', { mailbox: 'sent' })
    const { messages } = await mail.ask<List>('search_emails', { subject: 'Question', mailbox: 'inbox' })
    const thread = await mail.ask<List>('get_thread', { id: messages[0]?.id })
    assert.deepEqual(
      thread.messages.map(({ subject, mailbox }) => [subject, mailbox]),
      [
        ['Question', 'INBOX'],
        ['Re: Question', 'Gesendet'],
      ],
    )
  })
})
