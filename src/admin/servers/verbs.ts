/** The verbs for third-party servers. The owner adds a server for all users; each user has an instance. */

import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ParamsOf, ResultOf } from '../../contracts/admin-helper.ts'
import {
  type AddedServerInfo,
  addedNameProblem,
  approved,
  driftBetween,
  offeredOf,
  QUARANTINE_FILE,
  readDrift,
  type Vetted,
} from '../../contracts/third-party.ts'
import { offersNothing } from '../../contracts/vetting.ts'
import { readFileBounded } from '../../host/bounded-file.ts'
import { DESCRIPTOR_SUFFIX } from '../../protocol/descriptor.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { wipe } from '../folders.ts'
import type { Machine } from '../machine.ts'
import { removeSecretsOfServer } from '../secrets.ts'
import { allUsers, noneIfMissing } from '../userdb.ts'
import { installed, look, shownCommand } from './errands.ts'
import {
  addedServers,
  beginServer,
  begunServers,
  Damaged,
  forgetServer,
  isAdded,
  keepLaunch,
  keepPinned,
  mustBeAdded,
  notAdded,
  publish,
  readLaunch,
  readPinned,
  type ServerRecord,
  withdraw,
  writeRecord,
} from './records.ts'
import { openSockets, reload, removeServerUnits, restartServices, writeServerUnits } from './units.ts'

export const listServers = async (
  _: ParamsOf<'server/list'>,
  machine: Machine,
): Promise<ResultOf<'server/list'>> => ({
  servers: await Promise.all((await addedServers(machine)).map((name) => infoOf(machine, name))),
})

/** Installs, looks at, pins and starts a server. What was made is undone where a step fails. */
export async function addServer(
  { name, launch, network, files }: ParamsOf<'server/add'>,
  machine: Machine,
): Promise<ResultOf<'server/add'>> {
  const ours = (await readdir(join(machine.programs, 'caps')).catch(noneIfMissing)).map((file) =>
    basename(file, DESCRIPTOR_SUFFIX),
  )
  const problem = addedNameProblem(name, ours)
  if (problem !== undefined) throw new RpcError('INVALID_PARAMS', `The server can't be added: ${problem}.`)
  if (await isAdded(machine, name))
    throw new RpcError('INVALID_PARAMS', `There is a server "${name}" already; server/remove removes it.`)
  const record: ServerRecord = { network, files, command: shownCommand(launch), enabled: true }
  // Of those whose addition was cut off: neither are they at work any more, nor does this one find what one kept.
  for (const other of [...(await begunServers(machine)), name]) await clear(machine, other)
  try {
    await beginServer(machine, name)
    const start = await installed(machine, name, launch)
    const vetted = await look(machine, name, start, record)
    if (offersNothing(vetted))
      throw new RpcError(
        'INVALID_PARAMS',
        `The server "${name}" offers nothing that can be used. ${vetted.remarks.join('; ')}`,
      )
    await keepLaunch(machine, name, start)
    await keepPinned(machine, { name, ...vetted })
    await begin(machine, name, record)
    return offeredOf(vetted)
  } catch (error) {
    await clear(machine, name).catch(() => {})
    throw error
  }
}

/** How what a server offers now differs from what is pinned. */
export async function testServer(
  { name }: ParamsOf<'server/test'>,
  machine: Machine,
): Promise<ResultOf<'server/test'>> {
  const { now, before } = await lookAgain(machine, name)
  return driftBetween(before.pins, now.pins)
}

/** Pins what a server offers now, or one tool of it. */
export async function approveServer(
  { name, tool }: ParamsOf<'server/approve'>,
  machine: Machine,
): Promise<ResultOf<'server/approve'>> {
  const { record, now, before } = await lookAgain(machine, name)
  const pinned = approved(before, now, tool)
  if (!pinned)
    throw new RpcError(
      'INVALID_PARAMS',
      `The server "${name}" has no tool "${tool}"; server/test shows what changed.`,
    )
  await keepPinned(machine, pinned)
  await forgetDrift(machine, name)
  if (record.enabled) {
    await writeServerUnits(machine, pinned, record)
    await reload(machine)
    await restartServices(machine, name)
    await publish(machine, pinned)
  }
  return offeredOf(now, tool)
}

