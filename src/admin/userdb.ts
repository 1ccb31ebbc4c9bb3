/**
 * The user records of this machine, as JSON files that systemd reads: https://systemd.io/USER_RECORD and
 * nss-systemd(8). The image links /etc/userdb to their folder.
 */
import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readFileBounded } from '../host/bounded-file.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { isRecord, isWhole, wholeIn } from '../protocol/values.ts'
import { removeFile, replaceFile, replaceLink } from './files.ts'
import type { Machine } from './machine.ts'

/** Its members reach the gateway's socket, and this helper's. */
const GROUP = 'llmbasedos'
export const OWNER_UID = 1000
const FIRST_UID = 1001
const LAST_UID = 29_999
const MAX_BYTES = 64 * 1024

export interface User {
  name: string
  /** Of the group with the same name too. */
  uid: number
  realName?: string
}

const folderOf = ({ state }: Machine) => join(state, 'userdb')

/** All users, by their uid. A record that can't be read is left out. */
export async function allUsers(machine: Machine): Promise<User[]> {
  const names = await readdir(folderOf(machine)).catch(noneIfMissing)
  const users = await Promise.all(
    names
      .filter((name) => /^[a-z][a-z0-9-]*\.user$/.test(name))
      .map((name) => readUser(machine, name.slice(0, -'.user'.length))),
  )
  return users.filter((user) => user !== undefined).sort((a, b) => a.uid - b.uid)
}

/** The user of that name. */
export async function readUser(machine: Machine, name: string): Promise<User | undefined> {
  const record = await readJson(join(folderOf(machine), `${name}.user`))
  if (record?.userName !== name || !isWhole(record.uid)) return undefined
  const user = { name, uid: record.uid }
  return typeof record.realName === 'string' ? { ...user, realName: record.realName } : user
}

/** The user of that name. Throws if there is none. */
export async function mustExist(machine: Machine, name: string): Promise<User> {
  const user = await readUser(machine, name)
  if (!user) throw noSuchUser(name)
  return user
}

export const noSuchUser = (name: string) =>
  new RpcError('INVALID_PARAMS', `There is no user "${name}"; user/list lists them.`)

/** The user of that uid. */
export const userOf = async (machine: Machine, uid: number): Promise<User | undefined> =>
  (await allUsers(machine)).find((user) => user.uid === uid)

export async function hasPassword(machine: Machine, { name }: User): Promise<boolean> {
  const file = await readJson(join(folderOf(machine), `${name}.user-privileged`))
  const hashes = isRecord(file?.privileged) ? file.privileged.hashedPassword : undefined
  return Array.isArray(hashes) && hashes.length > 0
}

/** Keeps the hash of a user's password; undefined locks. */
export const writePassword = (machine: Machine, name: string, hash: string | undefined): Promise<void> =>
  replaceFile(
    join(folderOf(machine), `${name}.user-privileged`),
    json({ privileged: { hashedPassword: hash === undefined ? [] : [hash] } }),
    0o600,
  )

/** Writes all of a user but the record that makes the account. */
export async function prepareUser(machine: Machine, user: User, hash: string | undefined): Promise<void> {
  const { name, uid } = user
  const folder = folderOf(machine)
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755) // every program looks users up, whatever the umask says
  await replaceFile(join(folder, `${name}.group`), json({ groupName: name, gid: uid }), 0o644)
  await replaceLink(join(folder, `${uid}.group`), `${name}.group`)
  await writePassword(machine, name, hash)
  await replaceLink(join(folder, `${uid}.user-privileged`), `${name}.user-privileged`)
  // Not empty: systemd takes an empty file for the sign that there is none.
  await replaceFile(join(folder, `${name}:${GROUP}.membership`), '{}\n', 0o644)
  await replaceLink(join(folder, `${uid}.user`), `${name}.user`)
}

/** Writes the record: from here on there is this user. */
export const writeRecord = (machine: Machine, { name, uid, realName }: User): Promise<void> =>
  replaceFile(
    join(folderOf(machine), `${name}.user`),
    json({
      userName: name,
      uid,
      gid: uid,
      ...(realName === undefined ? {} : { realName }),
      homeDirectory: join(machine.home, name),
      shell: '/bin/bash',
      disposition: 'regular',
    }),
    0o644,
  )

/** Removes a user's files, the record first: from then on no login is possible. */
export async function forgetUser(machine: Machine, { name, uid }: User): Promise<void> {
  const files = [
    `${name}.user`,
    `${name}.user-privileged`,
    `${uid}.user`,
    `${uid}.user-privileged`,
    `${name}:${GROUP}.membership`,
    `${uid}.group`,
    `${name}.group`,
  ]
  for (const file of files) await removeFile(join(folderOf(machine), file))
}

/** A uid that no user ever had: files that were kept must not become another user's. Throws when none is left. */
export async function takeUid(machine: Machine): Promise<number> {
  const file = join(machine.state, 'next-uid')
  const text = await readFileBounded(file, MAX_BYTES)
  const written = text === undefined ? FIRST_UID : wholeIn(text.trim(), FIRST_UID)
  if (written === undefined)
    throw new Error(
      `${file} holds no number of a user, ${FIRST_UID} or above; write the next one there that no user ever had.`,
    )
  const taken = new Set([
    ...(await allUsers(machine)).map((user) => user.uid),
    ...(await systemAccounts(machine)).ids,
  ])
  let uid = Math.max(written, FIRST_UID)
  while (taken.has(uid)) uid++
  if (uid > LAST_UID) throw new Error(`There are no uids left; the last one is ${LAST_UID}.`)
  await replaceFile(file, `${uid + 1}\n`, 0o644)
  return uid
}

/** Names and numbers of the accounts and groups that are the system's own. */
export async function systemAccounts({ etc }: Machine): Promise<{ names: Set<string>; ids: Set<number> }> {
  const names = new Set<string>()
  const ids = new Set<number>()
  for (const file of ['passwd', 'group']) {
    const text = (await readFileBounded(join(etc, file), 1024 * 1024)) ?? ''
    for (const line of text.split('\n')) {
      const [name, , id] = line.split(':')
      if (name && id) {
        names.add(name)
        ids.add(Number(id))
      }
    }
  }
  return { names, ids }
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFileBounded(path, MAX_BYTES)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

const json = (value: object) => `${JSON.stringify(value)}\n`

export const noneIfMissing = (error: NodeJS.ErrnoException): string[] => {
  if (error.code === 'ENOENT') return []
  throw error
}
