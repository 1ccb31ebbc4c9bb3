/**
 * What is done once for a server, in the same sandbox as its own: the installation of its package, with the network, and a
 * look at what it offers, with its grants. Each is a service that is made for it and goes when it has ended.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PackageCommandError, packageOf } from '../../contracts/package-runner.ts'
import {
  type Grants,
  type LaunchSpec,
  readOffer,
  type Vetted,
  whyUnusable,
} from '../../contracts/third-party.ts'
import { vet } from '../../contracts/vetting.ts'
import {
  type Errand,
  grantsText,
  INSTALL_SECONDS,
  installGrantsText,
  installText,
  LOOK_SECONDS,
  lookText,
  ONCE_TEXT,
  placesText,
} from '../../host/added-server-units.ts'
import { readFileBounded } from '../../host/bounded-file.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { isRecord, parsedJson } from '../../protocol/values.ts'
import type { Machine } from '../machine.ts'
import { RunFailed } from '../run.ts'
import { claimsBeside } from './records.ts'
import { dropUnits, putUnits, reload } from './units.ts'

const SYSTEMCTL = '/usr/bin/systemctl'
const MAX_SAID_BYTES = 32 * 1024 * 1024
/** systemd ends what takes longer; the helper waits a little more than that, in milliseconds. */
const MORE_MS = 15_000
/** Variables that tell npm and pip where packages are, and how the network is reached. */
const OF_MANAGERS = /^(npm_config_|pip_|(https?|no|all)_proxy$|node_extra_ca_certs$|ssl_cert_file$)/i

/** How a server is started once its package, if its command runs one, is installed. */
export async function installed(machine: Machine, name: string, launch: LaunchSpec): Promise<LaunchSpec> {
  const wanted = packageIn(launch)
  if (!wanted) return launch
  const env = Object.fromEntries(Object.entries(launch.env).filter(([key]) => OF_MANAGERS.test(key)))
  const { out, said } = await run(machine, name, {
    unit: `mcp-${name}_install@${machine.owner}.service`,
    template: `mcp-${name}_install@.service`,
    seconds: INSTALL_SECONDS,
    credential: JSON.stringify({ ...wanted, env }),
    text: (errand) => installText(name, errand),
    dropIns: { '50-grants.conf': installGrantsText(name) },
  })
  const made = parsedJson(out)
  const args = isRecord(made) && Array.isArray(made.args) ? made.args : [undefined]
  if (!isRecord(made) || typeof made.command !== 'string' || !args.every((arg) => typeof arg === 'string'))
    throw new RpcError(
      'INVALID_PARAMS',
      `${wanted.packages.join(' ')} could not be installed: ${whyUnusable(said)}`,
    )
  return { command: made.command, args, env: launch.env }
}

/** What a command shows of itself to people: its package, or its first word. */
export function shownCommand(launch: LaunchSpec): string {
  const wanted = packageIn(launch)
  return wanted ? `${wanted.manager} ${wanted.packages.join(' ')}` : launch.command
}

function packageIn({ command, args }: LaunchSpec) {
  try {
    return packageOf(command, args)
  } catch (cause) {
    if (cause instanceof PackageCommandError)
      throw new RpcError('INVALID_PARAMS', `${cause.message}.`, { cause })
    throw cause
  }
}

/** Starts a server once, as the owner's, and looks over what it offers. */
export async function look(
  machine: Machine,
  name: string,
  launch: LaunchSpec,
  grants: Grants,
): Promise<Vetted> {
  const { out, said } = await run(machine, name, {
    unit: `mcp-${name}_look@${machine.owner}.service`,
    template: `mcp-${name}_look@.service`,
    seconds: LOOK_SECONDS,
    credential: JSON.stringify(launch),
    text: (errand) => lookText(name, errand),
    dropIns: { '40-places.conf': placesText(name, grants), '50-grants.conf': grantsText(name, grants) },
  })
  const offer = readOffer(parsedJson(out))
  if (!offer)
    throw new RpcError('INVALID_PARAMS', `The server "${name}" could not be used: ${whyUnusable(said)}`)
  return vet(name, offer, await claimsBeside(machine, name))
}

interface Job {
  unit: string
  template: string
  seconds: number
  credential: string
  text(errand: Errand): string
  dropIns: Readonly<Record<string, string>>
}

async function run(machine: Machine, name: string, job: Job): Promise<{ out: string; said: string }> {
  const folder = join(machine.scratch, 'servers', name)
  const errand = {
    credential: join(folder, 'credential'),
    out: join(folder, 'out'),
    said: join(folder, 'said'),
  }
  const dropIns = Object.entries({ ...job.dropIns, '60-once.conf': ONCE_TEXT }).map(([file, text]) => [
    `${job.template}.d/${file}`,
    text,
  ])
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    await writeFile(errand.credential, job.credential, { mode: 0o600 })
    await putUnits(machine, { [job.template]: job.text(errand), ...Object.fromEntries(dropIns) })
    await reload(machine)
    const failed = await machine
      .run(SYSTEMCTL, ['start', '--', job.unit], { timeoutMs: job.seconds * 1000 + MORE_MS })
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    if (failed !== undefined && !(failed instanceof RunFailed)) throw failed
    const [out = '', said = ''] = await Promise.all(
      [errand.out, errand.said].map((path) => readFileBounded(path, MAX_SAID_BYTES)),
    )
    return { out: failed ? '' : out, said: said.trim() === '' && failed ? failed.message : said }
  } finally {
    // Of one that failed nothing is left to be seen; of others there is nothing.
    await machine.run(SYSTEMCTL, ['reset-failed', '--', job.unit]).catch(ignoreFailure)
    await dropUnits(machine, [job.template, `${job.template}.d`])
    await reload(machine)
    await rm(folder, { recursive: true, force: true })
  }
}

function ignoreFailure(error: unknown): void {
  if (!(error instanceof RunFailed)) throw error
}
