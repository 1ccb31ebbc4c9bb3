/** Who comes in over SSH: public keys, in files that sshd reads by the name of the user who comes. */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import type { SshKeyInfo } from '../contracts/admin-results.ts'
import { isSshKey } from '../contracts/admin-rules.ts'
import { readFileBounded } from '../host/bounded-file.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { kindAt, removeFile, replaceFile } from './files.ts'
import type { Machine } from './machine.ts'
import { mustExist } from './userdb.ts'

/** Who is the owner in luca instead of a shell. */
const LUCA = 'luca'
const MAX_BYTES = 256 * 1024
const MAX_KEYS = 100
/** sshd reads them as the user who comes, whatever the umask says. */
const FOLDER_MODE = 0o755

type Source = 'added' | 'provided'
const fileOf = ({ state }: Machine, login: string, source: Source) =>
  join(state, 'ssh', `${login}${source === 'provided' ? '.provided' : ''}.keys`)
const loginsOf = ({ owner }: Machine, name: string) => (name === owner ? [owner, LUCA] : [name])

export async function listSshKeys(
  { name }: ParamsOf<'ssh-key/list'>,
  machine: Machine,
): Promise<ResultOf<'ssh-key/list'>> {
  await mustExist(machine, name)
  const of = async (source: Source) =>
    (await keysOf(machine, name, source)).map((line): SshKeyInfo => ({ ...describe(line), source }))
  return { keys: [...(await of('provided')), ...(await of('added'))] }
}

export async function addSshKey(
  { name, key }: ParamsOf<'ssh-key/add'>,
  machine: Machine,
): Promise<ResultOf<'ssh-key/add'>> {
  await mustExist(machine, name)
  const added = await keysOf(machine, name, 'added')
  const { fingerprint } = describe(key)
  if (added.length >= MAX_KEYS)
    throw new RpcError('INVALID_PARAMS', `${name} has ${MAX_KEYS} keys already; remove one first.`)
  if (!added.some((line) => describe(line).fingerprint === fingerprint))
    await keepSshKeys(machine, name, [...added, key], 'added')
  return { fingerprint }
}

/** Removes a key wherever it stands; what is provided again at the next boot is added again. */
export async function removeSshKey(
  { name, fingerprint }: ParamsOf<'ssh-key/remove'>,
  machine: Machine,
): Promise<ResultOf<'ssh-key/remove'>> {
  await mustExist(machine, name)
  let found = false
  for (const source of ['added', 'provided'] as const) {
    const keys = await keysOf(machine, name, source)
    const others = keys.filter((line) => describe(line).fingerprint !== fingerprint)
    if (others.length === keys.length) continue
    found = true
    await keepSshKeys(machine, name, others, source)
  }
  if (!found) throw new RpcError('INVALID_PARAMS', `${name} has no such key; ssh-key/list lists them.`)
  return {}
}

/** Keeps these keys of a user in the place of those from that source. */
export async function keepSshKeys(
  machine: Machine,
  name: string,
  keys: readonly string[],
  source: Source,
): Promise<void> {
  await mkdir(join(machine.state, 'ssh'), { recursive: true, mode: FOLDER_MODE })
  for (const login of loginsOf(machine, name))
    await replaceFile(fileOf(machine, login, source), keys.map((key) => `${key}\n`).join(''), 0o644)
}

/** Removes all keys of a user who is gone. */
export async function removeSshKeysOf(machine: Machine, name: string): Promise<void> {
  for (const source of ['added', 'provided'] as const) {
    const path = fileOf(machine, name, source)
    if ((await kindAt(path)) !== undefined) await removeFile(path)
  }
}

async function keysOf(machine: Machine, name: string, source: Source): Promise<string[]> {
  const text = await readFileBounded(fileOf(machine, name, source), MAX_BYTES)
  return (text ?? '').split('\n').filter(isSshKey)
}

/** As ssh-keygen -l shows it. */
function describe(line: string): { type: string; fingerprint: string; comment: string } {
  const [type = '', blob = '', ...comment] = line.split(' ')
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64')
  return { type, fingerprint: `SHA256:${digest.replace(/=+$/, '')}`, comment: comment.join(' ') }
}
