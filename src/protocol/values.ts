/** Small questions about JSON values. */
import { isInexact } from './exact-json.ts'

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isInexact(value)

/** The fields that are there: null is no more than being absent. The same object where none is null. */
export function present<T extends Readonly<Record<string, unknown>>>(fields: T): T {
  for (const key in fields)
    if (fields[key] === null)
      return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as T
  return fields
}

/** Whether it is a whole number that a double holds exactly, from `least` to `most`. */
export const isWhole = (
  value: unknown,
  least = Number.MIN_SAFE_INTEGER,
  most = Number.MAX_SAFE_INTEGER,
): value is number => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most

/**
 * What a text says where it is a whole number in decimal digits, from `least` to `most`; undefined for any other text. `Number`
 * takes an empty one for 0, and `0x10` and `1e3` as well.
 */
export function wholeIn(
  text: string | undefined,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = text !== undefined && /^-?\d{1,16}$/.test(text) ? Number(text) : undefined
  return isWhole(value, least, most) ? value : undefined
}

/** What a text says where it is a number as JSON has it, and not too large for a double; undefined for any other text. */
export function numberIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** A text; undefined for anything else. */
export const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/**
 * A value for people's eyes: a text as it is, anything else as JSON. Never for a decision: what a value is must be known
 * before what it means is asked.
 */
export const inWords = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')

/** Gives an object a property of its own, whatever its name: to assign `__proto__` would change what the object is. */
export function put(object: Record<string, unknown>, key: string, value: unknown): void {
  // Defining costs many times what assigning does.
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

/** What a table has under a name from outside; never what every object has, such as `constructor`. */
export const entryOf = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

/** Whether arrays and objects nest deeper than `max`. Ends for values that contain themselves, too. */
export function nestsDeeperThan(value: unknown, max: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (max === 0) return true
  if (Array.isArray(value)) return value.some((item) => nestsDeeperThan(item, max - 1))
  for (const key in value) if (nestsDeeperThan((value as Record<string, unknown>)[key], max - 1)) return true
  return false
}

/** JSON text that is the same for equal values, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
}

/** What a text of JSON says; undefined where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