/** Takes a server away for a while, or gives it back. What it kept stays. */
export async function switchServer(
  { name, enabled }: ParamsOf<'server/switch'>,
  machine: Machine,
): Promise<object> {
  const record = await mustBeAdded(machine, name)
  if (enabled) await begin(machine, name, { ...record, enabled })
  else {
    await writeRecord(machine, name, { ...record, enabled })
    await withdraw(machine, name)
    await removeServerUnits(machine, name)
  }
  return {}
}

/** Removes a server with all that it and its users kept for it. */
export async function removeServer({ name }: ParamsOf<'server/remove'>, machine: Machine): Promise<object> {
  if (!(await isAdded(machine, name))) throw notAdded(name)
  await removeSecretsOfServer(machine, name)
  await clear(machine, name)
  return {}
}

/** At boot: makes the units of all servers anew, and tells systemd where there are any. Throws for those that can't be used. */
export async function restoreServers(machine: Machine): Promise<void> {
  let some = false
  const damaged: Damaged[] = []
  for (const name of await addedServers(machine))
    try {
      const record = await mustBeAdded(machine, name)
      if (!record.enabled) continue
      await writeServerUnits(machine, await readPinned(machine, name), record)
      some = true
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
      damaged.push(error)
      await withdraw(machine, name)
    }
  if (some) await reload(machine)
  if (damaged.length > 0) throw new RpcError('INTERNAL', damaged.map(({ message }) => message).join(' '))
}

/** The descriptor comes last: clients see nothing that can't be called. */
async function begin(machine: Machine, name: string, record: ServerRecord): Promise<void> {
  const pinned = await readPinned(machine, name)
  await writeServerUnits(machine, pinned, record)
  await reload(machine)
  await openSockets(machine, name)
  await writeRecord(machine, name, record)
  await publish(machine, pinned)
}

/** All of a server but its secrets, which its users kept for it, and may have before it is added. */
async function clear(machine: Machine, name: string): Promise<void> {
  await withdraw(machine, name)
  await removeServerUnits(machine, name)
  // Of services with a dynamic user one is a link to the other, so both names go.
  const folders = machine.perUser.flatMap((root) => [join(root, name), join(root, 'programs', name)])
  await wipe(machine, folders)
  await forgetServer(machine, name)
}

async function lookAgain(machine: Machine, name: string) {
  const record = await mustBeAdded(machine, name)
  const [launch, before] = await Promise.all([readLaunch(machine, name), readPinned(machine, name)])
  const now: Vetted = await look(machine, name, launch, record)
  return { record, before, now }
}

const infoOf = (machine: Machine, name: string): Promise<AddedServerInfo> =>
  infoOfWhole(machine, name).catch((error: unknown) => {
    if (!(error instanceof Damaged)) throw error
    const nothing = { tools: 0, network: false, files: 'none', enabled: false } as const
    return { name, command: 'damaged: remove it, and add it again', ...nothing, quarantined: [], remarks: [] }
  })

async function infoOfWhole(machine: Machine, name: string): Promise<AddedServerInfo> {
  const [record, pinned] = await Promise.all([mustBeAdded(machine, name), readPinned(machine, name)])
  const drifts = (await driftFiles(machine, name)).map(async (path) => readDrift(await textOf(path)))
  const quarantined = (await Promise.all(drifts)).flatMap(({ changed, added }) => [...changed, ...added])
  const { network, files, command, enabled } = record
  const tools = pinned.offer.tools.length
  const { remarks = [] } = pinned
  return {
    name,
    command,
    tools,
    network,
    files,
    quarantined: [...new Set(quarantined)].sort(),
    remarks,
    enabled,
  }
}

/** Where the servers of all users write down what they found changed. */
async function driftFiles(machine: Machine, name: string): Promise<string[]> {
  const users = await allUsers(machine)
  return machine.perUser.flatMap((root) => users.map((user) => join(root, name, user.name, QUARANTINE_FILE)))
}

const forgetDrift = async (machine: Machine, name: string): Promise<void> =>
  wipe(machine, await driftFiles(machine, name))

const MAX_DRIFT_BYTES = 1024 * 1024

/** A file in a folder that is the server's own, which may be anything; empty where it is no small file. */
async function textOf(path: string): Promise<string> {
  try {
    return (await readFileBounded(path, MAX_DRIFT_BYTES, { nofollow: true })) ?? ''
  } catch {
    return ''
  }
}
