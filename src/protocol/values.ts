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
