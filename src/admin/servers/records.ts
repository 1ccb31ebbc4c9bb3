/**
 * The servers that were added, as folders of the state: `record.json` makes one. It is written last, and removed when all
 * else is gone, so that a removal that was cut off can be done again. How a server is started lies sealed beside it, since
 * it may hold secrets.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ADMIN_VERBS } from '../../contracts/admin-helper.ts'
import { ResourceClaims } from '../../contracts/resource-claims.ts'
import {
  describeThirdParty,
  type Grants,
  LAUNCH_CREDENTIAL,
  type LaunchSpec,
  type Pinned,
  readOffer,
} from '../../contracts/third-party.ts'
import { readFileBounded } from '../../host/bounded-file.ts'
import {
  DESCRIPTOR_SUFFIX,
  type Descriptor,
  descriptorProblem,
  MAX_DESCRIPTOR_BYTES,
} from '../../protocol/descriptor.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { isRecord, parsedJson } from '../../protocol/values.ts'
import { kindAt, removeFile, replaceFile } from '../files.ts'
import type { Machine } from '../machine.ts'
import { seal, unseal } from '../secrets.ts'
import { noneIfMissing } from '../userdb.ts'

export interface ServerRecord extends Grants {
  /** What starts it, or the package that it was installed from; for people. */
  command: string
  enabled: boolean
}

const MAX_RECORD_BYTES = 64 * 1024

const folderOf = ({ state }: Machine, name: string) => join(state, 'servers', name)
const fileOf = (machine: Machine, name: string, file: string) => join(folderOf(machine, name), file)
const descriptorOf = ({ state }: Machine, name: string) => join(state, 'caps', name + DESCRIPTOR_SUFFIX)

const { network, files } = ADMIN_VERBS['server/add'].params

/** The names of all servers that were added, in their order. */
export async function addedServers(machine: Machine): Promise<string[]> {
  const names = (await readdir(join(machine.state, 'servers')).catch(noneIfMissing)).sort()
  const added = await Promise.all(names.map((name) => isAdded(machine, name)))
  return names.filter((_, i) => added[i])
}

/** Those whose addition or removal was cut off. */
export async function begunServers(machine: Machine): Promise<string[]> {
  const names = await readdir(join(machine.state, 'servers')).catch(noneIfMissing)
  const added = new Set(await addedServers(machine))
  return names.filter((name) => !added.has(name))
}

/** Leaves a trace of a server before anything else is kept of it. */
export async function beginServer(machine: Machine, name: string): Promise<void> {
  await mkdir(folderOf(machine, name), { recursive: true, mode: 0o755 })
}

export const isAdded = async (machine: Machine, name: string): Promise<boolean> =>
  (await kindAt(fileOf(machine, name, 'record.json'))) !== undefined

export const notAdded = (name: string): RpcError =>
  new RpcError('INVALID_PARAMS', `No server "${name}" was added; server/list lists them.`)

/** What is kept of a server can't be used. */
export class Damaged extends RpcError {
  constructor(name: string) {
    super('INTERNAL', `The record of the server "${name}" is damaged; remove it, and add it again.`)
  }
}

/** Throws where no server of that name was added, or Damaged. */
export async function mustBeAdded(machine: Machine, name: string): Promise<ServerRecord> {
  const text = await readFileBounded(fileOf(machine, name, 'record.json'), MAX_RECORD_BYTES)
  if (text === undefined) throw notAdded(name)
  const record = parsedJson(text)
  if (
    !isRecord(record) ||
    typeof record.command !== 'string' ||
    typeof record.enabled !== 'boolean' ||
    !network.fits(record.network) ||
    !files.fits(record.files)
  )
    throw new Damaged(name)
  return record as unknown as ServerRecord
}

export async function writeRecord(machine: Machine, name: string, record: ServerRecord): Promise<void> {
  await mkdir(folderOf(machine, name), { recursive: true, mode: 0o755 })
  await replaceFile(fileOf(machine, name, 'record.json'), JSON.stringify(record), 0o644)
}

