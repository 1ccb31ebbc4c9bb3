import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { loggedIn } from '../testing/logged-in.ts'
import type { ChangingMailbox, ImapClient } from './client.ts'

const message = (subject: string) => `Subject: ${subject}\r\n\r\nHello.\r\n`
const users = { ada: 'secret', bob: 'secret', cleo: 'secret', dan: 'secret', eve: 'secret' }

const inbox = <T>(client: ImapClient, work: (open: ChangingMailbox) => Promise<T>): Promise<T> =>
  client.changing('INBOX', work)
const subjectsIn = (client: ImapClient, path: string): Promise<string[]> =>
  client.inMailbox(path, async (open) => {
    const subjects: string[] = []
    for await (const { subject } of open.newest(100)) subjects.push(subject)
    return subjects.sort()
  })

for (const [which, settings] of [
  ['as servers are', ''],
  ['where the server has neither MOVE nor UIDPLUS', 'imap_capability = IMAP4rev1'],
] as const)
  describe(`messages are changed ${which}`, () => {
    let dovecot: Dovecot
    before(async () => {
      dovecot = await startDovecot({ users, settings })
    })
    after(() => dovecot[Symbol.asyncDispose]())
    const canTell = settings === ''

    test('flags are set and taken away, and those that are there now are told', async () => {
      await dovecot.deliver('ada', ['a', 'b', 'c'].map(message))
      await using client = await loggedIn(dovecot, 'ada')
      const flags = await inbox(client, (open) =>
        open.changeFlags([1, 3, 99], { add: ['\\Seen', '\\Flagged'], remove: [] }),
      )
      assert.deepEqual(
        flags.map(({ uid, flags }) => [uid, flags.filter((one) => one !== '\\Recent').toSorted()]),
        [
          [1, ['\\Flagged', '\\Seen']],
          [3, ['\\Flagged', '\\Seen']],
        ],
      )
      const [one] = await inbox(client, (open) => open.changeFlags([1], { add: [], remove: ['\\Seen'] }))
      assert.deepEqual([one?.flags.includes('\\Seen'), one?.flags.includes('\\Flagged')], [false, true])
      assert.deepEqual(
        await inbox(client, (open) => open.changeFlags([99], { add: ['\\Seen'], remove: [] })),
        [],
      )
    })

    test('some are moved, and the server says under which numbers where it can', async () => {
      await dovecot.deliver('bob', ['a', 'b', 'c'].map(message))
      await using client = await loggedIn(dovecot, 'bob')
      const { uids, there } = await inbox(client, (open) => open.move([3, 1, 42], 'Papierkorb'))
      assert.deepEqual(uids.toSorted(), [1, 3])
      assert.deepEqual(there && [...there.uids], [
        [1, 1],
        [3, 2],
      ])
      assert.deepEqual(await subjectsIn(client, 'Papierkorb'), ['a', 'c'])
      assert.deepEqual(await subjectsIn(client, 'INBOX'), ['b'])
    })

    test('to a folder that is not there nothing is moved, and the server’s reason is told', async () => {
      await dovecot.deliver('cleo', [message('a')])
      await using client = await loggedIn(dovecot, 'cleo')
      await assert.rejects(
        inbox(client, (open) => open.move([1], 'Gone')),
        { problem: 'refused', message: /localhost does not move them to "Gone"\. It says: .*doesn't exist/ },
      )
      assert.deepEqual(await subjectsIn(client, 'INBOX'), ['a'])
      await assert.rejects(
        client.changing('Gone', async () => {}),
        { problem: 'refused', message: /There is no folder "Gone"/ },
      )
    })

    test('these are deleted for good, and no other that another program marked', async () => {
      await dovecot.deliver('dan', ['a', 'b', 'c'].map(message))
      await dovecot.doveadm('flags', 'add', '-u', 'dan', '\\Deleted', 'mailbox', 'INBOX', 'uid', '2')
      await using client = await loggedIn(dovecot, 'dan')
      if (canTell) assert.deepEqual(await inbox(client, (open) => open.expunge([1, 77])), [1])
      else {
        await assert.rejects(
          inbox(client, (open) => open.expunge([1])),
          { problem: 'refused', message: /another program marked 1 in this folder as deleted/ },
        )
        await dovecot.doveadm('flags', 'remove', '-u', 'dan', '\\Deleted', 'mailbox', 'INBOX', 'uid', '2')
        assert.deepEqual(await inbox(client, (open) => open.expunge([1])), [1])
      }
      assert.deepEqual(await subjectsIn(client, 'INBOX'), ['b', 'c'])
      assert.deepEqual(await inbox(client, (open) => open.expunge([1])), [])
    })

    test('what another client deletes meanwhile is passed over', async () => {
      await dovecot.deliver('eve', ['a', 'b', 'c'].map(message))
      await using client = await loggedIn(dovecot, 'eve')
      const moved = await inbox(client, async (open) => {
        await dovecot.doveadm('expunge', '-u', 'eve', 'mailbox', 'INBOX', 'uid', '2')
        return open.move([1, 2], 'Papierkorb')
      })
      assert.deepEqual(moved.uids, [1])
      assert.deepEqual(await subjectsIn(client, 'Papierkorb'), ['a'])
      assert.deepEqual(await subjectsIn(client, 'INBOX'), ['c'])
    })
  })
