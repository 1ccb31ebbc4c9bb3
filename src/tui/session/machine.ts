/** What this machine says of itself. */

import { statfs } from 'node:fs/promises'
import { freemem, hostname, totalmem, uptime } from 'node:os'
import { findInstallation, modelsFolder } from '../../command/installation.ts'
import { ownAddresses } from '../../host/reached-as.ts'
import { wantedGpu } from '../../models/gpu-builds.ts'
import type { MachineFacts } from '../model/effects.ts'

/** `folder` is on the disk that is shown. */
export async function machineFacts(folder: string, env: NodeJS.ProcessEnv): Promise<MachineFacts> {
  const disk = await statfs(folder).catch(() => statfs('/').catch(() => undefined))
  return {
    name: hostname(),
    addresses: ownAddresses(),
    disk: disk && { size: disk.blocks * disk.bsize, free: disk.bavail * disk.bsize },
    memory: { size: totalmem(), free: freemem() },
    withoutGpu: withoutGpu(env),
    uptimeSeconds: Math.round(uptime()),
  }
}

function withoutGpu(env: NodeJS.ProcessEnv): string | undefined {
  try {
    return wantedGpu(modelsFolder(env), findInstallation().programs).problem?.what
  } catch (error) {
    return (error as Error).message
  }
}
