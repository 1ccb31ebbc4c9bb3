/** The process of the server is killed while it writes what is kept: it opens again, and what is kept comes to be what a real Dovecot has. */
import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../../framework/testing/until.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { importMbox } from '../testing/import-mbox.ts'
import { type MailProcess, startMailProcess } from '../testing/mail-process.ts'
import { accountAt } from '../testing/with-accounts.ts'

const COUNT = 2500
const HOUR_MS = 3_600_000
/** After how many writes it is killed, each time. */
const KILLED_AFTER = [1, 2, 3, 2]

interface List {
  messages: { subject: string }[]
  nextCursor?: string
  note?: string
}

const subjectOf = (i: number): string => `Number w${i}w`

let dovecot: Dovecot
before(async () => {
  dovecot = await startDovecot()
  const now = Date.now()
  const messages = Array.from({ length: COUNT }, (_, i) =>
    [
      'From eva@example.org Thu Jan  1 00:00:00 1970',
      `Message-ID: <${i}@example.org>`,
      `Date: ${new Date(now - (COUNT - i) * HOUR_MS).toUTCString()}`,
      'From: Eva <eva@example.org>',
      'To: Ada <ada@example.org>',
      `Subject: ${subjectOf(i)}`,
      '',
      `The text of t${i}t.`,
      '',
    ].join('\n'),
  )
  await importMbox(dovecot, 'ada', (path) => writeFileSync(path, `${messages.join('\n')}\n`))
})
after(() => dovecot[Symbol.asyncDispose]())

/** Resolves in the middle of a write, so many writes from now. */
async function writes({ state }: MailProcess, count: number): Promise<void> {
  const log = join(state, 'mail.db-wal')
  const changed = () => statSync(log, { bigint: true, throwIfNoEntry: false })?.mtimeNs
  let last = changed()
  for (let seen = 0; seen < count; ) {
    await pause(1)
    const now = changed()
    if (now !== last) seen++
    last = now
  }
}

async function listed(mail: MailProcess): Promise<string[]> {
  const subjects = []
  for (let cursor: string | undefined, isMore = true; isMore; ) {
    const { messages, nextCursor } = await mail.ask<List>('list_emails', {
      limit: 100,
      ...(cursor !== undefined && { cursor }),
    })
    subjects.push(...messages.map(({ subject }) => subject))
    cursor = nextCursor
    isMore = cursor !== undefined
  }
  return subjects
}

test('killed while it writes, it opens again, and has every message once and finds it', async () => {
  await using mail = await startMailProcess({ secrets: { ada: 'secret' } })
  await mail.ask('add_account', { ...accountAt(dovecot, 'ada') })
  for (const count of KILLED_AFTER) {
    const written = writes(mail, count)
    await Promise.all([
      mail.ask<List>('list_emails', { limit: 1 }).catch(() => {}),
      written.then(() => mail.end('SIGKILL')),
    ])
  }
  assert.deepEqual(new Set(mail.activator.ended), new Set([-9]), mail.activator.said)
  await dovecot.doveadm('expunge', '-u', 'ada', 'mailbox', 'INBOX', 'subject', subjectOf(7))
  await dovecot.deliver('ada', ['Subject: Last\r\n\r\nWhat came last.\r\n'])
  await until('all headers are there', async () => {
    return (await mail.ask<List>('list_emails', { limit: 1, fresh: true })).note === undefined
  })
  const expected = [
    'Last',
    ...Array.from({ length: COUNT }, (_, i) => subjectOf(i)).filter((_, i) => i !== 7),
  ]
  assert.deepEqual((await listed(mail)).toSorted(), expected.toSorted())
  const found = async (args: object) => {
    const { messages } = await mail.ask<List>('search_emails', { mailbox: 'inbox', ...args })
    return messages.map(({ subject }) => subject)
  }
  for (const i of [0, 1, 999, 1000, 1999, 2000, COUNT - 51, COUNT - 50, COUNT - 1]) {
    assert.deepEqual(await found({ subject: `w${i}w` }), [subjectOf(i)])
    assert.deepEqual(await found({ text: `t${i}t` }), [subjectOf(i)])
  }
  assert.deepEqual(await found({ subject: 'w7w' }), [])
  assert.doesNotMatch(mail.activator.said, /damaged/)
})
