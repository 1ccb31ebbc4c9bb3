import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from '../../../host/database.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import type { Database } from '../../../protocol/database.ts'
import { AccountStore } from '../accounts/account-store.ts'
import type { MessageHeader } from '../imap/client.ts'
import { type CachedMessage, MailCache } from './mail-cache.ts'
import { MAIL_STEPS } from './steps.ts'

const MEGABYTES = 10

async function withCache(
  run: (it: {
    cache: MailCache
    accounts: AccountStore
    database: Database
    folder: string
  }) => Promise<void>,
): Promise<void> {
  using folder = temporaryDirectory()
  const database = await openDatabase({ folder: folder.path, name: 'mail', steps: MAIL_STEPS })
  try {
    const accounts = new AccountStore(database)
    const imap = { host: 'a', port: 1, security: 'tls' as const, user: 'a' }
    for (const id of ['ada', 'bob']) await accounts.keep({ id, email: `${id}@b`, imap }, 0)
    await run({ cache: new MailCache(database, MEGABYTES), accounts, database, folder: folder.path })
  } finally {
    await database.close()
  }
}

const header = (uid: number): MessageHeader => ({
  uid,
  flags: [],
  receivedAt: uid,
  sentAt: uid,
  size: 1,
  subject: `subject${uid}`,
  from: [],
  to: [],
  cc: [],
  replyTo: [],
  messageId: undefined,
  inReplyTo: undefined,
  references: [],
  parts: [],
})

async function messages(cache: MailCache, account: string, count: number): Promise<CachedMessage[]> {
  await cache.keepMailboxes(account, [{ path: 'INBOX', role: 'inbox', canOpen: true }], 0)
  const [{ id } = { id: 0 }] = cache.mailboxes(account)
  const headers = Array.from({ length: count }, (_, i) => header(i + 1))
  await cache.keepHeaders(id, headers, [1, count])
  return cache.find({ mailboxes: [id], limit: count }).toReversed()
}

test('where there is no more room, the texts of the oldest go, and never a header', () =>
  withCache(async ({ cache }) => {
    const all = await messages(cache, 'ada', 300)
    for (const message of all)
      await cache.texts.keep(message, { text: `word${message.uid}x ${'x '.repeat(25_000)}`, remarks: [] })
    const kept = all.filter(({ id }) => cache.texts.of(id))
    assert.ok(kept.length > 20 && kept.length < 290, `${kept.length}`)
    assert.deepEqual(kept, all.slice(-kept.length))
    const mailboxes = [all[0]?.mailbox ?? 0]
    const found = (text: string) =>
      cache.find({ mailboxes, words: { text }, limit: 10 }).map(({ uid }) => uid)
    assert.deepEqual([found('word1x'), found('word300x')], [[], [300]])
    assert.ok(
      cache.find({ mailboxes, words: { subject: 'subject1' }, limit: 400 }).some(({ uid }) => uid === 1),
    )
    assert.equal(cache.texts.hasRoomFor({ time: 0 }), false)
    assert.equal(cache.texts.hasRoomFor({ time: 1000 }), true)
  }))

test('of an account that is forgotten nothing is left on the disk, and another keeps its own', () =>
  withCache(async ({ cache, accounts, folder }) => {
    const [mine] = await messages(cache, 'ada', 50)
    const [other] = await messages(cache, 'bob', 50)
    assert.ok(mine && other)
    await cache.texts.keep(mine, { text: 'zanzibar', remarks: [] })
    await cache.texts.keep(other, { text: 'honolulu', remarks: [] })
    await accounts.forget('ada')
    await cache.shred()
    const onDisk = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'latin1'))
      .join('')
    assert.ok(!onDisk.includes('zanzibar'))
    assert.ok(onDisk.includes('honolulu'))
    assert.equal(cache.message(mine.id), undefined)
    const find = (text: string, { mailbox }: CachedMessage) =>
      cache.find({ mailboxes: [mailbox], words: { text }, limit: 10 }).length
    assert.deepEqual([find('zanzibar', mine), find('honolulu', other)], [0, 1])
  }))
