/** The wake list and the events, joined to who they are on behalf of, and to the servers that they call. */
import type { Logger } from '../host/log.ts'
import type { Descriptor } from '../protocol/descriptor.ts'
import { METHOD } from '../protocol/mcp.ts'
import type { Auth } from './auth/auth.ts'
import type { Gate } from './call/call.ts'
import type { Verb as CallbackVerb } from './callbacks/callbacks.ts'
import { EventDelivery } from './events/events.ts'
import { eventVerbs } from './events/verbs.ts'
import { Schedule } from './schedule/schedule.ts'
import { wakeVerbs } from './schedule/verbs.ts'
import type { Hearer } from './state/events.ts'
import type { State } from './state/state.ts'
import type { Entry } from './state/wakes.ts'
import { createWaking, endedProblem } from './waking.ts'

export interface SchedulingOptions {
  state: Pick<State, 'wakes' | 'events'>
  auth: Pick<Auth, 'principalOf'>
  servers(): readonly Descriptor[]
  /** Descriptors that can't be used, by path, with the reason. */
  problems(): ReadonlyMap<string, string>
  run: Gate['run']
  log: Pick<Logger, 'warn' | 'error'>
}

export interface Scheduling {
  schedule: Schedule
  events: EventDelivery
  /** What servers may ask for within their calls. */
  verbs: Readonly<Record<string, CallbackVerb>>
  /** Does what is due from now on; what ended while the gateway did not run ends first. */
  start(): void
  /** Ends whatever is on behalf of a principal. */
  endOf(principalId: string): void
  close(): void
}

export function createScheduling({
  state,
  auth,
  servers,
  problems,
  run,
  log,
}: SchedulingOptions): Scheduling {
  const call = createWaking({ auth, servers, problems, run })
  const told =
    (what: (of: Entry | Hearer) => object) =>
    (of: Entry | Hearer, { problem, hasEnded }: { problem: string; hasEnded: boolean }) =>
      log.warn(
        { user: of.user, server: of.server, ...what(of), tries: of.tries + 1, problem, hasEnded },
        hasEnded
          ? 'a server is not woken for this any longer'
          : 'a server could not do what it was woken for',
      )
  const onBroken = (err: unknown, how: string) =>
    log.error({ err }, `the wake list could not be ${how}; it is tried again every few seconds`)
  const schedule = new Schedule({
    store: state.wakes,
    wake: (entry, waking) => call(entry, METHOD.woken, { key: entry.key, ...waking }),
    onProblem: told((of) => ({ key: (of as Entry).key })),
    onBroken,
  })
  const events = new EventDelivery({
    store: state.events,
    give: (hearer, heard) => call(hearer, METHOD.heard, { name: hearer.event, ...heard }),
    onProblem: told((of) => ({ event: (of as Hearer).event })),
    onBroken,
  })
  const endOf = (principalId: string): void => {
    const problem = endedProblem(principalId)
    Promise.all([schedule.endOf(principalId, problem), events.endOf(principalId, problem)]).catch(
      // It is ended when its time comes.
      (err) => log.warn({ err, principal: principalId }, 'the end of its entries could not be written down'),
    )
  }
  const verbs = Object.entries({ ...wakeVerbs(schedule), ...eventVerbs(events) }).map(
    ([name, verb]): [string, CallbackVerb] => [
      name,
      async (outer, { params }) => ({ resultType: 'complete', ...(await verb(outer.call, params)) }),
    ],
  )
  return {
    schedule,
    events,
    verbs: Object.fromEntries(verbs),
    start() {
      const all = [...schedule.list(), ...events.list()]
      for (const id of new Set(all.map(({ onBehalfOf }) => onBehalfOf)))
        try {
          auth.principalOf(id)
        } catch {
          endOf(id)
        }
      schedule.look()
      events.look()
    },
    endOf,
    close() {
      schedule.close()
      events.close()
    },
  }
}
