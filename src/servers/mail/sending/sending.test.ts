import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CONSENT_REQUIRED, META, METHOD } from '../../../protocol/mcp.ts'
import type { Account } from '../accounts/account.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { type SmtpServer, startSmtp } from '../testing/smtp-server.ts'
import { accountAt, type WithAccounts, withAccounts } from '../testing/with-accounts.ts'
import type { OutboxShape } from '../tools/sending-shapes.ts'

interface List {
  messages: { id: number; subject: string; mailbox: string; to: string }[]
}

let dovecot: Dovecot
let smtp: SmtpServer
before(async () => {
  dovecot = await startDovecot({ users: { ada: 'secret', bob: 'secret', cleo: 'secret' } })
  smtp = await startSmtp({ ada: 'secret', bob: 'secret', cleo: 'secret' })
})
after(async () => {
  await dovecot[Symbol.asyncDispose]()
  await smtp[Symbol.asyncDispose]()
})

const account = (user: string, security: 'tls' | 'starttls' = 'tls'): Account => ({
  ...accountAt(dovecot, user),
  smtp: smtp.address(user, security),
})

async function sender(accounts: readonly Account[], settings = 'sendDelaySeconds: 0'): Promise<WithAccounts> {
  const mail = await withAccounts(accounts, { settings })
  for (const { id } of accounts) await mail.agree('allow_account', { account: id, allowed: 'send' })
  return mail
}

const LUNCH = { to: ['Eva <eva@example.com>'], subject: 'Lunch', text: 'At noon?\nBy the harbour.' }

/** The time of all mails has come. */
async function leave({ running }: WithAccounts): Promise<void> {
  for (const key of running.gateway.wakeList.entries.keys())
    if (key.startsWith('send:')) await running.wake(key)
}
const outbox = async (mail: WithAccounts): Promise<OutboxShape[]> =>
  (await mail.ask<{ emails: OutboxShape[] }>('list_outbox')).emails
const told = ({ running }: WithAccounts) =>
  running.gateway.wakeList.told.map(({ name, data }) => [name, data.state])
const inFolder = async (mail: WithAccounts, mailbox: string): Promise<string[]> =>
  (await mail.ask<List>('list_emails', { mailbox, fresh: true })).messages.map(({ subject }) => subject)
const count = () => smtp.received.length

