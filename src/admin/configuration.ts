/** The gateway's configuration, in the folder where all services look for theirs. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import type { ConfigurationName } from '../contracts/admin-results.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { removeFile, replaceFile } from './files.ts'
import type { Machine } from './machine.ts'
import { RunFailed } from './run.ts'

const NODE = '/usr/bin/node'
const GATEWAY = '/usr/lib/llmbasedos/gateway.mjs'

export async function setConfiguration(
  { name, text }: ParamsOf<'configuration/set'>,
  machine: Machine,
): Promise<ResultOf<'configuration/set'>> {
  if (text === null) await removeFile(join(await folderOf(machine), `${name}.yaml`))
  else await keepConfiguration(machine, name, text)
  if (name === 'models') return { restarted: false } // it is read anew by itself
  await machine.run('/usr/bin/systemctl', ['try-restart', '--', 'llmbasedos-gateway.service'])
  return { restarted: true }
}

/** Takes a file of configuration once the gateway itself says that it can be used. Throws what it says where it can't. */
export async function keepConfiguration(
  machine: Machine,
  name: ConfigurationName,
  text: string,
): Promise<void> {
  await mkdir(machine.scratch, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(machine.scratch, 'configuration-'))
  try {
    await writeFile(join(scratch, `${name}.yaml`), text)
    await machine.run(NODE, [GATEWAY, 'check', scratch])
  } catch (cause) {
    if (!(cause instanceof RunFailed)) throw cause
    const why = cause.message.replace(/^node failed: /, '').replaceAll(`${scratch}/`, '')
    throw new RpcError('INVALID_PARAMS', `It was rejected: ${why}`, { cause })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  await replaceFile(join(await folderOf(machine), `${name}.yaml`), text, 0o644)
}

async function folderOf({ etc }: Machine): Promise<string> {
  const folder = join(etc, 'llmbasedos')
  await mkdir(folder, { recursive: true, mode: 0o755 })
  return folder
}
