/**
 * Who has an account on this machine: systemd's user records, read where they lie. In a folder without records there is
 * the owner alone. Source: https://systemd.io/USER_RECORD
 */
import { type BigIntStats, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { isRecord } from '../../protocol/values.ts'

export interface Users {
  readonly owner: string
  has(name: string): boolean
  /** The user with this number; undefined if there is none. */
  withUid(uid: number): string | undefined
  /** Whether there are records to go by. Without them nothing is known of removed users. */
  readonly areKept: boolean
}

/** What records are named after; a name never leads out of the folder. */
const NAME = /^[a-z][a-z0-9-]*$/
const MAX_RECORD_BYTES = 64 * 1024
/** A file that had not changed for so long when it was read, in milliseconds, does not change again without its times telling. */
const SETTLED_MS = 1000

export function createUsers(folder: string, owner: string): Users {
  const record = (name: string) => join(folder, `${name}.user`)
  /** By number: each call asks, and reading costs ten times what looking does. */
  const known = new Map<number, { stats: BigIntStats; name: string | undefined }>()
  return {
    owner,
    has: (name) => name === owner || (NAME.test(name) && existsSync(record(name))),
    withUid(uid) {
      const path = record(String(uid))
      const stats = statsOf(path)
      if (!stats) return undefined
      const found = known.get(uid)
      if (found && isSame(found.stats, stats)) return found.name
      const name = nameIn(path)
      if (Date.now() - Number(stats.ctimeMs) > SETTLED_MS) known.set(uid, { stats, name })
      else known.delete(uid)
      return name
    },
    get areKept() {
      return existsSync(record(owner))
    },
  }
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined // what can't be looked up is no user
  }
}

const isSame = (a: BigIntStats, b: BigIntStats): boolean =>
  a.ino === b.ino &&
  a.dev === b.dev &&
  a.size === b.size &&
  a.mtimeNs === b.mtimeNs &&
  a.ctimeNs === b.ctimeNs

function nameIn(path: string): string | undefined {
  try {
    const record: unknown = JSON.parse(mustReadFileSync(path, MAX_RECORD_BYTES))
    const name = isRecord(record) ? record.userName : undefined
    return typeof name === 'string' && NAME.test(name) ? name : undefined
  } catch {
    return undefined // none, or half a record: neither is a user
  }
}
