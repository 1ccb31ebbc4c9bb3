/** What this machine says of itself. */

import { statfs } from 'node:fs/promises'
import { freemem, hostname, networkInterfaces, totalmem, uptime } from 'node:os'
import type { MachineFacts } from '../model/effects.ts'

/** `folder` is on the disk that is told of. */
export async function machineFacts(folder: string): Promise<MachineFacts> {
  const disk = await statfs(folder).catch(() => statfs('/').catch(() => undefined))
  return {
    name: hostname(),
    addresses: Object.values(networkInterfaces())
      .flatMap((of) => of ?? [])
      .filter(({ internal, scopeid }) => !internal && !scopeid)
      .map(({ address }) => address),
    disk: disk && { size: disk.blocks * disk.bsize, free: disk.bavail * disk.bsize },
    memory: { size: totalmem(), free: freemem() },
    uptimeSeconds: Math.round(uptime()),
  }
}
