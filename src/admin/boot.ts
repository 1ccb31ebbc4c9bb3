/**
 * What happens once at every boot, before anybody can come in. Each step is tried whatever became of the one before, so
 * that nothing that was provided wrongly keeps the machine from starting; what went wrong is in the log and on the
 * screen.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toRpcError } from '../protocol/jsonrpc.ts'
import { renewCertificate } from './certificates.ts'
import { kindAt, replaceFile } from './files.ts'
import { applyHostname, setHostname } from './hostname.ts'
import { setLicence } from './licence.ts'
import type { Machine } from './machine.ts'
import { type Provided, readProvided } from './provided.ts'
import { keepSecret } from './secrets.ts'
import { keepSshKeys } from './ssh-keys.ts'
import { mustExist } from './userdb.ts'
import { makeOwner, startServers } from './users.ts'

export interface BootLog {
  info(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** The name that comes with the image, when nobody chose another one. */
const IMAGE_NAME = 'llmbasedos'
const SSH_KEYGEN = '/usr/bin/ssh-keygen'
const NODE = '/usr/bin/node'
const GATEWAY = '/usr/lib/llmbasedos/gateway.mjs'

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
  let provided: Provided = { secrets: [] }
  await step('what was provided', async () => {
    provided = await readProvided(machine, problem)
  })
  const { hostname, licence, keys, secrets, configuration } = provided
  await step('the host name', () => nameMachine(machine, hostname))
  if (licence !== undefined) await step('the licence', () => setLicence({ text: licence }, machine))
  if (configuration) await step('the configuration', () => takeConfiguration(machine, configuration))
  await step('the key of SSH', () => makeHostKey(machine))
  await step('the owner', () => makeOwner(machine))
  if (keys) await step('the keys of SSH', () => keepSshKeys(machine, machine.owner, keys, 'provided'))
  for (const { value, ...secret } of secrets)
    await step(`the secret ${secret.name} of ${secret.server}`, async () => {
      if (secret.user !== null) await mustExist(machine, secret.user)
      await keepSecret(machine, secret, value)
    })
  await step('the certificate', () => renewCertificate(machine))
  await step('the servers', () => startServers(machine))
  await tellProblems(machine, problems)
}

/** The name that was kept, else the one that was provided, else the image's. */
async function nameMachine(machine: Machine, provided: string | undefined): Promise<void> {
  if (await applyHostname(machine)) return
  await setHostname({ name: provided ?? IMAGE_NAME }, machine)
}

/** Takes the gateway's configuration, once the gateway itself says that it can be used. */
async function takeConfiguration(machine: Machine, configuration: object): Promise<void> {
  const text = `${JSON.stringify(configuration, null, 2)}\n`
  await mkdir(machine.scratch, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(machine.scratch, 'configuration-'))
  try {
    await writeFile(join(scratch, 'gateway.yaml'), text)
    await machine.run(NODE, [GATEWAY, 'check', scratch])
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  const folder = join(machine.etc, 'llmbasedos')
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await replaceFile(join(folder, 'gateway.yaml'), text, 0o644)
}

async function makeHostKey(machine: Machine): Promise<void> {
  const folder = join(machine.state, 'ssh')
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755) // sshd reads keys as the user who comes, whatever the umask says
  const path = join(folder, 'host_ed25519_key')
  if ((await kindAt(path)) === undefined)
    await machine.run(SSH_KEYGEN, ['-q', '-t', 'ed25519', '-N', '', '-C', 'llmbasedos', '-f', path])
}

/** Where "luca welcome" finds them: one a line, none for a boot without. */
async function tellProblems({ state }: Machine, problems: readonly string[]): Promise<void> {
  const lines = problems.map((problem) => `${problem.replace(/\s+/g, ' ')}\n`)
  await replaceFile(join(state, 'boot-problems'), lines.join(''), 0o644)
}
