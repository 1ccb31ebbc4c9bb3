/** A connection to a real Dovecot, without the server of mail. */
import { createOutward } from '../../../host/outward/outward.ts'
import { openImap } from '../connection/open.ts'
import type { ImapClient } from '../imap/client.ts'
import { logIn } from '../imap/imapflow.ts'
import type { Dovecot } from './dovecot.ts'
import { accountAt } from './with-accounts.ts'

export async function loggedIn(dovecot: Dovecot, user: string): Promise<ImapClient & AsyncDisposable> {
  const { imap } = accountAt(dovecot, user)
  const outward = createOutward({ namedHosts: [imap.host], setting: 'hosts' })
  const socket = await openImap(outward, imap, AbortSignal.timeout(20_000))
  const client = await logIn(socket, { host: imap.host, user, password: 'secret' })
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      await client.close()
      outward.close()
    },
  })
}
