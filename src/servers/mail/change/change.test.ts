import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { overhearing } from '../testing/overheard.ts'
import { accountAt, type WithAccounts, withAccounts } from '../testing/with-accounts.ts'
import type { MessageShape } from '../tools/shapes.ts'
import type { Outcome } from './change.ts'

const USERS = ['ada', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gil', 'hal', 'ivy']
let dovecot: Dovecot
before(async () => {
  dovecot = await startDovecot({ users: Object.fromEntries(USERS.map((user) => [user, 'secret'])) })
})
after(() => dovecot[Symbol.asyncDispose]())

/** With messages in the inbox, and their numbers by their subjects. */
async function withInbox(
  user: string,
  subjects: readonly string[],
  allowed: 'read' | 'write' = 'write',
  server: Pick<Dovecot, 'imaps' | 'ca'> = dovecot,
): Promise<{ mail: WithAccounts; ids: Record<string, number> }> {
  await dovecot.deliver(
    user,
    subjects.map((subject) => `Subject: ${subject}\r\nMessage-ID: <${subject}@${user}>\r\n\r\nHello.\r\n`),
  )
  const mail = await withAccounts([accountAt({ ...dovecot, ...server }, user)])
  if (allowed === 'write') await mail.agree('allow_account', { account: user, allowed })
  return { mail, ids: await idsIn(mail, 'inbox') }
}

const list = async (mail: WithAccounts, mailbox: string, fresh = false): Promise<MessageShape[]> =>
  (await mail.ask<{ messages: MessageShape[] }>('list_emails', { mailbox, fresh })).messages

const idsIn = async (mail: WithAccounts, mailbox: string, fresh = false): Promise<Record<string, number>> =>
  Object.fromEntries((await list(mail, mailbox, fresh)).map(({ subject, id }) => [subject, id]))

const all = ({ a = 0, b = 0, c = 0 }: Record<string, number>) => [a, b, c]

test('emails of an account that may only be read are not changed', async () => {
  const { mail, ids } = await withInbox('ada', ['a'], 'read')
  await using _ = mail
  for (const [tool, args] of [
    ['mark_email', { seen: true }],
    ['move_email', { mailbox: 'trash' }],
    ['delete_email', {}],
    ['delete_email', { forGood: true }],
  ] as const)
    await assert.rejects(
      mail.ask(tool, { ids: [ids.a], ...args }),
      /The mail of ada@example\.org may only be read\. Its owner allows it with "luca mail allow ada write"/,
    )
  const [message] = await list(mail, 'inbox', true)
  assert.deepEqual([message?.subject, message?.seen], ['a', false])
})

test('marks are set and taken away, here at once and at the server', async () => {
  const { mail, ids } = await withInbox('bob', ['a', 'b', 'c'])
  await using _ = mail
  const [a, b, c] = all(ids)
  assert.deepEqual(await mail.ask<Outcome>('mark_email', { ids: [a, b, b], seen: true, flagged: true }), {
    done: [a, b],
    gone: [],
    failed: [],
  })
  const marked = (messages: MessageShape[]) =>
    Object.fromEntries(messages.map(({ subject, seen, flagged }) => [subject, [seen, flagged]]))
  for (const fresh of [false, true])
    assert.deepEqual(marked(await list(mail, 'inbox', fresh)), {
      a: [true, true],
      b: [true, true],
      c: [false, false],
    })
  await mail.ask('mark_email', { ids: [a], seen: false })
  await mail.ask('mark_email', { ids: [a], seen: false, answered: true })
  const flags = await dovecot.doveadm('fetch', '-u', 'bob', 'flags', 'uid', '1')
  assert.match(flags, /\\Answered/)
  assert.match(flags, /\\Flagged/)
  assert.ok(!flags.includes('\\Seen'))
  await assert.rejects(mail.ask('mark_email', { ids: [c] }), /give seen, flagged or answered/)
})

test('an email that moves keeps its number, and lies in the other folder at once', async () => {
  const { mail, ids } = await withInbox('cleo', ['a', 'b', 'c'])
  await using _ = mail
  const [a, b, c] = all(ids)
  await mail.ask('get_email', { id: a })
  for (let twice = 0; twice < 2; twice++)
    assert.deepEqual(await mail.ask<Outcome>('move_email', { ids: [a, c], mailbox: 'drafts' }), {
      done: [a, c],
      gone: [],
      failed: [],
    })
  assert.deepEqual(await idsIn(mail, 'inbox'), { b })
  assert.deepEqual(await idsIn(mail, 'drafts'), { a, c })
  assert.deepEqual(await idsIn(mail, 'drafts', true), { a, c })
  assert.deepEqual(await idsIn(mail, 'inbox', true), { b })
  assert.equal((await mail.ask<{ mailbox: string }>('get_email', { id: a })).mailbox, 'Entwürfe')
  const { messages } = await mail.ask<{ messages: MessageShape[] }>('search_emails', { subject: 'a' })
  assert.deepEqual(
    messages.map(({ id, mailbox }) => [id, mailbox]),
    [[a, 'Entwürfe']],
  )
  await assert.rejects(
    mail.ask('move_email', { ids: [b], mailbox: 'Bills' }),
    /Not done: \d+\. There is no folder "Bills"\. There is .*Papierkorb/,
  )
})

for (const [user, without, hides] of [
  ['hal', 'the numbers of what was moved', ['COPYUID']],
  ['ivy', 'them, and neither MOVE nor UIDPLUS', ['COPYUID', 'MOVE', 'UIDPLUS']],
] as const)
  test(`where a server tells nothing of ${without}, emails move all the same, and the answer says that their numbers are others`, async () => {
    await using server = await overhearing({ ...dovecot, hides })
    const { mail, ids } = await withInbox(user, ['a', 'b', 'c'], 'write', server)
    await using _ = mail
    const [a, b, c] = all(ids)
    assert.match(
      await mail.words('move_email', { ids: [a], mailbox: 'drafts' }),
      /^Moved to "drafts": \d+\.\nThey have other numbers there, which list_emails shows\.$/,
    )
    assert.match(await mail.words('delete_email', { ids: [c] }), /They have other numbers there/)
    assert.deepEqual(await idsIn(mail, 'inbox', true), { b })
    const [inDrafts, inTrash] = [await idsIn(mail, 'drafts'), await idsIn(mail, 'trash')]
    assert.deepEqual([Object.keys(inDrafts), Object.keys(inTrash)], [['a'], ['c']])
    await assert.rejects(mail.ask('get_email', { id: a }), /There is no message/)
    assert.match(await mail.words('get_email', { id: inDrafts.a }), /Hello\./)
  })

test('what is deleted lies in the trash, and from there goes for good with consent alone', async () => {
  const { mail, ids } = await withInbox('dan', ['a', 'b', 'c'])
  await using _ = mail
  const [a, b] = all(ids)
  for (let twice = 0; twice < 2; twice++)
    assert.deepEqual((await mail.ask<Outcome>('delete_email', { ids: [a, b] })).done, [a, b])
  assert.deepEqual(await idsIn(mail, 'trash', true), { a, b })
  await assert.rejects(
    mail.ask('delete_email', { ids: [a, ids.c], forGood: true }),
    new RegExp(
      `Only what lies in the trash is deleted for good, and ${ids.c} does not\\. Nothing was deleted`,
    ),
  )
  await assert.rejects(
    mail.ask('delete_email', { ids: [a], forGood: true }),
    /consent is needed to delete the email "a" for good/,
  )
  assert.deepEqual(await idsIn(mail, 'trash', true), { a, b })
  const { done, what } = await mail.agree<Outcome>('delete_email', { ids: [a, b], forGood: true })
  assert.deepEqual(done, [a, b])
  assert.match(what, /^delete 2 emails "a", "b" for good$/)
  assert.deepEqual([await list(mail, 'trash'), await list(mail, 'trash', true)], [[], []])
  await assert.rejects(
    mail.ask('delete_email', { ids: [a], forGood: true }),
    /Not there any more: \d+\.\n.*list_emails shows what there is/,
  )
})

test('of what another client changed meanwhile, an answer says what was done and what is gone', async () => {
  const { mail, ids } = await withInbox('eve', ['a', 'b', 'c'])
  await using _ = mail
  const [a, b, c] = all(ids)
  await dovecot.doveadm('flags', 'add', '-u', 'eve', '\\Flagged', 'mailbox', 'INBOX', 'uid', '1')
  await dovecot.doveadm('expunge', '-u', 'eve', 'mailbox', 'INBOX', 'uid', '2')
  assert.deepEqual(await mail.ask<Outcome>('mark_email', { ids: [a, b], seen: true }), {
    done: [a],
    gone: [b],
    failed: [],
  })
  const [first] = (await list(mail, 'inbox')).filter(({ id }) => id === a)
  assert.deepEqual([first?.seen, first?.flagged], [true, true], 'the other’s flag is known by that')
  assert.deepEqual(await idsIn(mail, 'inbox'), { a, c })
  await dovecot.doveadm('move', '-u', 'eve', 'Papierkorb', 'mailbox', 'INBOX', 'uid', '3')
  assert.deepEqual(await mail.ask<Outcome>('move_email', { ids: [a, c], mailbox: 'drafts' }), {
    done: [a],
    gone: [c],
    failed: [],
  })
  await assert.rejects(mail.ask('mark_email', { ids: [b, c], seen: true }), /Not there any more/)
})

test('where a folder was renamed or deleted, the others are done, and the folders are known anew', async () => {
  const { mail, ids } = await withInbox('finn', ['a', 'b'])
  await using _ = mail
  const [a, b] = all(ids)
  await dovecot.doveadm('mailbox', 'create', '-u', 'finn', 'Bills')
  await dovecot.deliver('finn', ['Subject: bill\r\n\r\nPay.\r\n'], 'Bills')
  await mail.ask('list_mailboxes', { account: 'finn' })
  await mail.ask('check_account')
  const { bill } = await idsIn(mail, 'Bills')
  await dovecot.doveadm('mailbox', 'rename', '-u', 'finn', 'Bills', 'Invoices')
  const { done, failed } = await mail.ask<Outcome>('mark_email', { ids: [bill, a], flagged: true })
  assert.deepEqual([done, failed.map((one) => one.ids)], [[a], [[bill]]])
  assert.match(failed[0]?.why ?? '', /There is no folder "Bills" that can be opened/)
  assert.deepEqual(Object.keys(await idsIn(mail, 'Invoices')), ['bill'])
  await assert.rejects(mail.ask('get_email', { id: bill }), /There is no message/)

  await dovecot.doveadm('mailbox', 'delete', '-u', 'finn', 'Invoices')
  await assert.rejects(
    mail.ask('move_email', { ids: [b], mailbox: 'Invoices' }),
    /Not done: \d+\. localhost does not move them to "Invoices"/,
  )
  await assert.rejects(
    mail.ask('move_email', { ids: [b], mailbox: 'Invoices' }),
    /There is no folder "Invoices"/,
  )
  assert.deepEqual(await idsIn(mail, 'inbox', true), { a, b })
})

test('numbers of a folder that was made anew are refused, and nothing else is changed by them', async () => {
  const { mail } = await withInbox('gil', [])
  await using _ = mail
  const deliver = (subject: string) =>
    dovecot.deliver('gil', [`Subject: ${subject}\r\n\r\nHello.\r\n`], 'Work')
  const create = () => dovecot.doveadm('mailbox', 'create', '-u', 'gil', 'Work')
  await create()
  await deliver('old')
  await mail.ask('check_account')
  const { old } = await idsIn(mail, 'Work')
  await dovecot.doveadm('mailbox', 'delete', '-u', 'gil', 'Work')
  await create()
  await deliver('new')
  await assert.rejects(
    mail.ask('mark_email', { ids: [old], seen: true }),
    /The folder "Work" was made anew at its server.*List it again/,
  )
  const messages = await list(mail, 'Work')
  assert.deepEqual(
    messages.map(({ subject, seen }) => [subject, seen]),
    [['new', false]],
  )
})
