/** The machine's name. /etc is read-only in the image, so it is kept in the state folder and set at every boot. */
import { join } from 'node:path'
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import { isHostName } from '../contracts/admin-rules.ts'
import { readFileBounded } from '../host/bounded-file.ts'
import { RpcError, toRpcError } from '../protocol/jsonrpc.ts'
import { renewCertificate } from './certificates.ts'
import { replaceFile } from './files.ts'
import type { Machine } from './machine.ts'

const MAX_BYTES = 1024
const fileOf = ({ state }: Machine) => join(state, 'hostname')

export const getHostname = async (
  _: ParamsOf<'hostname/get'>,
  machine: Machine,
): Promise<ResultOf<'hostname/get'>> => ({ name: machine.hostname() })

export async function setHostname(
  { name }: ParamsOf<'hostname/set'>,
  machine: Machine,
): Promise<ResultOf<'hostname/set'>> {
  await nameIt(machine, name)
  try {
    await renewCertificate({}, machine)
  } catch (cause) {
    const why = toRpcError(cause).message
    throw new RpcError('INTERNAL', `The name is ${name} now, but HTTPS does not know it yet: ${why}`, {
      cause,
    })
  }
  return { name }
}

/** Gives the machine a name that it keeps. */
export async function nameIt(machine: Machine, name: string): Promise<void> {
  await apply(machine, name)
  await replaceFile(fileOf(machine), `${name}\n`, 0o644)
}

/** At boot: sets the name that was kept, and says whether there was one. */
export async function applyHostname(machine: Machine): Promise<boolean> {
  const name = (await readFileBounded(fileOf(machine), MAX_BYTES))?.trim()
  if (name === undefined || !isHostName(name)) return false
  await apply(machine, name)
  return true
}

async function apply({ hostname, run }: Machine, name: string): Promise<void> {
  if (hostname() !== name) await run('/usr/bin/hostname', ['--', name])
}
