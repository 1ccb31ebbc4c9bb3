/** What reaches a machine from outside, as its owner and strangers do: SSH and HTTPS. */
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after } from 'node:test'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { PATIENCE } from './hardware.ts'
import type { Machine } from './machine.ts'

const folder = mkdtempSync(join(tmpdir(), 'clients-'))
const key = join(folder, 'key')
execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
after(() => rmSync(folder, { recursive: true, force: true }))

/** The key that `ssh` comes in with. */
export const publicKey: string = readFileSync(`${key}.pub`, 'utf8').trim()

const OPTIONS = [
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'LogLevel=ERROR',
  `ConnectTimeout=${60 * PATIENCE}`,
  'BatchMode=yes',
]

/** Runs a command as a user of the machine, who has the key or nothing. */
export function ssh(
  machine: Machine,
  user: string,
  command: string,
  { input = '', withKey = true } = {},
): SpawnSyncReturns<string> {
  const args = [...OPTIONS.flatMap((option) => ['-o', option]), '-T', '-p', String(machine.sshPort)]
  const identity = withKey ? ['-i', key] : ['-o', 'PubkeyAuthentication=no']
  return spawnSync('ssh', [...args, ...identity, `${user}@127.0.0.1`, command], {
    input,
    encoding: 'utf8',
    timeout: 120_000 * PATIENCE,
  })
}

/**
 * `fetch` of a client on the network, which knows the machine by a name or an address and trusts the CA `ca` alone;
 * whoever answers, where none is given.
 */
export function fetchFrom({ httpsPort }: Machine, host: string, ca?: string): typeof fetch {
  return async (input, init = {}) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input)
    const { method = 'GET', body } = init
    const headers = { ...Object.fromEntries(new Headers(init.headers)), host }
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const options = {
      host: '127.0.0.1',
      port: httpsPort,
      path: pathname + search,
      method,
      headers,
      ...(isIP(host) ? {} : { servername: host }),
      checkServerIdentity: (_: string, shown: PeerCertificate) => checkServerIdentity(host, shown),
      ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
      ...(init.signal ? { signal: init.signal } : {}),
    }
    request(options, (res) => {
      const { statusCode: status = 0 } = res
      const hasBody = ![202, 204].includes(status)
      if (!hasBody) res.resume()
      resolve(
        new Response(hasBody ? (Readable.toWeb(res) as ReadableStream) : null, {
          status,
          headers: Object.entries(res.headers).map(([key, value]): [string, string] => [key, String(value)]),
        }),
      )
    })
      .once('error', reject)
      .end(body as string | undefined)
    return await promise
  }
}
