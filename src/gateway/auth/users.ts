/**
 * Who has an account on this machine: systemd's user records, read where they lie. In a folder without records there is
 * the owner alone. Source: https://systemd.io/USER_RECORD
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { isRecord } from '../../protocol/values.ts'

export interface Users {
  readonly owner: string
  has(name: string): boolean
  /** The user with this number; undefined if nobody has it. */
  withUid(uid: number): string | undefined
  /** Whether there are records to go by. Without them nothing is known of who has gone. */
  readonly areKept: boolean
}

/** What records are named after; a name never leads out of the folder. */
const NAME = /^[a-z][a-z0-9-]*$/
const MAX_RECORD_BYTES = 64 * 1024

export function createUsers(folder: string, owner: string): Users {
  const record = (name: string) => join(folder, `${name}.user`)
  return {
    owner,
    has: (name) => name === owner || (NAME.test(name) && existsSync(record(name))),
    withUid(uid) {
      const name = nameIn(record(String(uid)))
      return name !== undefined && NAME.test(name) ? name : undefined
    },
    get areKept() {
      return existsSync(record(owner))
    },
  }
}

function nameIn(path: string): string | undefined {
  try {
    const record: unknown = JSON.parse(mustReadFileSync(path, MAX_RECORD_BYTES))
    return isRecord(record) && typeof record.userName === 'string' ? record.userName : undefined
  } catch {
    return undefined // nobody, or half a record: either way nobody is let in
  }
}
