/**
 * Rules of the wake list: when an entry comes again. What a cron expression means is croner's to know, also where the clock is
 * put forward or back; it is loaded with the first rule that needs it.
 */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { isRecord, isWhole } from '../../protocol/values.ts'
import type { WakeRule } from '../../protocol/wake.ts'

const MINUTE_MS = 60_000
/** A year, in minutes. */
const MOST_MINUTES = 366 * 24 * 60
const MAX_CRON = 100
const FIELDS = /^[\dA-Za-z*,/#-]+(?: [\dA-Za-z*,/#-]+){4}$/
/** A clock that was put back by less is one that was a little wrong: what came already does not come twice. */
const STEP_BACK_MS = 60 * MINUTE_MS

/** A rule as it was given. Throws INVALID_PARAMS for what is none, or never comes. */
export async function readRule(given: unknown, now: number): Promise<WakeRule> {
  if (!isRecord(given)) throw invalid('A rule is {"cron", "zone"} or {"minutes"}')
  const { cron, zone, minutes, ...others } = given
  const [other] = Object.keys(others)
  if (other !== undefined) throw invalid(`A rule has no "${other.slice(0, 40)}"`)
  if (minutes !== undefined) {
    if (cron !== undefined || zone !== undefined)
      throw invalid('A rule has either "cron", with or without "zone", or "minutes"')
    if (!isWhole(minutes, 1) || minutes > MOST_MINUTES)
      throw invalid(`"minutes" of a rule is a whole number from 1 to ${MOST_MINUTES}`)
    return { minutes }
  }
  if (typeof cron !== 'string' || cron.length > MAX_CRON || !FIELDS.test(cron))
    throw invalid(
      '"cron" of a rule is five fields with one space between them, such as "30 7 * * MON-FRI": minute, hour, day of month, month, weekday',
    )
  if (zone !== undefined && !(typeof zone === 'string' && isZone(zone)))
    throw invalid('"zone" of a rule is the IANA name of a time zone, such as "Europe/Paris"')
  const rule = zone === undefined ? { cron } : { cron, zone }
  let next: number | undefined
  try {
    next = await nextTime(rule, now)
  } catch (cause) {
    throw invalid(`"${cron}" can't be read as cron: ${reasonOf(cause)}`, cause)
  }
  if (next === undefined) throw invalid(`"${cron}" never comes`)
  return rule
}

/**
 * The first time of a rule after `now`, in milliseconds since the epoch; undefined where there is none any longer. `due` is the
 * one before, which is not given again where the clock was put back a little since.
 */
export async function nextTime(rule: WakeRule, now: number, due?: number): Promise<number | undefined> {
  const after = due !== undefined && due - now < STEP_BACK_MS ? Math.max(now, due) : now
  if ('minutes' in rule) {
    const step = rule.minutes * MINUTE_MS
    if (due === undefined || due > after) return after + step
    return due + step * (Math.floor((after - due) / step) + 1)
  }
  const { Cron } = await import('croner')
  const { cron, zone } = rule
  const pattern = new Cron(cron, {
    mode: '5-part',
    paused: true,
    ...(zone === undefined ? {} : { timezone: zone }),
  })
  return pattern.nextRun(new Date(after))?.getTime()
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const reasonOf = (cause: unknown): string =>
  (cause as Error).message
    .replace(/^\w+: /, '')
    .replace(/\.$/, '')
    .slice(0, 200)

const invalid = (message: string, cause?: unknown): RpcError =>
  new RpcError('INVALID_PARAMS', `${message}.`, cause === undefined ? {} : { cause })
