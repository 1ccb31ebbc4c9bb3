/** Another program deletes a folder, renames it or makes it anew while it is fetched from a real Dovecot. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { importMbox } from '../testing/import-mbox.ts'
import { overhearing } from '../testing/overheard.ts'
import { accountAt, withAccounts } from '../testing/with-accounts.ts'

const USERS = Array.from({ length: 9 }, (_, i) => `user${i}`)
const MANY = 60

let dovecot: Dovecot
before(async () => {
  dovecot = await startDovecot({ users: Object.fromEntries(USERS.map((name) => [name, 'secret'])) })
})
after(() => dovecot[Symbol.asyncDispose]())

const OLD = Array.from(
  { length: MANY },
  (_, i) =>
    `From eva@example.org Thu Jan  1 00:00:00 1970\nSubject: Old ${i}\nFrom: eva@example.org\n\nHello.\n\n`,
).join('')

const messages = (word: string, count: number) =>
  Array.from({ length: count }, (_, i) => `Subject: ${word} ${i}\r\nFrom: eva@example.org\r\n\r\nHello.\r\n`)

interface List {
  messages: { subject: string; mailbox: string }[]
  note?: string
}

/** Where the fetching of headers stands when it happens. */
const MOMENTS = {
  'before it is opened': /^EXAMINE Work/,
  'once it is open': /^FETCH .*ENVELOPE/,
  'while its older ones are fetched': /^UID FETCH .*ENVELOPE/,
}

/** What happens, and what is there then by the names of folders. */
const HAPPENINGS: Record<
  string,
  { does(user: string): Promise<unknown>; there: Record<string, readonly string[]> }
> = {
  deleted: {
    does: (user) => dovecot.doveadm('mailbox', 'delete', '-u', user, 'Work'),
    there: {},
  },
  renamed: {
    does: (user) => dovecot.doveadm('mailbox', 'rename', '-u', user, 'Work', 'Done'),
    there: { Done: Array.from({ length: MANY }, (_, i) => `Old ${i}`) },
  },
  'deleted and made anew': {
    does: async (user) => {
      await dovecot.doveadm('mailbox', 'delete', '-u', user, 'Work')
      await dovecot.doveadm('mailbox', 'create', '-u', user, 'Work')
      await dovecot.deliver(user, messages('New', 3), 'Work')
    },
    there: { Work: ['New 0', 'New 1', 'New 2'] },
  },
}

let users = 0
describe('a folder of which headers are still to be fetched', () => {
  for (const [moment, command] of Object.entries(MOMENTS))
    for (const [what, { does, there }] of Object.entries(HAPPENINGS))
      test(`that is ${what} ${moment} is what it is at the server, and no other is`, async () => {
        const user = USERS[users++] as string
        await importMbox(dovecot, user, (path) => writeFileSync(path, OLD))
        await dovecot.doveadm('mailbox', 'create', '-u', user, 'Work')
        await dovecot.doveadm('move', '-u', user, 'Work', 'mailbox', 'INBOX', 'all')
        await using server = await overhearing(dovecot)
        await using mail = await withAccounts([accountAt({ ...dovecot, ...server }, user)])
        await mail.ask('list_emails', { mailbox: 'sent' })
        await mail.running.worked()
        const held = server.holding(command)
        const listed = mail.ask<List>('list_emails', { mailbox: 'Work' }).catch((error: Error) => error)
        const letGo = await held
        await does(user)
        letGo()
        const answer = await listed
        if (answer instanceof Error) assert.match(answer.message, /Work|Try again later/)
        await mail.running.worked()
        await mail.ask('check_account')
        const { mailboxes } = await mail.ask<{ mailboxes: { path: string }[] }>('list_mailboxes')
        const paths = mailboxes.map(({ path }) => path)
        for (const path of ['Work', 'Done']) {
          assert.equal(paths.includes(path), path in there, `${paths}`)
          if (!(path in there)) {
            await assert.rejects(
              mail.ask('list_emails', { mailbox: path, fresh: true }),
              /There is no folder/,
            )
            continue
          }
          await mail.ask('list_emails', { mailbox: path, fresh: true })
          await mail.running.worked()
          const all = await mail.ask<List>('list_emails', { mailbox: path, limit: 100 })
          assert.deepEqual(all.messages.map(({ subject }) => subject).toSorted(), there[path]?.toSorted())
        }
        const found = await mail.ask<List>('search_emails', { subject: 'Old', limit: 100 })
        assert.equal(found.messages.length, there.Done?.length ?? 0)
      })
})
