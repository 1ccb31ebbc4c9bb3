/** What a call that is made within another one may use, and what was read before it. */
import { mayCall } from '../../protocol/calls.ts'
import type { AdmittedCall, Within } from './call.ts'

/** The server that asks for a call, and what it says that it calls. */
export interface Asker {
  server: string
  calls: readonly string[]
}

/**
 * The server that asks for a call; undefined where it is the client itself. The gateway's own server calls for whoever asks it:
 * what that one may not call, it can't have called by way of a language model.
 */
export function askerOf(within: Within): Asker | undefined {
  const { call, forAsker } = within
  if (forAsker) return call.within && askerOf(call.within)
  const { service_name: server = '', calls = [] } = call.resolved.target?.descriptor ?? {}
  return { server, calls }
}

/** Of some capabilities those that who asks for a call within another one may use. */
export function usableWithin(within: Within | undefined, capabilities: readonly string[]): readonly string[] {
  const asker = within && askerOf(within)
  return asker ? capabilities.filter((capability) => mayCall(asker.calls, capability)) : capabilities
}

/** Names of the tools that showed a language model what others wrote, before it asked for this call. */
export const readBefore = ({ within }: Pick<AdmittedCall, 'within'>): readonly string[] => within?.read ?? []
