/** Thousands of messages are put into a Dovecot at once. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import type { Dovecot } from './dovecot.ts'

/** Puts an mbox (RFC 4155), which `write` makes at a path, into the inbox of a user, and has Dovecot read all of it once: how long it takes over that is its own. */
export async function importMbox(
  dovecot: Pick<Dovecot, 'doveadm'>,
  user: string,
  write: (path: string) => Promise<void> | void,
): Promise<void> {
  using folder = temporaryDirectory()
  const mbox = join(folder.path, 'mbox')
  await write(mbox)
  // Whoever Dovecot serves as reads it, and writes beside it.
  chmodSync(folder.path, 0o777)
  chmodSync(mbox, 0o666)
  await dovecot.doveadm('import', '-u', user, `mbox:${folder.path}/m:INBOX=${mbox}`, '', 'mailbox', 'INBOX')
  const read = 'imap.envelope imap.bodystructure size.virtual hdr.references'
  await dovecot.doveadm('fetch', '-u', user, read, 'mailbox', 'INBOX')
}
