/** Users: making them, their passwords and quotas, and removing them. */
import { join } from 'node:path'
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import type { UserInfo } from '../contracts/admin-results.ts'
import { hashPassword } from '../host/password-hash.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { kindAt } from './files.ts'
import { foldersOf, homeOf, makeHome, wipe } from './folders.ts'
import type { Machine } from './machine.ts'
import { setQuota } from './quota.ts'
import { removeSecretsOf } from './secrets.ts'
import { removeSshKeysOf } from './ssh-keys.ts'
import {
  allUsers,
  forgetUser,
  hasPassword,
  mustExist,
  noSuchUser,
  OWNER_UID,
  prepareUser,
  readUser,
  systemAccounts,
  takeUid,
  type User,
  writePassword,
  writeRecord,
} from './userdb.ts'

const SYSTEMCTL = '/usr/bin/systemctl'
const LOGINCTL = '/usr/bin/loginctl'

const targetOf = (name: string) => `mcp-user@${name}.target`

/** Makes a user with a home and servers. What was made is undone where a step fails. */
export async function addUser(params: ParamsOf<'user/add'>, machine: Machine): Promise<ResultOf<'user/add'>> {
  const { name, realName, password, quota } = params
  await mustBeFree(machine, name)
  const hash = password === undefined ? undefined : hashPassword(password)
  const uid = await takeUid(machine)
  const user: User = realName === undefined ? { name, uid } : { name, uid, realName }
  const undo: (() => Promise<void>)[] = []
  try {
    if (quota !== undefined) {
      await setQuota(machine, uid, quota)
      undo.push(() => setQuota(machine, uid, null))
    }
    undo.push(() => forgetUser(machine, user))
    await prepareUser(machine, user, hash)
    undo.push(() => wipe(machine, [homeOf(machine, name)]))
    await makeHome(machine, user)
    await writeRecord(machine, user)
    undo.push(() => stopServers(machine, name))
    await machine.run(SYSTEMCTL, ['start', '--', targetOf(name)])
  } catch (error) {
    // Each step back is tried: what stays without the record is no user.
    for (const step of undo.reverse()) await step().catch(() => {})
    throw error
  }
  return { user: await infoOf(machine, user) }
}

export const listUsers = async (
  _: ParamsOf<'user/list'>,
  machine: Machine,
): Promise<ResultOf<'user/list'>> => ({
  users: await Promise.all((await allUsers(machine)).map((user) => infoOf(machine, user))),
})

/** Removes a user, or with "wipe" what was kept of one who was removed before. Says which folders stay. */
export async function removeUser(
  { name, files }: ParamsOf<'user/remove'>,
  machine: Machine,
): Promise<ResultOf<'user/remove'>> {
  if (name === machine.owner) throw new RpcError('FORBIDDEN', "The owner can't be removed.")
  const user = await readUser(machine, name)
  const folders = await foldersOf(machine, name)
  if (!user && ((await isSystems(machine, name)) || files === 'keep' || folders.length === 0))
    throw noSuchUser(name)
  if (user) await forgetUser(machine, user)
  // Before what can fail: whoever gets the name next must not get these.
  await removeSecretsOf(machine, name)
  await removeSshKeysOf(machine, name)
  await stopServers(machine, name)
  if (user) await endSessions(machine, user)
  if (files === 'keep') return { kept: await foldersAmong(folders) }
  await wipe(machine, folders)
  return { kept: [] }
}

export async function changePassword(
  { name, password }: ParamsOf<'user/passwd'>,
  machine: Machine,
): Promise<object> {
  await mustExist(machine, name)
  await writePassword(machine, name, password === null ? undefined : hashPassword(password))
  return {}
}

export async function changeQuota(
  { name, bytes }: ParamsOf<'user/quota'>,
  machine: Machine,
): Promise<object> {
  const { uid } = await mustExist(machine, name)
  await setQuota(machine, uid, bytes)
  return {}
}

/** At boot: makes the owner where there is none, without a password. */
export async function makeOwner(machine: Machine): Promise<void> {
  if (await readUser(machine, machine.owner)) return
  const owner: User = { name: machine.owner, uid: OWNER_UID }
  await prepareUser(machine, owner, undefined)
  // A home from before the records were lost is the owner's still.
  if ((await kindAt(homeOf(machine, owner.name))) === undefined) await makeHome(machine, owner)
  await writeRecord(machine, owner)
}

/** At boot: starts the servers of all users. */
export async function startServers(machine: Machine): Promise<void> {
  const targets = (await allUsers(machine)).map(({ name }) => targetOf(name))
  await machine.run(SYSTEMCTL, ['start', '--no-block', '--', ...targets])
}

async function mustBeFree(machine: Machine, name: string): Promise<void> {
  const taken = (why: string) => new RpcError('INVALID_PARAMS', why)
  if (await readUser(machine, name)) throw taken(`There is a user "${name}" already.`)
  if (await isSystems(machine, name)) throw taken(`"${name}" is an account or group of the system itself.`)
  // They would become the files of another user who only has the same name.
  const [left] = await foldersOf(machine, name)
  if (left !== undefined)
    throw taken(
      `${left} is still there, of an earlier user "${name}"; move it away, or wipe it with user/remove.`,
    )
}

const isSystems = async (machine: Machine, name: string): Promise<boolean> =>
  (await systemAccounts(machine)).names.has(name)

async function infoOf(machine: Machine, user: User): Promise<UserInfo> {
  return {
    name: user.name,
    uid: user.uid,
    realName: user.realName ?? null,
    home: join(machine.home, user.name),
    owner: user.name === machine.owner,
    hasPassword: await hasPassword(machine, user),
  }
}

async function stopServers({ run }: Machine, name: string): Promise<void> {
  await run(SYSTEMCTL, ['stop', '--', targetOf(name)])
  // Their sockets stopped with the target; the services may still be at work.
  await run(SYSTEMCTL, ['stop', '--', `mcp-*@${name}.service`])
}

async function endSessions({ run }: Machine, { uid }: User): Promise<void> {
  const users = await run(LOGINCTL, ['list-users', '--no-legend'])
  const isThere = users.split('\n').some((line) => line.trim().split(/\s+/)[0] === String(uid))
  if (isThere) await run(LOGINCTL, ['terminate-user', '--', String(uid)])
}

async function foldersAmong(paths: readonly string[]): Promise<string[]> {
  const kinds = await Promise.all(paths.map(kindAt))
  return paths.filter((_, i) => kinds[i] === 'folder')
}
