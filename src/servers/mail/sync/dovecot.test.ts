/** What is kept of a folder of a real Dovecot, and what it costs to look at one. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { ImapFlow } from 'imapflow'
import { openDatabase } from '../../../host/database.ts'
import { outwardToLoopback } from '../../../host/outward/testing/server.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { AccountStore } from '../accounts/account-store.ts'
import { type CachedMailbox, MailCache } from '../cache/mail-cache.ts'
import { MAIL_STEPS } from '../cache/steps.ts'
import { openImap } from '../connection/open.ts'
import type { ImapClient } from '../imap/client.ts'
import { logIn } from '../imap/imapflow.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { type Overheard, overhearing } from '../testing/overheard.ts'
import { fillNext, look } from './look.ts'

let dovecot: Dovecot
/** Another program of the same user. */
let other: ImapFlow
before(async () => {
  dovecot = await startDovecot()
  other = new ImapFlow({
    host: 'localhost',
    port: dovecot.imaps,
    secure: true,
    tls: { ca: dovecot.ca },
    auth: { user: 'ada', pass: 'secret' },
    logger: false,
    disableAutoIdle: true,
  })
  await other.connect()
})
after(async () => {
  await other.logout()
  await dovecot[Symbol.asyncDispose]()
})

const message = (subject: string) => `Subject: ${subject}\r\nFrom: eva@example.org\r\n\r\nHello.\r\n`

interface Synced {
  server: Overheard
  client: ImapClient
  cache: MailCache
  /** A new folder, as it is kept now. */
  folder(path: string): Promise<() => CachedMailbox>
  /** Gives whether anything is other than before. */
  look(mailbox: CachedMailbox): Promise<boolean | undefined>
  fill(mailbox: CachedMailbox): Promise<void>
}

async function synced(hides: readonly string[], run: (synced: Synced) => Promise<void>): Promise<void> {
  using folder = temporaryDirectory()
  const database = await openDatabase({ folder: folder.path, name: 'mail', steps: MAIL_STEPS })
  await using server = await overhearing({ imaps: dovecot.imaps, hides })
  using outward = outwardToLoopback({})
  const pin = new X509Certificate(server.ca).fingerprint256
  const imap = { host: 'localhost', port: server.imaps, security: 'tls' as const, user: 'ada', pin }
  const socket = await openImap(outward, imap, AbortSignal.timeout(20_000))
  const client = await logIn(socket, { host: 'localhost', user: 'ada', password: 'secret' })
  try {
    await new AccountStore(database).keep({ id: 'a', email: 'ada@example.org', imap }, 0)
    const cache = new MailCache(database)
    await run({
      server,
      client,
      cache,
      async folder(path) {
        await other.mailboxCreate(path)
        await other.mailboxOpen(path)
        await cache.keepMailboxes('a', [{ path, role: undefined, canOpen: true }], 0)
        return () => cache.mailboxes('a')[0] as CachedMailbox
      },
      async look(mailbox) {
        const looked = await client.inMailbox(mailbox.path, (open) =>
          look(cache, mailbox, open, { atLeast: 3, now: 1 }),
        )
        return looked?.isChanged
      },
      async fill(mailbox) {
        await client.inMailbox(mailbox.path, async (open) => {
          while (await fillNext(cache, mailbox.id, open));
        })
      },
    })
  } finally {
    await client.close()
    await database.close()
  }
}

const kept = (cache: MailCache, { id }: CachedMailbox) =>
  cache
    .find({ mailboxes: [id], limit: 1000 })
    .map(({ uid, isSeen, isFlagged, header }) => ({ uid, isSeen, isFlagged, subject: header.subject }))
    .sort((one, another) => one.uid - another.uid)

async function onServer() {
  const all = []
  if (other.mailbox && other.mailbox.exists > 0)
    for await (const { uid, flags, envelope } of other.fetch('1:*', {
      uid: true,
      flags: true,
      envelope: true,
    }))
      all.push({
        uid,
        isSeen: flags?.has('\\Seen') ?? false,
        isFlagged: flags?.has('\\Flagged') ?? false,
        subject: envelope?.subject ?? '',
      })
  return all
}

const step = fc.record({
  what: fc.constantFrom('arrive', 'arrive', 'remove', 'see', 'flag', 'look', 'look', 'fill'),
  at: fc.integer({ min: 1, max: 12 }),
})

/** What the other program does; of messages that are not there, nothing. */
async function happens(path: string, { what, at }: { what: string; at: number }): Promise<void> {
  if (what === 'arrive') for (let i = 0; i < at; i++) await other.append(path, message(`${at}/${i}`))
  await other.noop()
  if (!other.mailbox || other.mailbox.exists < at) return
  if (what === 'remove') await other.messageDelete(String(at))
  if (what === 'see') await other.messageFlagsAdd(String(at), ['\\Seen'])
  if (what !== 'flag') return
  const found = await other.fetchOne(String(at), { flags: true })
  const isFlagged = found ? found.flags?.has('\\Flagged') : false
  await other[isFlagged ? 'messageFlagsRemove' : 'messageFlagsAdd'](String(at), ['\\Flagged'])
}

const WITHOUT = { 'QRESYNC and CONDSTORE': [], CONDSTORE: ['QRESYNC'], neither: ['QRESYNC', 'CONDSTORE'] }

for (const [what, hides] of Object.entries(WITHOUT))
  test(`whatever another program does meanwhile, what is kept is what Dovecot has, with ${what}`, () =>
    synced(hides, async ({ cache, folder, look, fill }) => {
      let runs = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
          const path = `${hides.length}-${runs++}`
          const mailbox = await folder(path)
          for (const one of steps)
            if (one.what === 'look') await look(mailbox())
            else if (one.what === 'fill') await fill(mailbox())
            else await happens(path, one)
          await look(mailbox())
          await fill(mailbox())
          assert.deepEqual(kept(cache, mailbox()), await onServer())
        }),
        { numRuns: 12 },
      )
    }))

describe('looking at a folder', () => {
  test('in which nothing has changed costs one command', () =>
    synced([], async ({ server, folder, look, fill }) => {
      const mailbox = await folder('Quiet')
      await happens('Quiet', { what: 'arrive', at: 10 })
      await look(mailbox())
      await fill(mailbox())
      server.commands.length = 0
      assert.equal(await look(mailbox()), false)
      assert.deepEqual(server.commands, ['EXAMINE Quiet'])
    }))

  test('costs no more than what has changed, also of what is gone', () =>
    synced([], async ({ server, cache, folder, look, fill }) => {
      const mailbox = await folder('Busy')
      await happens('Busy', { what: 'arrive', at: 12 })
      await look(mailbox())
      await fill(mailbox())
      const { changes } = mailbox()
      for (const what of ['remove', 'see', 'arrive']) await happens('Busy', { what, at: 2 })
      server.commands.length = 0
      assert.equal(await look(mailbox()), true)
      assert.deepEqual(server.commands, [
        'EXAMINE Busy',
        'FETCH 11:* (UID FLAGS BODYSTRUCTURE ENVELOPE INTERNALDATE RFC822.SIZE MODSEQ BODY.PEEK[HEADER.FIELDS (references)])',
        `UID FETCH 1:* (UID FLAGS MODSEQ) (CHANGEDSINCE ${changes} VANISHED)`,
      ])
      assert.deepEqual(kept(cache, mailbox()), await onServer())
    }))
})
