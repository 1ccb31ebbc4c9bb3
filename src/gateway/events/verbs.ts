/** What a server asks about events within a call. */
import { EVENT, readEventData } from '../../protocol/events.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { ConsentedCall } from '../call/call.ts'
import { registrantOf } from '../call/registrant.ts'
import type { Verb } from '../schedule/verbs.ts'
import type { EventDelivery } from './events.ts'

type Params = Parameters<Verb>[1]

export function eventVerbs(events: EventDelivery): Record<string, Verb> {
  return {
    async [EVENT.tell](call, params) {
      const { user, server, descriptor } = registrantOf(call)
      const name = nameIn(params, 'events', descriptor.events, server)
      await events.tell(user, name, readEventData(params.data))
      return {}
    },
    async [EVENT.hear](call, params) {
      const { descriptor, ...registrant } = registrantOf(call)
      const event = nameIn(params, 'hears', descriptor.hears, registrant.server)
      checkMayHear(call, event)
      const { capabilities, chosenAs } = registrant.rights
      await events.hear({
        ...registrant,
        event,
        rights: { capabilities: [...capabilities, event], chosenAs },
      })
      return {}
    },
    async [EVENT.unhear](call, params) {
      const { user, server, descriptor } = registrantOf(call)
      return { heard: await events.unhear(user, server, nameIn(params, 'hears', descriptor.hears, server)) }
    },
  }
}

function nameIn({ name }: Params, key: string, names: readonly string[] = [], server: string): string {
  if (typeof name === 'string' && names.includes(name)) return name
  throw new RpcError(
    'INVALID_PARAMS',
    `${JSON.stringify(name)?.slice(0, 60)} is not among the "${key}" of the server "${server}": ${names.join(', ') || 'it has none'}.`,
  )
}

/** The name of an event is a capability, and is chosen as a tool of that name would be. */
export const eventAsTool = (event: string): string => event.replace('.', '_')

function checkMayHear({ grant }: ConsentedCall, event: string): void {
  if (!grant.allows(event))
    throw new RpcError('FORBIDDEN', `The tier ${grant.tier} does not include "${event}".`, {
      data: { capability: event, tier: grant.tier },
    })
  if (grant.tools && !grant.tools.has(eventAsTool(event)))
    throw new RpcError(
      'FORBIDDEN',
      `This token may not hear "${event}": it was made for ${grant.tools.patterns.join(', ')} ("luca token create NAME --tools …").`,
      { data: { tools: grant.tools.patterns } },
    )
}