export async function keepLaunch(machine: Machine, name: string, launch: LaunchSpec): Promise<void> {
  const sealed = await seal(machine, LAUNCH_CREDENTIAL, JSON.stringify(launch))
  await mkdir(folderOf(machine, name), { recursive: true, mode: 0o755 })
  await replaceFile(fileOf(machine, name, LAUNCH_CREDENTIAL), sealed, 0o600)
}

export const readLaunch = async (machine: Machine, name: string): Promise<LaunchSpec> =>
  JSON.parse(await unseal(machine, LAUNCH_CREDENTIAL, fileOf(machine, name, LAUNCH_CREDENTIAL))) as LaunchSpec

/** What a server is held to. Throws Damaged. */
export async function readPinned(machine: Machine, name: string): Promise<Pinned> {
  const pinned = parsedJson(
    (await readFileBounded(fileOf(machine, name, 'pinned.json'), MAX_DESCRIPTOR_BYTES)) ?? '',
  )
  if (!isRecord(pinned) || pinned.name !== name || !isRecord(pinned.pins) || !readOffer(pinned.offer))
    throw new Damaged(name)
  return pinned as unknown as Pinned
}

/** The addresses of resources that belong to other servers: to ours and to those that were added. What is damaged claims nothing. */
export async function claimsBeside(machine: Machine, name: string): Promise<ResourceClaims> {
  const claims = new ResourceClaims()
  const caps = join(machine.programs, 'caps')
  for (const file of await readdir(caps).catch(noneIfMissing)) {
    if (!file.endsWith(DESCRIPTOR_SUFFIX)) continue
    const descriptor = parsedJson((await readFileBounded(join(caps, file), MAX_DESCRIPTOR_BYTES)) ?? '')
    const ours = file.slice(0, -DESCRIPTOR_SUFFIX.length)
    if (descriptorProblem(descriptor, ours) === undefined) claims.add(ours, descriptor as Descriptor)
  }
  for (const other of await addedServers(machine)) {
    if (other === name) continue
    const pinned = await readPinned(machine, other).catch((error: unknown) => {
      if (error instanceof Damaged) return undefined
      throw error
    })
    if (pinned) claims.add(other, pinned.offer)
  }
  return claims
}

/** Keeps what a server is held to. Throws where it says more of itself than the gateway reads. */
export async function keepPinned(machine: Machine, pinned: Pinned): Promise<void> {
  const { name } = pinned
  const bytes = Buffer.byteLength(JSON.stringify(describeThirdParty(pinned)))
  if (bytes > MAX_DESCRIPTOR_BYTES)
    throw new RpcError(
      'INVALID_PARAMS',
      `What the server "${name}" says of itself has ${bytes} bytes; ${MAX_DESCRIPTOR_BYTES} are the most that the gateway reads.`,
    )
  await mkdir(folderOf(machine, name), { recursive: true, mode: 0o755 })
  await replaceFile(fileOf(machine, name, 'pinned.json'), JSON.stringify(pinned), 0o644)
}

/** Lets the gateway know a server: from then on clients see it. */
export async function publish(machine: Machine, pinned: Pinned): Promise<void> {
  const path = descriptorOf(machine, pinned.name)
  await mkdir(join(machine.state, 'caps'), { recursive: true, mode: 0o755 })
  await replaceFile(path, JSON.stringify(describeThirdParty(pinned)), 0o644)
}

export const withdraw = async (machine: Machine, name: string): Promise<void> => {
  await mkdir(join(machine.state, 'caps'), { recursive: true, mode: 0o755 })
  await removeFile(descriptorOf(machine, name))
}

/** Removes what is kept of a server itself; not what it kept. */
export async function forgetServer(machine: Machine, name: string): Promise<void> {
  await rm(folderOf(machine, name), { recursive: true, force: true })
}
