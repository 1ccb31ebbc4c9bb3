import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openDatabase } from '../../../host/database.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { AccountStore } from '../accounts/account-store.ts'
import { type CachedMailbox, MailCache } from '../cache/mail-cache.ts'
import { MAIL_STEPS } from '../cache/steps.ts'
import type { MessageHeader, OpenMailbox } from '../imap/client.ts'
import { fillNext, look } from './look.ts'

/** What a server tells of changes: none, those of flags (CONDSTORE), or what is gone as well (QRESYNC). */
type Tells = 'nothing' | 'changes' | 'gone'

/** A folder as a server has it, with what happens to it meanwhile. */
class Folder {
  uidValidity = 1
  uidNext = 1
  changes = 1
  readonly tells: Tells
  messages: { uid: number; isSeen: boolean; changed: number }[] = []
  /** How often headers were asked for, and all numbers. */
  asked = 0
  listed = 0

  /** What is gone, and since when. */
  #gone: { uid: number; changed: number }[] = []

  constructor(tells: Tells) {
    this.tells = tells
  }

  arrive(count: number, gap = 0): void {
    this.uidNext += gap
    for (let i = 0; i < count; i++)
      this.messages.push({ uid: this.uidNext++, isSeen: false, changed: ++this.changes })
  }

  remove(at: number): void {
    for (const { uid } of this.messages.splice(at, 1)) this.#gone.push({ uid, changed: ++this.changes })
  }

  see(at: number): void {
    const message = this.messages[at]
    if (message) Object.assign(message, { isSeen: !message.isSeen, changed: ++this.changes })
  }

  begunAnew(): void {
    this.uidValidity++
    this.messages = this.messages.map((message, i) => ({ ...message, uid: i + 1 }))
    this.uidNext = this.messages.length + 1
    this.#gone = []
  }

  get open(): OpenMailbox {
    const flagsOf = ({ isSeen }: { isSeen: boolean }) => (isSeen ? ['\\Seen'] : [])
    const header = (message: Folder['messages'][number]): MessageHeader => ({
      uid: message.uid,
      flags: flagsOf(message),
      receivedAt: message.uid,
      sentAt: undefined,
      size: 1,
      subject: `${this.uidValidity}/${message.uid}`,
      from: [],
      to: [],
      cc: [],
      replyTo: [],
      messageId: undefined,
      inReplyTo: undefined,
      references: [],
      parts: [],
    })
    const { messages, tells } = this
    const gone = tells === 'gone' ? this.#gone : []
    const headersOf = (some: readonly Folder['messages'][number][]) => {
      this.asked++
      return (async function* () {
        for (const one of some) yield header(one)
      })()
    }
    return {
      state: {
        uidValidity: String(this.uidValidity),
        uidNext: this.uidNext,
        messages: messages.length,
        changes: tells === 'nothing' ? undefined : String(this.changes),
        tellsGone: tells === 'gone',
      },
      newest: (count) => headersOf(messages.slice(-count)),
      headers: (first, last) => headersOf(messages.filter(({ uid }) => uid >= first && uid <= last)),
      headersOf: (uids) => headersOf(messages.filter(({ uid }) => uids.includes(uid))),
      uids: async () => {
        this.listed++
        return messages.map(({ uid }) => uid)
      },
      changes: async function* (since = '0') {
        for (const one of messages)
          if (one.changed > Number(since)) yield { uid: one.uid, flags: flagsOf(one) }
        for (const { uid, changed } of gone) if (changed > Number(since)) yield { gone: [uid, uid] }
      },
      news: async () => false,
      search: async () => [],
      withMessageId: async () => [],
      part: async () => undefined,
      sent: async () => undefined,
    }
  }
}

async function withCache(
  run: (cache: MailCache, mailbox: () => CachedMailbox) => Promise<void>,
): Promise<void> {
  using folder = temporaryDirectory()
  const database = await openDatabase({ folder: folder.path, name: 'mail', steps: MAIL_STEPS })
  try {
    const address = { host: 'a', port: 1, security: 'tls' as const, user: 'a' }
    await new AccountStore(database).keep({ id: 'a', email: 'a@b', imap: address }, 0)
    const cache = new MailCache(database)
    await cache.keepMailboxes('a', [{ path: 'INBOX', role: 'inbox', canOpen: true }], 0)
    await run(cache, () => cache.mailboxes('a')[0] as CachedMailbox)
  } finally {
    await database.close()
  }
}

async function lookAndFill(cache: MailCache, mailbox: CachedMailbox, folder: Folder): Promise<void> {
  await look(cache, mailbox, folder.open, { atLeast: 3, now: 1 })
  while (await fillNext(cache, mailbox.id, folder.open));
}

const kept = (cache: MailCache, { id }: CachedMailbox) =>
  cache
    .find({ mailboxes: [id], limit: 10_000 })
    .map(({ uid, isSeen, header }) => ({ uid, isSeen, subject: header.subject }))
    .sort((one, other) => one.uid - other.uid)

const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ what: fc.constant('arrive' as const), n: fc.nat(8), gap: fc.nat(3) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ what: fc.constant('remove' as const), n: fc.nat(5), gap: fc.nat(0) }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('see' as const), n: fc.nat(5), gap: fc.nat(0) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('anew' as const), n: fc.nat(0), gap: fc.nat(0) }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('look' as const), n: fc.nat(0), gap: fc.nat(0) }) },
  ),
  { maxLength: 15 },
)

for (const tells of ['nothing', 'changes', 'gone'] as const)
  test(`what is kept is what the server has, where it tells ${tells}`, () =>
    withCache((cache, mailbox) =>
      fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const folder = new Folder(tells)
          // Another folder than that of the run before.
          folder.uidValidity = Number(mailbox().uidValidity ?? 0) + 1
          for (const { what, n, gap } of all) {
            if (what === 'arrive') folder.arrive(n, gap)
            else if (what === 'remove') folder.remove(n)
            else if (what === 'see') folder.see(n)
            else if (what === 'anew') folder.begunAnew()
            else await look(cache, mailbox(), folder.open, { atLeast: 3, now: 1 })
          }
          await lookAndFill(cache, mailbox(), folder)
          assert.deepEqual(
            kept(cache, mailbox()),
            folder.messages.map(({ uid, isSeen }) => ({
              uid,
              isSeen,
              subject: `${folder.uidValidity}/${uid}`,
            })),
          )
        }),
        { numRuns: 150 },
      ),
    ))

test('a gap in the numbers of an old folder is passed over at once', () =>
  withCache(async (cache, mailbox) => {
    const folder = new Folder('changes')
    folder.arrive(2)
    folder.arrive(5, 4_000_000_000)
    await lookAndFill(cache, mailbox(), folder)
    assert.equal(kept(cache, mailbox()).length, 7)
    assert.ok(folder.asked < 6, `${folder.asked}`)
  }))

test('headers of a folder that goes while they are fetched are not kept, and nothing fails', () =>
  withCache(async (cache, mailbox) => {
    const folder = new Folder('gone')
    folder.arrive(5)
    await look(cache, mailbox(), folder.open, { atLeast: 3, now: 1 })
    const { id } = mailbox()
    const { open } = folder
    const headers = async function* (first: number, last: number) {
      await cache.keepMailboxes('a', [], 1)
      yield* open.headers(first, last)
    }
    assert.equal(await fillNext(cache, id, { ...open, headers }), false)
    assert.equal(cache.count(id), 0)
  }))
