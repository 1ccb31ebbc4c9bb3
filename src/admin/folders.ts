/** The folders of a user: the home, and the state of their services. */
import { chmod, cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { STATE_NAMES } from '../contracts/state-names.ts'
import { kindAt } from './files.ts'
import type { Machine } from './machine.ts'
import type { User } from './userdb.ts'

const WIPE_MS = 10 * 60_000

export const homeOf = ({ home }: Machine, name: string): string => join(home, name)

/** Makes the home that a user begins with. Throws if there is one already. */
export async function makeHome(machine: Machine, { name, uid }: User): Promise<void> {
  const home = homeOf(machine, name)
  await mkdir(home, { mode: 0o700 })
  const skeleton = join(machine.etc, 'skel')
  if ((await kindAt(skeleton)) === 'folder')
    await cp(skeleton, home, { recursive: true, verbatimSymlinks: true, errorOnExist: true })
  await chmod(home, 0o700)
  const inside = await readdir(home, { recursive: true, withFileTypes: true })
  for (const entry of inside) await machine.give(join(entry.parentPath, entry.name), uid, uid)
  await machine.give(home, uid, uid)
}

/** All folders of that name, whether there is such a user or not. */
export async function foldersOf(machine: Machine, name: string): Promise<string[]> {
  const candidates = [homeOf(machine, name)]
  for (const root of machine.perUser) {
    const servers = await readdir(root, { withFileTypes: true }).catch(() => [])
    for (const server of servers)
      if (server.isDirectory() && !STATE_NAMES.has(server.name))
        candidates.push(join(root, server.name, name))
  }
  const kinds = await Promise.all(candidates.map(kindAt))
  return candidates.filter((_, i) => kinds[i] !== undefined)
}

/**
 * Deletes folders for good. rm(1) does it, which goes down by descriptors: whatever a program still does in there,
 * it can't be led elsewhere.
 */
export async function wipe({ run }: Machine, folders: readonly string[]): Promise<void> {
  if (folders.length === 0) return
  await run('/usr/bin/rm', ['-rf', '--one-file-system', '--', ...folders], { timeoutMs: WIPE_MS })
}
