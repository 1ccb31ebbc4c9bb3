/** What reaches a machine from outside, as its owner and strangers do: SSH and HTTPS. */
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
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
  'ConnectTimeout=60',
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
    timeout: 120_000,
  })
}

/** Asks as a client on the network does, which knows the machine by its name and trusts nothing but `ca`, where it is given. */
export function ask(
  { httpsPort }: Machine,
  name: string,
  path: string,
  { ca, headers = {}, body }: { ca?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; text: string }> {
  const host = `${name}.local`
  const options = {
    ...{ host: '127.0.0.1', port: httpsPort, path, servername: host, headers: { host, ...headers } },
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
    method: body === undefined ? 'GET' : 'POST',
  }
  return new Promise((resolve, reject) => {
    const req = request(options, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, text }))
    })
    req.once('error', reject)
    req.end(body)
  })
}
