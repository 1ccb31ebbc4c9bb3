/** How full the disks are. */
import { stat, statfs } from 'node:fs/promises'
import type { DiskUsage, ParamsOf } from '../protocol/admin-helper.ts'
import type { Machine } from './machine.ts'
import { readAccounts } from './quota.ts'
import { allUsers } from './userdb.ts'

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
