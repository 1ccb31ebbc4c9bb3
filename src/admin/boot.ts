/**
 * What happens once at every boot, before anybody can come in. Each step is tried whatever became of the one before, so
 * that nothing that was provided wrongly keeps the machine from starting; what went wrong is in the log.
 */
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readCredential } from '../host/credentials.ts'
import { isHostName } from '../protocol/admin-helper.ts'
import { renewCertificate } from './certificates.ts'
import { kindAt, replaceFile } from './files.ts'
import { applyHostname, setHostname } from './hostname.ts'
import type { Machine } from './machine.ts'
import { makeOwner, startServers } from './users.ts'

export interface BootLog {
  info(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** What may be provided from outside as a system credential: by SMBIOS, the kernel command line or the medium. */
const PROVIDED = {
  hostname: 'llmbasedos.hostname',
  keys: 'llmbasedos.ssh-keys',
  licence: 'llmbasedos.licence',
}
/** The name that comes with the image, when nobody chose another one. */
const IMAGE_NAME = 'llmbasedos'
const SSH_KEYGEN = '/usr/bin/ssh-keygen'
/** One line of authorized_keys(5), without options: a key that was provided opens the door and nothing else. */
const KEY =
  /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]+={0,2}(?: [^\r\n]*)?$/
/** Who comes in by those keys: the owner, in luca or in a shell. */
const logins = ({ owner }: Machine) => ['luca', owner]

export async function boot(machine: Machine, log: BootLog): Promise<void> {
  const steps: readonly [string, (machine: Machine, log: BootLog) => Promise<unknown>][] = [
    ['the host name', nameMachine],
    ['the licence that was provided', takeLicence],
    ['the key of SSH', makeHostKey],
    ['the keys that were provided', takeKeys],
    ['the owner', makeOwner],
    ['the certificate', renewCertificate],
    ['the servers', startServers],
  ]
  for (const [what, step] of steps)
    try {
      await step(machine, log)
    } catch (err) {
      log.error({ err }, `${what}: this step failed; the machine goes on without it`)
    }
}

/** The name that was kept, else the one that was provided, else the image's. */
async function nameMachine(machine: Machine): Promise<void> {
  if (await applyHostname(machine)) return
  const provided = (await readCredential(PROVIDED.hostname))?.trim()
  if (provided !== undefined && !isHostName(provided))
    throw new Error(`"${provided.slice(0, 80)}" was provided as ${PROVIDED.hostname}, and is no host name.`)
  await setHostname({ name: provided ?? IMAGE_NAME }, machine)
}

async function takeLicence({ etc }: Machine): Promise<void> {
  const licence = await readCredential(PROVIDED.licence)
  if (licence === undefined) return
  await mkdir(join(etc, 'llmbasedos'), { recursive: true, mode: 0o755 })
  await replaceFile(join(etc, 'llmbasedos/licence.key'), `${licence}\n`, 0o644)
}

async function makeHostKey(machine: Machine): Promise<void> {
  const folder = join(machine.state, 'ssh')
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755) // sshd reads keys as the user who comes, whatever the umask says
  const path = join(folder, 'host_ed25519_key')
  if ((await kindAt(path)) === undefined)
    await machine.run(SSH_KEYGEN, ['-q', '-t', 'ed25519', '-N', '', '-C', 'llmbasedos', '-f', path])
}

/** Adds keys to those that may come in. A line that is no key is told of and left out. */
async function takeKeys(machine: Machine, log: BootLog): Promise<void> {
  const provided = await readCredential(PROVIDED.keys)
  if (provided === undefined) return
  const lines = provided.split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => KEY.test(line))
  const wrong = lines.filter((line) => line !== '' && !line.startsWith('#') && !KEY.test(line)).length
  if (wrong > 0)
    log.error(
      { lines: wrong },
      `${PROVIDED.keys}: lines that are no public key, or have options, were left out`,
    )
  if (keys.length === 0) return
  for (const name of logins(machine))
    await replaceFile(join(machine.state, 'ssh', `${name}.keys`), `${keys.join('\n')}\n`, 0o644)
}
