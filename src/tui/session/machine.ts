/** What this machine says of itself. */

import { statfs } from 'node:fs/promises'
import { freemem, hostname, totalmem, uptime } from 'node:os'
import { ownAddresses } from '../../host/reached-as.ts'
import type { MachineFacts } from '../model/effects.ts'

/** `folder` is on the disk that is told of. */
export async function machineFacts(folder: string): Promise<MachineFacts> {
  const disk = await statfs(folder).catch(() => statfs('/').catch(() => undefined))
  return {
    name: hostname(),
    addresses: ownAddresses(),
    disk: disk && { size: disk.blocks * disk.bsize, free: disk.bavail * disk.bsize },
    memory: { size: totalmem(), free: freemem() },
    uptimeSeconds: Math.round(uptime()),
  }
}
