/** How much of the disk a user may fill: setquota(8), on the file system of the homes. */
import { readFile } from 'node:fs/promises'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Machine } from './machine.ts'
import { RunFailed } from './run.ts'

const BLOCK_BYTES = 1024

export interface Account {
  used: number
  /** Undefined without a limit. */
  limit: number | undefined
}

/** Limits what a uid may keep, in bytes; null for no limit. Throws where the file system has no quotas. */
export async function setQuota(machine: Machine, uid: number, bytes: number | null): Promise<void> {
  const blocks = bytes === null ? 0 : Math.ceil(bytes / BLOCK_BYTES)
  const device = await deviceOf(machine.home)
  try {
    await machine.run('/usr/sbin/setquota', ['-u', '--', String(uid), '0', String(blocks), '0', '0', device])
  } catch (cause) {
    if (!(cause instanceof RunFailed)) throw cause
    const why = cause.missing ? 'setquota is not installed' : `the file system on ${device} refused it`
    throw new RpcError('INTERNAL', `Quotas can't be set here: ${why} (${cause.message})`, { cause })
  }
}

/** What each uid keeps, in bytes; empty where the file system keeps no account. */
export async function readAccounts(machine: Machine): Promise<Map<number, Account>> {
  try {
    const device = await deviceOf(machine.home)
    return parseReport(await machine.run('/usr/sbin/repquota', ['-u', '-n', '-O', 'csv', '--', device]))
  } catch (error) {
    if (error instanceof RunFailed) return new Map()
    throw error
  }
}

/** Reads repquota's table of comma-separated values. */
export function parseReport(text: string): Map<number, Account> {
  const rows = text.split('\n').map((line) => line.split(','))
  const at = rows.findIndex((row) => row.includes('BlockUsed'))
  const head = rows[at] ?? []
  const [used, limit] = [head.indexOf('BlockUsed'), head.indexOf('BlockHardLimit')]
  const accounts = new Map<number, Account>()
  for (const row of rows.slice(at + 1)) {
    const uid = /^#(\d+)$/.exec(row[0] ?? '')?.[1]
    if (uid === undefined) continue
    const blocks = Number(row[limit])
    accounts.set(Number(uid), {
      used: Number(row[used]) * BLOCK_BYTES,
      limit: blocks > 0 ? blocks * BLOCK_BYTES : undefined,
    })
  }
  return accounts
}

/** The device that a folder is on: one that is mounted in several places is known to setquota by the first alone. */
async function deviceOf(path: string): Promise<string> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '))
  const over = mounts.filter(([, at = '']) => at === '/' || path === at || path.startsWith(`${at}/`))
  // The longest path, and of those the one that was mounted last.
  const [device = '/'] = over.sort(([, a = ''], [, b = '']) => a.length - b.length).at(-1) ?? []
  return device.startsWith('/') ? device : '/'
}
