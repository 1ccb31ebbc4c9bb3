/** The units of this system, and of nothing else on the machine. */
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import type { UnitInfo } from '../contracts/admin-results.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { wholeIn } from '../protocol/values.ts'
import type { Machine } from './machine.ts'

const SYSTEMCTL = '/usr/bin/systemctl'
const OURS = ['llmbasedos-*', 'mcp-*']
const PROPERTIES = 'Id,LoadState,ActiveState,SubState,Result,StatusText,MainPID,MemoryCurrent'
/** A restart of this service would end it before it has answered. */
const THIS_SERVICE = 'llmbasedos-admin.service'

export async function unitStatus(
  _: ParamsOf<'unit/status'>,
  { run }: Machine,
): Promise<ResultOf<'unit/status'>> {
  // Without --all, patterns match no unit that is inactive, such as a server that has not been called for long.
  const text = await run(SYSTEMCTL, ['show', '--all', `--property=${PROPERTIES}`, '--', ...OURS])
  const units = text.split('\n\n').flatMap((block) => unitOf(block) ?? [])
  return { units: units.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** Restarts a service that unit/status lists; throws for any other. */
export async function restartUnit(
  { unit }: ParamsOf<'unit/restart'>,
  machine: Machine,
): Promise<ResultOf<'unit/restart'>> {
  const { units } = await unitStatus({}, machine)
  if (!units.some(({ name }) => name === unit))
    throw new RpcError(
      'INVALID_PARAMS',
      `There is no service "${unit}" here; unit/status lists those there are.`,
    )
  const waiting = unit === THIS_SERVICE ? ['--no-block'] : []
  await machine.run(SYSTEMCTL, ['restart', ...waiting, '--', unit])
  return {}
}

function unitOf(block: string): UnitInfo | undefined {
  const values = new Map(
    block.split('\n').map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)] as const
    }),
  )
  const name = values.get('Id')
  if (!name || !/^(llmbasedos|mcp)-/.test(name) || values.get('LoadState') === 'not-found') return undefined
  const active = values.get('ActiveState') ?? 'unknown'
  return {
    name,
    active,
    sub: values.get('SubState') ?? 'unknown',
    result: values.get('Result') || null,
    // What one said that runs no more is no longer so.
    status: (active === 'active' && values.get('StatusText')) || null,
    pid: wholeIn(values.get('MainPID')) || null,
    // One that it has not is written as words, or as the largest of 64 bits.
    memory: wholeIn(values.get('MemoryCurrent')) ?? null,
  }
}