describe('an email', () => {
  for (const security of ['tls', 'starttls'] as const)
    test(`is sent by ${security} once a person agreed, and lies in Sent`, async () => {
      await using mail = await sender([account('ada', security)])
      const sentBefore = (await inFolder(mail, 'sent')).length
      await assert.rejects(
        mail.ask('send_email', LUNCH),
        /consent is needed to send an email as ada@example\.org to eva@example\.com; subject "Lunch"/,
      )
      assert.deepEqual(await outbox(mail), [])
      const { id, state } = await mail.agree<OutboxShape>('send_email', LUNCH)
      assert.equal(state, 'waiting')
      const next = smtp.next()
      await leave(mail)
      const { from, to, content } = await next
      assert.deepEqual([from, to], ['ada@example.org', ['eva@example.com']])
      assert.match(content, /^From: ada@example\.org\r\nTo: Eva <eva@example\.com>\r\nSubject: Lunch\r\n/)
      assert.match(content, /\r\n\r\nAt noon\?\r\nBy the harbour\./)
      assert.deepEqual(
        (await outbox(mail)).map((one) => [one.id, one.state, one.problem]),
        [[id, 'sent', undefined]],
      )
      assert.deepEqual(told(mail), [['mail.sent', 'sent']])
      assert.equal((await inFolder(mail, 'sent')).length, sentBefore + 1)
    })

  test('is not sent, nor drafted, from an account that may only be read', async () => {
    await using mail = await withAccounts([account('bob')])
    const before = count()
    await assert.rejects(
      mail.ask('send_email', LUNCH),
      /Nothing may be sent as bob@.*luca mail allow bob send/,
    )
    await assert.rejects(mail.ask('save_draft', LUNCH), /may only be read.*luca mail allow bob write/)
    assert.equal(count(), before)
  })

  test('names each who gets it, however many and however long its subject is', async () => {
    await using mail = await sender([account('bob')])
    const to = Array.from({ length: 45 }, (_, i) => `somebody.${i}@example.com`)
    const asked = mail.ask('send_email', { ...LUNCH, to, subject: 'x'.repeat(900) })
    await assert.rejects(asked, ({ message }: Error) => {
      for (const address of to) assert.equal(message.split(address).length, 3, `${address} is new`)
      // As much as the gateway lets a person be asked.
      return message.length < 5000
    })
  })

  test('can be called back until it leaves', async () => {
    await using mail = await sender([account('bob')], 'sendDelaySeconds: 3600')
    const { id, due = '' } = await mail.agree<OutboxShape>('send_email', LUNCH)
    assert.ok(Date.parse(due) > Date.now())
    const before = count()
    await leave(mail)
    assert.equal((await outbox(mail))[0]?.state, 'waiting', 'its time has not come')
    assert.equal((await mail.ask<OutboxShape>('cancel_send', { id })).state, 'cancelled')
    await leave(mail)
    assert.deepEqual([(await outbox(mail))[0]?.state, count()], ['cancelled', before])
    await assert.rejects(mail.ask('cancel_send', { id }), /called back before/)
    await assert.rejects(mail.ask('cancel_send', { id: 99 }), /no email 99 in the outbox/)
  })

  test('is found in the outbox page by page, and what waits comes first', async () => {
    await using mail = await sender([account('bob')], 'sendDelaySeconds: 3600')
    const ids: number[] = []
    for (let i = 0; i < 7; i++) ids.push((await mail.agree<OutboxShape>('send_email', LUNCH)).id)
    const cancelled = ids.filter((_, i) => i % 2 === 0)
    for (const id of cancelled) await mail.ask('cancel_send', { id })
    interface Page {
      emails: OutboxShape[]
      nextCursor?: string
    }
    const listed: number[] = []
    let cursor: string | undefined
    do {
      const page: Page = await mail.ask('list_outbox', { limit: 3, ...(cursor !== undefined && { cursor }) })
      assert.ok(page.emails.length <= 3)
      listed.push(...page.emails.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    const waiting = ids.filter((id) => !cancelled.includes(id))
    assert.deepEqual(listed, [...waiting.toReversed(), ...cancelled.toReversed()])
    assert.match(await mail.words('list_outbox', { limit: 3 }), /call again with cursor "waiting-\d+"\.$/)
    await assert.rejects(mail.ask('list_outbox', { cursor: 'x' }), /cursor is none that a list gave/)
  })

  test('that waits is lost with its account only once a person agreed to that', async () => {
    await using mail = await sender([account('bob')], 'sendDelaySeconds: 3600')
    const forget = { account: 'bob' }
    const { id } = await mail.agree<OutboxShape>('send_email', LUNCH)
    await mail.ask('cancel_send', { id })
    for (const subject of ['One', 'Two']) await mail.agree('send_email', { ...LUNCH, subject })
    await assert.rejects(
      mail.ask('remove_account', forget),
      /forget the account bob@example\.org; 2 emails wait to be sent, and are lost: "One" to eva@example\.com, "Two" to eva@/,
    )
    assert.equal((await outbox(mail)).length, 3)
    const { unsent } = await mail.agree<{ unsent: number }>('remove_account', forget)
    assert.deepEqual([unsent, await outbox(mail)], [2, []])
  })

  test('lies among the drafts where it is saved there', async () => {
    await using mail = await sender([account('bob')])
    await mail.ask('save_draft', { ...LUNCH, subject: 'Later', bcc: ['x@example.com'] })
    assert.deepEqual(await inFolder(mail, 'drafts'), ['Later'])
    const fetched = await dovecot.doveadm('fetch', '-u', 'bob', 'hdr flags', 'mailbox', 'Entwürfe')
    assert.match(fetched, /Draft/)
    assert.match(fetched, /Bcc: x@example\.com/)
  })

  test('is no draft without a question where a language model asks for it that has read what others wrote', async () => {
    await using mail = await sender([account('bob')])
    const before = await inFolder(mail, 'drafts')
    const saving = {
      name: 'save_draft',
      arguments: { ...LUNCH, subject: 'Planted' },
      _meta: { [META.guarded]: true },
    }
    const { resultType, what, text } = await mail.running.connection.request(METHOD.callTool, saving)
    assert.equal(resultType, CONSENT_REQUIRED)
    assert.match(String(what), /^keep an email at localhost, in a draft of bob@.* with the subject "Planted"/)
    assert.equal(text, LUNCH.text)
    assert.deepEqual(await inFolder(mail, 'drafts'), before)
  })

  test('does not tell who else gets it', async () => {
    await using mail = await sender([account('bob')])
    const next = smtp.next()
    const { what } = await mail.agree('send_email', { ...LUNCH, bcc: ['zoe@example.com'] })
    assert.match(what, /bcc zoe@example\.com/)
    await leave(mail)
    const { to, content } = await next
    assert.deepEqual(to, ['eva@example.com', 'zoe@example.com'])
    assert.doesNotMatch(content, /zoe/)
  })
})

describe('what can’t be in an email', () => {
  let mail: WithAccounts
  before(async () => {
    mail = await sender([account('cleo')])
  })
  after(() => mail[Symbol.asyncDispose]())

  for (const [what, given, says] of [
    ['a line break in the subject', { subject: 'a\r\nBcc: x@evil.example' }, /The subject has a line break/],
    ['a line feed alone', { subject: 'a\nBcc: x@evil.example' }, /The subject has a line break/],
    ['a line separator of Unicode', { subject: 'a\u2028Bcc: x' }, /The subject has a line break/],
    ['a next line', { subject: 'a\u0085Bcc: x' }, /The subject has a line break/],
    ['a zero', { subject: 'a\0b' }, /control character/],
    ['a subject without end', { subject: 'x'.repeat(1500) }, /900 at most/],
    ['a zero in the text', { text: 'a\0b' }, /The text has a zero/],
    ['a line break in an address', { to: ['eva@example.com\r\nBcc: x@evil.example'] }, /line break/],
    ['a line break in a name', { to: ['"Eva\r\nBcc: x@evil.example" <eva@example.com>'] }, /line break/],
    [
      'a command of SMTP in an address',
      { to: ['<eva@example.com>\nRCPT TO:<x@evil.example>'] },
      /line break/,
    ],
    ['several in one', { to: ['eva@example.com, x@evil.example'] }, /more than one address/],
    ['a group', { to: ['friends: eva@example.com;'] }, /no address of mail/],
    ['no address', { to: ['Eva'] }, /"Eva" is no address of mail, such as eva@example\.org/],
    ['a blank in a domain', { to: ['eva@exa mple'] }, /"exa mple" in "eva@exa mple" is no domain/],
    ['two addresses in one', { to: ['eva@example.com <x@evil.example>'] }, /no address of mail/],
    ['a domain that can’t be', { to: ['eva@-.com'] }, /"-\.com" in "eva@-\.com" is no domain/],
    ['nobody', { to: [] }, /Nobody is named/],
    [
      '1 000 recipients',
      { to: Array.from({ length: 1000 }, (_, i) => `eva${i}@example.com`) },
      /These are 1000 recipients, and an email goes to 50 at most/,
    ],
    [
      'the address of another',
      { from: 'bob@example.org' },
      /no address of this account, which sends from cleo@/,
    ],
  ] as const)
    test(`is refused before anyone is asked: ${what}`, async () => {
      await assert.rejects(mail.ask('send_email', { ...LUNCH, ...given }), says)
      assert.deepEqual(await outbox(mail), [])
    })

  test('but names, subjects and addresses in any script are sent', async () => {
    const next = smtp.next()
    const given = {
      to: ['"Müller, Eva" <eva@müller.example>', '用户@example.com'],
      subject: 'Grüße 🙂',
      text: 'Ä',
    }
    const { what } = await mail.agree('send_email', given)
    assert.match(what, /eva@xn--mller-kva\.example, 用户@example\.com/)
    await leave(mail)
    const { to, content } = await next
    assert.deepEqual(to, ['eva@xn--mller-kva.example', '用户@example.com'])
    assert.match(content, /To: =\?UTF-8\?Q\?M=C3=BCller=2C_Eva\?= <eva@xn--mller-kva\.example>,/)
    assert.equal((await outbox(mail))[0]?.state, 'sent')
  })
})
