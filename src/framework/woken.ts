/** What the gateway calls a server for by itself: an entry of the wake list whose time has come, and events. */
import type { HeardEvent } from '../protocol/events.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Result } from '../protocol/mcp.ts'
import { isRecord, isWhole } from '../protocol/values.ts'
import { workOfKey } from './background.ts'
import type { RunningRequest } from './running-request.ts'
import type { Service } from './service.ts'

const DONE: Result = { resultType: 'complete' }

export async function woken(
  request: RunningRequest,
  { background, definition, deps }: Service,
): Promise<Result> {
  const { key, due, late, tries } = request.params
  if (typeof key !== 'string' || !isWhole(due) || typeof late !== 'boolean' || !isWhole(tries, 0))
    throw unfit(request.method)
  const work = workOfKey(key)
  if (work !== undefined) await background.woken(work, request.comeback)
  else await definition.woken?.(key, { due, late, tries }, request, deps)
  return DONE
}

export async function heard(request: RunningRequest, { definition, deps }: Service): Promise<Result> {
  const { name, events, andOthers, tries } = request.params
  if (typeof name !== 'string' || !isEvents(events) || typeof andOthers !== 'boolean' || !isWhole(tries, 0))
    throw unfit(request.method)
  const { hears = {} } = definition
  const handler = Object.hasOwn(hears, name) ? hears[name] : undefined
  if (!handler) throw new RpcError('INVALID_PARAMS', `This server hears no "${name.slice(0, 100)}".`)
  await handler({ events, andOthers, tries }, request, deps)
  return DONE
}

const isEvents = (events: unknown): events is HeardEvent[] =>
  Array.isArray(events) &&
  events.every((event) => isRecord(event) && isWhole(event.at) && isRecord(event.data))

const unfit = (method: string): RpcError =>
  new RpcError('INVALID_PARAMS', `The params of ${method} don't fit.`)
