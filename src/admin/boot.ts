/**
 * What happens once at every boot, before anyone can log in. Each step is tried whatever became of the one before, so
 * that nothing that was provided wrongly keeps the machine from starting; what went wrong is in the log and on the
 * screen.
 */
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigurationName } from '../contracts/admin-results.ts'
import { toRpcError } from '../protocol/jsonrpc.ts'
import { ensureCertificate } from './certificates.ts'
import { keepConfiguration } from './configuration.ts'
import { kindAt, replaceFile } from './files.ts'
import { applyHostname, nameIt } from './hostname.ts'
import { setLicence } from './licence.ts'
import type { Provided } from './llmbasedos.config.ts'
import { applyLocality } from './locality.ts'
import type { Machine } from './machine.ts'
import { readProvided } from './provided.ts'
import { keepSecret } from './secrets.ts'
import { restoreServers } from './servers/verbs.ts'
import { keepSshKeys } from './ssh-keys.ts'
import { mustExist } from './userdb.ts'
import { makeOwner, startServers } from './users.ts'
import { keepWifi } from './wifi.ts'

export interface BootLog {
  info(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** The name that comes with the image, unless another one was chosen. */
const IMAGE_NAME = 'llmbasedos'
const SSH_KEYGEN = '/usr/bin/ssh-keygen'

export async function boot(machine: Machine, log: BootLog): Promise<void> {
  const problems: string[] = []
  const problem = (sentence: string) => {
    log.error({}, sentence)
    problems.push(sentence)
  }
  const step = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (err) {
      log.error({ err }, `${what}: this step failed; the machine goes on without it`)
      problems.push(`${what}: ${toRpcError(err).message}`)
    }
  }
  let provided: Provided = { secrets: [], locality: {}, wifi: [], configurations: {} }
  await step('what was provided', async () => {
    provided = await readProvided(machine, problem)
  })
  const { hostname, locality, wifi, licence, keys, secrets, configurations } = provided
  await step('the host name', () => nameMachine(machine, hostname))
  await step('keyboard, time zone and language', () => applyLocality(machine, locality))
  for (const network of wifi)
    await step(`the wireless network ${network.name}`, () => keepWifi(machine, network))
  if (licence !== undefined) await step('the licence', () => setLicence({ text: licence }, machine))
  for (const [name, value] of Object.entries(configurations) as [ConfigurationName, object][])
    await step(`the configuration of the ${name}`, () =>
      keepConfiguration(machine, name, `${JSON.stringify(value, null, 2)}\n`),
    )
  // Most of it is waiting for programs that start.
  const atTheSameTime = [
    step('the key of SSH', () => makeHostKey(machine)),
    step('the certificate', () => ensureCertificate(machine)),
  ]
  await step('the owner', () => makeOwner(machine))
  if (keys) await step('the keys of SSH', () => keepSshKeys(machine, machine.owner, keys, 'provided'))
  for (const { value, ...secret } of secrets)
    await step(`the secret ${secret.name} of ${secret.server}`, async () => {
      if (secret.user !== null) await mustExist(machine, secret.user)
      await keepSecret(machine, secret, value)
    })
  await Promise.all(atTheSameTime)
  await step('the servers that were added', () => restoreServers(machine))
  await step('the servers', () => startServers(machine))
  await tellProblems(machine, problems)
}

/** The name that was kept, else the one that was provided, else the image's. */
async function nameMachine(machine: Machine, provided: string | undefined): Promise<void> {
  if (await applyHostname(machine)) return
  await nameIt(machine, provided ?? IMAGE_NAME)
}

async function makeHostKey(machine: Machine): Promise<void> {
  const folder = join(machine.state, 'ssh')
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755) // sshd reads keys as the user who comes, whatever the umask says
  const path = join(folder, 'host_ed25519_key')
  if ((await kindAt(path)) === undefined)
    await machine.run(SSH_KEYGEN, ['-q', '-t', 'ed25519', '-N', '', '-C', 'llmbasedos', '-f', path])
  // Its fingerprint stands on the screen.
  await chmod(`${path}.pub`, 0o644)
}

/** Where "luca welcome" finds them: one a line, none for a boot without. */
async function tellProblems({ state }: Machine, problems: readonly string[]): Promise<void> {
  const lines = problems.map((problem) => `${problem.replace(/\s+/g, ' ')}\n`)
  await replaceFile(join(state, 'boot-problems'), lines.join(''), 0o644)
}
