/** The disks of this machine: what they hold, how full they are, and making one the place of the data. */
import { readFile, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import type { DiskInfo, DiskPrepared, DiskUsage } from '../contracts/admin-results.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Machine } from './machine.ts'
import { pendingDisk } from './move-data.ts'
import { readAccounts } from './quota.ts'
import { RunFailed } from './run.ts'
import { allUsers } from './userdb.ts'

const LSBLK = '/usr/bin/lsblk'
const SYSTEMCTL = '/usr/bin/systemctl'
/** What does it: it alone may write to disks, and lives for no longer than that. */
const UNIT = 'llmbasedos-disk.service'
/** Between the helper and that unit, in the helper's folder in memory. */
const JOB = 'disk-job.json'
const DONE = 'disk-done.json'
const LEAST_BYTES = 1024 ** 3
const PREPARE_MS = 10 * 60_000

/** What lsblk says of a disk or a part of it. */
interface Block {
  path: string
  type: string
  size: number
  model: string | null
  fstype: string | null
  label: string | null
  partlabel: string | null
  mountpoints: (string | null)[]
  ro: boolean
  tran: string | null
  children?: Block[]
}

export async function diskUsage(_: ParamsOf<'disk/usage'>, machine: Machine): Promise<DiskUsage> {
  const byDevice = new Map<number, DiskUsage['fileSystems'][number]>()
  for (const path of [machine.state, machine.home]) {
    const { dev } = await stat(path)
    const known = byDevice.get(dev)
    if (known) known.paths.push(path)
    else {
      const { bsize, blocks, bfree, bavail } = await statfs(path)
      byDevice.set(dev, {
        paths: [path],
        size: blocks * bsize,
        used: (blocks - bfree) * bsize,
        available: bavail * bsize,
      })
    }
  }
  const accounts = await readAccounts(machine)
  const users = (await allUsers(machine)).map(({ name, uid }) => {
    const account = accounts.get(uid)
    return { name, used: account?.used ?? null, quota: account?.limit ?? null }
  })
  return { fileSystems: [...byDevice.values()], users }
}

export async function listDisks(_: ParamsOf<'disk/list'>, machine: Machine): Promise<ResultOf<'disk/list'>> {
  const columns = 'PATH,TYPE,SIZE,MODEL,FSTYPE,LABEL,PARTLABEL,MOUNTPOINTS,RO,TRAN'
  const said = await machine.run(LSBLK, ['--json', '--bytes', '--tree', '--output', columns])
  const { blockdevices } = JSON.parse(said) as { blockdevices: Block[] }
  return { disks: blockdevices.filter(({ type }) => type === 'disk').map(describe) }
}

function describe(disk: Block): DiskInfo {
  const parts = (disk.children ?? []).map((part) => ({
    path: part.path,
    size: part.size,
    holds: part.fstype,
    label: part.label ?? part.partlabel,
  }))
  return {
    path: disk.path,
    size: disk.size,
    model: disk.model?.trim() || null,
    connection: disk.tran,
    holds: disk.fstype,
    label: disk.label,
    parts,
    unusable: whyUnusable(disk),
  }
}

/** Why a disk can't become the place of the data, as the end of a sentence; null where it can. */
function whyUnusable(disk: Block): DiskInfo['unusable'] {
  const all = [disk, ...within(disk)]
  const places = all.flatMap(({ mountpoints }) => mountpoints.filter((place) => place !== null))
  if (places.includes('/run/medium')) return 'this system was started from it'
  if (places.includes('/data')) return 'the data is on it'
  if (places.length > 0) return `it is in use (${places[0]})`
  if (all.some(({ type }) => type !== 'disk' && type !== 'part')) return 'it is in use'
  if (disk.ro) return 'it can only be read'
  if (disk.size < LEAST_BYTES) return 'it is smaller than 1 GiB'
  return null
}
const within = ({ children = [] }: Block): Block[] => children.flatMap((part) => [part, ...within(part)])

/**
 * Deletes what a disk holds and makes it the place of the data, from the next start of the machine on. What is kept in
 * memory moves there, up to the moment in which the machine goes down.
 */
export async function prepareDisk(
  params: ParamsOf<'disk/prepare'>,
  machine: Machine,
): Promise<ResultOf<'disk/prepare'>> {
  const { disks } = await listDisks({}, machine)
  const disk = disks.find(({ path }) => path === params.device)
  if (!disk)
    throw new RpcError(
      'INVALID_PARAMS',
      `There is no disk ${params.device}; there are ${disks.map(({ path }) => path).join(', ') || 'none'}.`,
    )
  if (disk.unusable !== null)
    throw new RpcError('INVALID_PARAMS', `${params.device} can't be used: ${disk.unusable}.`)
  const pending = await pendingDisk(machine)
  if (pending)
    throw new RpcError(
      'INVALID_PARAMS',
      `${pending.disk} is prepared already, and the data moves to it when the machine restarts: "luca power restart".`,
    )
  if (params.passphrase !== undefined && !params.encrypt)
    throw new RpcError('INVALID_PARAMS', 'A passphrase is for an encrypted disk; ask for "encrypt" too.')
  const job = join(machine.scratch, JOB)
  const done = join(machine.scratch, DONE)
  await rm(done, { force: true })
  await writeFile(job, JSON.stringify(params), { mode: 0o600 })
  try {
    // It stays active until the machine goes down, and is started anew for another disk.
    await machine.run(SYSTEMCTL, ['restart', '--', UNIT], { timeoutMs: PREPARE_MS })
    return JSON.parse(await readFile(done, 'utf8')) as DiskPrepared
  } catch (cause) {
    if (!(cause instanceof RunFailed)) throw cause
    const why = await readFile(done, 'utf8').then(
      (text) => (JSON.parse(text) as { error: string }).error,
      () => `"journalctl -u ${UNIT}" says why.`,
    )
    throw new RpcError('INTERNAL', `${params.device} could not be prepared: ${why}`, { cause })
  } finally {
    await rm(job, { force: true })
    await rm(done, { force: true })
  }
}

/** What `llmbasedos-disk.service` runs: does the job that the helper left, and leaves what became of it. */
export async function runDiskJob(
  machine: Machine,
  prepare: (params: ParamsOf<'disk/prepare'>, machine: Machine) => Promise<DiskPrepared>,
): Promise<void> {
  const job = JSON.parse(await readFile(join(machine.scratch, JOB), 'utf8')) as ParamsOf<'disk/prepare'>
  const leave = (what: object) =>
    writeFile(join(machine.scratch, DONE), JSON.stringify(what), { mode: 0o600 })
  try {
    await leave(await prepare(job, machine))
  } catch (error) {
    await leave({ error: (error as Error).message })
    throw error
  }
}
