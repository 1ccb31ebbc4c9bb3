/** What a server asks of the wake list within a call. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { isWhole } from '../../protocol/values.ts'
import { MAX_WAKE_KEY, WAKE, type WakeEntry } from '../../protocol/wake.ts'
import type { ConsentedCall } from '../call/call.ts'
import { type Registrant, registrantOf } from '../call/registrant.ts'
import type { Entry } from '../state/wakes.ts'
import { nextTime, readRule } from './rules.ts'
import type { Schedule } from './schedule.ts'

type Params = Readonly<Record<string, unknown>>
/** Answers a request of a server that is made within a call. Throws RpcError. */
export type Verb = (call: ConsentedCall, params: Params) => object | Promise<object>

/** The furthest time that a date can have, in milliseconds since the epoch. */
const MAX_TIME = 8.64e15
const KEY = /^[^\p{C}]+$/u

export function wakeVerbs(schedule: Schedule, now: () => number = Date.now): Record<string, Verb> {
  return {
    async [WAKE.at](call, params) {
      const { time } = params
      const registrant = wakeable(call)
      const key = keyIn(params)
      if (!isWhole(time, -MAX_TIME, MAX_TIME))
        throw new RpcError('INVALID_PARAMS', 'params.time must be a time, in milliseconds since the epoch.')
      await schedule.put({ ...registrant, key, rule: undefined, due: time })
      return {}
    },
    async [WAKE.every](call, params) {
      const registrant = wakeable(call)
      const key = keyIn(params)
      const rule = await readRule(params.rule, now())
      const due = await nextTime(rule, now())
      if (due !== undefined) await schedule.put({ ...registrant, key, rule, due })
      return { next: due }
    },
    async [WAKE.cancel](call, params) {
      const { user, server } = registrantOf(call)
      return { cancelled: await schedule.cancel(user, server, keyIn(params)) }
    },
    [WAKE.list](call) {
      const { user, server } = registrantOf(call)
      return { entries: schedule.list({ user, server }).map(shown) }
    },
  }
}

function wakeable(call: ConsentedCall): Omit<Registrant, 'descriptor'> {
  const { descriptor, ...registrant } = registrantOf(call)
  if (descriptor.wakes === true) return registrant
  throw new RpcError(
    'INVALID_REQUEST',
    `The server "${registrant.server}" can't be woken: its definition has no "woken". If it has one by now, its descriptor is older ("make generate").`,
  )
}

function keyIn({ key }: Params): string {
  if (typeof key === 'string' && key.length <= MAX_WAKE_KEY && KEY.test(key)) return key
  throw new RpcError(
    'INVALID_PARAMS',
    `The key of an entry is a text of 1 to ${MAX_WAKE_KEY} visible characters.`,
  )
}

const shown = ({ key, next, rule, tries, problem }: Entry): WakeEntry => ({
  key,
  next: next ?? null,
  ...(rule === undefined ? {} : { rule }),
  tries,
  ...(problem === undefined ? {} : { problem }),
})
