/**
 * Which servers work in the background, as they tell their service manager: systemd, or `luca up`. To ask the servers themselves would
 * wake those that sleep.
 */
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type WorkStatus, worksIn } from '../contracts/background-status.ts'
import { readFileBounded } from '../host/bounded-file.ts'
import { isRecord, isWhole } from '../protocol/values.ts'
import { formatDuration } from './durations.ts'
import { findInstallation, ownInstance } from './installation.ts'

const MAX_BYTES = 1024 * 1024
const SYSTEMCTL_MS = 5000

/** Where `luca up` keeps what its services say that they do. */
export const statusesBeside = (gatewaySocket: string): string =>
  join(dirname(dirname(gatewaySocket)), 'statuses.json')

/** The works of each server of this user, and of the system, by the server's name; those that have none are left out. */
export async function backgroundWorks(gatewaySocket: string): Promise<ReadonlyMap<string, WorkStatus[]>> {
  const isImage = findInstallation().kind === 'image'
  const user = ownInstance()
  const statuses = isImage ? await systemdStatuses() : await keptStatuses(statusesBeside(gatewaySocket))
  return worksOf(statuses, user)
}

/** What statuses tell of the works of a user's servers, and of the system's. */
export function worksOf(
  statuses: Readonly<Record<string, string>>,
  user: string,
): ReadonlyMap<string, WorkStatus[]> {
  const found = new Map<string, WorkStatus[]>()
  for (const [unit, status] of Object.entries(statuses)) {
    const [, server, instance = user] = /^mcp-([a-z0-9-]+)(?:@(.+))?$/.exec(unit) ?? []
    const works = worksIn(status)
    if (server !== undefined && instance === user && works.length > 0) found.set(server, works)
  }
  return found
}

/** What a work does, for people: since when, and how far it is. */
export function workInWords({ name, since, done, total }: WorkStatus, now = Date.now()): string {
  const far = done === undefined ? '' : `, ${done}${total === undefined ? '' : ` of ${total}`}`
  return `${name} for ${formatDuration(Math.max(0, Math.round((now - since) / 1000)))}${far}`
}

/** By the names of units, without `.service`. Rejects where systemd does not answer. */
async function systemdStatuses(): Promise<Record<string, string>> {
  const show = ['show', '--property=Id,ActiveState,StatusText', '--', 'mcp-*.service']
  const { stdout } = await promisify(execFile)('systemctl', show, { timeout: SYSTEMCTL_MS })
  return statusesShown(stdout)
}

/** What `systemctl show` prints: a block of lines for each unit. */
export function statusesShown(text: string): Record<string, string> {
  const statuses = text.split('\n\n').flatMap((block) => {
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? ''
    // What one said that runs no more is no longer so.
    return value('ActiveState') === 'active'
      ? [[value('Id').replace(/\.service$/, ''), value('StatusText')] as const]
      : []
  })
  return Object.fromEntries(statuses)
}

/** What `luca up` keeps; nothing where none runs. */
export async function keptStatuses(path: string): Promise<Record<string, string>> {
  const kept = await readFileBounded(path, MAX_BYTES)
    .then((text): unknown => JSON.parse(text ?? '{}'))
    .catch(() => undefined)
  // One that was killed could not remove it.
  if (!isRecord(kept) || !isRunning(kept.pid) || !isRecord(kept.units)) return {}
  return Object.fromEntries(
    Object.entries(kept.units).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function isRunning(pid: unknown): boolean {
  if (!isWhole(pid, 1)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
