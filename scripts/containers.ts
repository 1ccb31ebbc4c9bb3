import { spawnSync } from 'node:child_process'
import { ROOT } from './servers.ts'

/** Why containers can't be made of trees of packages by this user on this machine; undefined where they can. */
export function whyNoContainers(): string | undefined {
  const { status, stderr } = spawnSync('iso/can-contain.sh', { cwd: ROOT, encoding: 'utf8' })
  return status === 0 ? undefined : stderr.trim()
}
