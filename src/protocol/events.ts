/** Events: what one server tells others of the same user has happened, by way of the gateway. */
import { RpcError } from './jsonrpc.ts'
import { isRecord, put } from './values.ts'

/** Names and ids, never content: who hears of a mail asks for it, with the rights to. */
export type EventData = Readonly<Record<string, string | number | boolean>>

/** An event as its hearer gets it. */
export interface HeardEvent {
  /** When it was sent; milliseconds since the epoch. */
  at: number
  data: EventData
}

/** Some events of one name, in their order. */
export interface Heard {
  events: readonly HeardEvent[]
  /** Whether there were others since, which are not kept: too many waited. Look for yourself what is new. */
  andOthers: boolean
  /** How often they were given in vain before. */
  tries: number
}

/** What a call of a server can do with events. */
export interface Events {
  /** Tells whoever hears it. It is kept for each of them until they have taken it; resolves once that is so. */
  tell(name: string, data?: EventData): Promise<void>
  /**
   * Has this server's `hears` handler for that event called from now on, on behalf of who makes this call: the event's name is the
   * capability that takes, such as `mail.new`. Saying so again changes on whose behalf.
   */
  hear(name: string): Promise<void>
  /** Whether it was heard. */
  unhear(name: string): Promise<boolean>
}

/** What a server asks of the gateway for it, within a call. */
export const EVENT = {
  tell: 'gateway/event.tell',
  hear: 'gateway/event.hear',
  unhear: 'gateway/event.unhear',
} as const

/** `mail.new`: the server that tells it, and what. */
export const EVENT_NAME = /^[a-z][a-z0-9-]{0,31}\.[a-z][a-z0-9_]{0,47}$/
/** How many events a server can tell, or hear. */
export const MAX_EVENTS = 50
/** The longest data of an event, in bytes of JSON. */
export const MAX_EVENT_BYTES = 4096
/** How many events may wait for one hearer. */
export const EVENTS_WAITING = 1000
/** The longest text in an event: a name or an id. */
const MAX_TEXT = 200
const FIELD = /^[a-zA-Z][a-zA-Z0-9_]{0,39}$/

/** The data of an event as it was given. Throws INVALID_PARAMS for what is none. */
export function readEventData(given: unknown): EventData {
  if (!isRecord(given)) throw invalid('The data of an event is an object.')
  const data: Record<string, string | number | boolean> = {}
  for (const [field, value] of Object.entries(given)) {
    if (!FIELD.test(field))
      throw invalid(
        `A field of an event has a name of letters, digits and underscores, 40 at most; "${field.slice(0, 50)}" is none.`,
      )
    if (!isShort(value))
      throw invalid(
        `"${field}" of an event must be a text of ${MAX_TEXT} characters at most, a number, or true or false: events carry names and ids, never content.`,
      )
    put(data, field, value)
  }
  if (Buffer.byteLength(JSON.stringify(data)) > MAX_EVENT_BYTES)
    throw invalid(`The data of an event takes ${MAX_EVENT_BYTES} bytes at most.`)
  return data
}

function isShort(value: unknown): value is string | number | boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

const invalid = (message: string): RpcError => new RpcError('INVALID_PARAMS', message)

/** Why these are no names of events that begin so, as the end of a sentence; undefined where they are, or are left out. */
export function eventNamesProblem(key: string, names: unknown, prefix = ''): string | undefined {
  if (names === undefined) return undefined
  if (!Array.isArray(names) || names.length > MAX_EVENTS)
    return `${key} must name ${MAX_EVENTS} events at most, or be left out`
  const odd = names.find((name) => typeof name !== 'string' || !EVENT_NAME.test(name))
  if (odd !== undefined)
    return `${key} has ${JSON.stringify(odd)?.slice(0, 60)}, which is no event such as "mail.new"`
  const foreign = names.find((name: string) => !name.startsWith(prefix))
  if (foreign !== undefined) return `${key} has ${JSON.stringify(foreign)}, which must begin with "${prefix}"`
  return new Set(names).size < names.length ? `${key} names an event twice` : undefined
}
