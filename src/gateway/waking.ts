/**
 * Calls a server for what it has registered: entries of the wake list, and events. Each call is one of the credential that
 * registered it, with what that one may do now, and takes the way of every call.
 */
import { basename } from 'node:path'
import { Cancellation } from '../protocol/cancellation.ts'
import { DESCRIPTOR_SUFFIX, type Descriptor } from '../protocol/descriptor.ts'
import { type RpcError, toRpcError } from '../protocol/jsonrpc.ts'
import type { METHOD } from '../protocol/mcp.ts'
import { isRecord } from '../protocol/values.ts'
import type { Auth } from './auth/auth.ts'
import type { Gate, Principal } from './call/call.ts'
import { CancellableCall } from './call/cancellable-call.ts'
import { eventAsTool } from './events/verbs.ts'
import type { Outcome } from './schedule/trials.ts'
import type { Hearer } from './state/events.ts'
import type { Entry } from './state/wakes.ts'

export interface WakingOptions {
  auth: Pick<Auth, 'principalOf'>
  /** The descriptors of the servers that there are. */
  servers(): readonly Descriptor[]
  /** Descriptors that can't be used, by path, with the reason. */
  problems(): ReadonlyMap<string, string>
  run: Gate['run']
}

/** Calls the server of an entry or a hearer with one of its methods. */
export type CallServer = (
  of: Entry | Hearer,
  method: typeof METHOD.woken | typeof METHOD.heard,
  params: Record<string, unknown>,
) => Promise<Outcome>

/** Why nothing can be done on behalf of a principal any longer. */
export const endedProblem = (principalId: string): string =>
  principalId.startsWith('token:')
    ? 'The token that this was on behalf of was revoked or has expired.'
    : 'The user that this was on behalf of has no account here any longer.'

const NAME = 'llmbasedos'

export function createWaking({ auth, servers, problems, run }: WakingOptions): CallServer {
  return async (of, method, params) => {
    const { user, server, onBehalfOf, rights } = of
    let principal: Principal
    try {
      principal = auth.principalOf(onBehalfOf)
    } catch {
      return { kind: 'ended', problem: endedProblem(onBehalfOf) }
    }
    if (principal.user !== user) return { kind: 'ended', problem: endedProblem(onBehalfOf) }
    const descriptor = servers().find(({ service_name }) => service_name === server)
    if (!descriptor) return gone(server, problems())
    if (!takes(descriptor, of))
      return {
        kind: 'ended',
        problem: `The server "${server}" takes this no longer: its definition has changed.`,
      }
    if ('event' in of && principal.tools?.has(eventAsTool(of.event)) === false)
      return { kind: 'failed', problem: `Its token may not hear "${of.event}".` }
    try {
      await run(
        new CancellableCall({
          principal,
          transport: 'schedule',
          method,
          params,
          registered: { descriptor, rights },
          server: undefined,
          toolset: 'all',
          session: undefined,
          drained: undefined,
          client: { capabilities: {}, info: { name: NAME, version: '' }, logLevel: undefined },
          cancellation: new Cancellation(),
          notify: () => undefined,
        }),
      )
      return { kind: 'done' }
    } catch (error) {
      return outcomeOf(toRpcError(error))
    }
  }
}

/** One that can't be used for now may be being written. */
function gone(server: string, problems: ReadonlyMap<string, string>): Outcome {
  const [, problem] = [...problems].find(([path]) => basename(path) === server + DESCRIPTOR_SUFFIX) ?? []
  if (problem !== undefined) return { kind: 'failed', problem: `Its descriptor can't be used: ${problem}.` }
  return { kind: 'ended', problem: `The server "${server}" was removed.` }
}

const takes = (descriptor: Descriptor, of: Entry | Hearer): boolean =>
  'event' in of ? descriptor.hears?.includes(of.event) === true : descriptor.wakes === true

/** There is no failure in having waited for others. */
function outcomeOf({ message, data }: RpcError): Outcome {
  const limit = isRecord(data) ? data.limit : undefined
  if (limit === 'calls.atOnce' || limit === 'calls.atOncePerCaller') return { kind: 'busy' }
  return { kind: 'failed', problem: message }
}
