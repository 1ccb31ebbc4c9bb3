/** What servers have registered, as people see it: entries of the wake list, and the events that are heard. */
import type { EventDelivery } from './events/events.ts'
import type { Schedule } from './schedule/schedule.ts'
import type { Hearer } from './state/events.ts'
import type { TokenRecord } from './state/tokens.ts'
import type { Entry } from './state/wakes.ts'

type Registration = Entry | Hearer

/** Those of one user, or of all. */
export const registrations = (
  schedule: Schedule,
  events: EventDelivery,
  user: string | undefined,
): Registration[] => [...schedule.list({ user }), ...events.list(user)]

/** An entry is another one once its server has registered it anew. */
export const idOf = (of: Registration): string => `${'event' in of ? 'e' : 'w'}${of.id}`

/** Times are milliseconds since the epoch; `next` is null where nothing is to be done. */
export function listed(of: Registration, tokens: readonly TokenRecord[]): object {
  const { user, server, next, tries, problem } = of
  return {
    id: idOf(of),
    user,
    server,
    ...('event' in of
      ? { event: of.event, waiting: of.waiting, andOthers: of.andOthers, hasEnded: of.hasEnded }
      : { key: of.key, rule: of.rule ?? null, due: of.due, hasEnded: next === undefined }),
    next: next ?? null,
    tries,
    problem: problem ?? null,
    onBehalfOf: nameOf(of.onBehalfOf, tokens),
  }
}

/** A principal's name, for people. */
function nameOf(principal: string, tokens: readonly TokenRecord[]): string {
  const token = tokens.find(({ id }) => principal === `token:${id}`)
  return token?.name ?? principal.replace(/^uid:/, 'uid ')
}
