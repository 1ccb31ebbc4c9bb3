/**
 * The licence file: one line, `FREE:someone:2025-12-31` (tier, user, last valid day), or a mapping in YAML or JSON
 * with `tier`, `user_id` and `expires_at`. All three must be there: a file cut off while it was written must not
 * grant more than the whole one.
 */
import { isRecord } from '../../../protocol/values.ts'

export interface LicenceKey {
  tier: string
  user: string
  /** The moment after the last valid one, in milliseconds since the epoch; null for a key without end. */
  expiresAt: number | null
}

const ONE_LINE = /^([^:\s{}"]+):([^:\s]+):(\d{4}-\d{2}-\d{2})$/
const DAY = /^\d{4}-\d{2}-\d{2}$/
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/
/** An empty value may be one that was cut off; the end of a key without end must be spelt out. */
const WITHOUT_END = /expires_at["']?\s*:\s*(null|~|never)\b/
const DAY_MS = 86_400_000

/** `parse` reads YAML, of which JSON is a part. Throws an Error whose message says what is wrong. */
export function readKey(text: string, parse: (text: string) => unknown): LicenceKey {
  const [, tier, user, day] = ONE_LINE.exec(text.trim()) ?? []
  if (tier && user && day) return { tier, user, expiresAt: endOf(day) }
  const value = parse(text)
  if (!isRecord(value))
    throw new Error('it is neither TIER:USER:YYYY-MM-DD nor a mapping with tier, user_id and expires_at')
  return {
    tier: name(value, 'tier'),
    user: name(value, 'user_id'),
    expiresAt: expiry(value, text),
  }
}

function name(value: Record<string, unknown>, key: string): string {
  const given = value[key]
  if (typeof given !== 'string' || given === '') throw new Error(`"${key}" must be a name`)
  return given
}

function expiry(value: Record<string, unknown>, text: string): number | null {
  const given = value.expires_at
  if ((given === null || given === 'never') && WITHOUT_END.test(text)) return null
  if (given instanceof Date)
    return given.getTime() % DAY_MS === 0 ? given.getTime() + DAY_MS : given.getTime()
  if (typeof given === 'string') return endOf(given)
  throw new Error('"expires_at" must be a day (2030-12-31), a moment (2030-12-31T12:00:00Z) or never')
}

/** A day is valid to its end, in UTC, as is a moment without a zone. */
function endOf(text: string): number {
  if (DAY.test(text)) {
    const start = Date.parse(`${text}T00:00:00Z`)
    // Date.parse takes 30 February for 2 March.
    if (!Number.isNaN(start) && new Date(start).toISOString().startsWith(text)) return start + DAY_MS
  }
  const [, , , zone] = MOMENT.exec(text) ?? []
  const moment = MOMENT.test(text) ? Date.parse(`${text.replace(' ', 'T')}${zone ? '' : 'Z'}`) : Number.NaN
  if (Number.isNaN(moment)) throw new Error(`"${text.slice(0, 40)}" is no day and no moment`)
  return moment
}
