import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { WakeRule } from '../../protocol/wake.ts'
import { nextTime, readRule } from './rules.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const at = (text: string) => Date.parse(text)

/** The next times of a rule, as texts. */
async function times(rule: WakeRule, from: string, count: number): Promise<string[]> {
  const found: string[] = []
  let now = at(from)
  for (let i = 0; i < count; i++) {
    const next = await nextTime(rule, now)
    assert.ok(next !== undefined)
    found.push(new Date(next).toISOString().replace(':00.000Z', 'Z'))
    now = next
  }
  return found
}

const berlin = (cron: string): WakeRule => ({ cron, zone: 'Europe/Berlin' })

test('what comes at a time that the clock skips comes when it goes on, once', async () =>
  assert.deepEqual(await times(berlin('30 2 * * *'), '2026-03-27T12:00Z', 3), [
    '2026-03-28T01:30Z',
    '2026-03-29T01:00Z',
    '2026-03-30T00:30Z',
  ]))

test('what comes at a time that is there twice comes the first time alone', async () =>
  assert.deepEqual(await times(berlin('30 2 * * *'), '2026-10-23T12:00Z', 3), [
    '2026-10-24T00:30Z',
    '2026-10-25T00:30Z',
    '2026-10-26T01:30Z',
  ]))

test('what comes every half hour does so in the hour that is there twice, too', async () =>
  assert.deepEqual(await times(berlin('*/30 * * * *'), '2026-10-24T23:40Z', 5), [
    '2026-10-25T00:00Z',
    '2026-10-25T00:30Z',
    '2026-10-25T01:00Z',
    '2026-10-25T01:30Z',
    '2026-10-25T02:00Z',
  ]))

test('29 February comes in leap years, and 2100 is none', async () =>
  assert.deepEqual(await times({ cron: '0 9 29 2 *', zone: 'UTC' }, '2090-01-01T00:00Z', 4), [
    '2092-02-29T09:00Z',
    '2096-02-29T09:00Z',
    '2104-02-29T09:00Z',
    '2108-02-29T09:00Z',
  ]))

test('weekdays have names and numbers', async () => {
  const expected = ['2026-11-30T06:00Z', '2026-12-04T06:00Z']
  assert.deepEqual(await times(berlin('0 7 * * MON,FRI'), '2026-11-28T00:00Z', 2), expected)
  assert.deepEqual(await times(berlin('0 7 * * 1,5'), '2026-11-28T00:00Z', 2), expected)
})

test('a step of minutes goes on from when it was due, and skips what was missed', async () => {
  const rule = { minutes: 15 }
  const due = at('2026-11-28T10:00Z')
  assert.equal(await nextTime(rule, due + 1), due + 1 + 15 * MINUTE_MS)
  assert.equal(await nextTime(rule, due + 200, due), due + 15 * MINUTE_MS)
  assert.equal(await nextTime(rule, due + 50 * MINUTE_MS, due), due + 60 * MINUTE_MS)
})

test('a clock that was put back a little repeats nothing', async () => {
  const due = at('2026-11-28T06:00Z')
  assert.equal(await nextTime(berlin('0 7 * * *'), due - 90_000, due), due + DAY_MS)
  assert.equal(await nextTime({ minutes: 15 }, due - 90_000, due), due + 15 * MINUTE_MS)
})

test('a clock that was a year ahead makes nothing wait for a year', async () => {
  const now = at('2026-11-28T05:00Z')
  const due = now + 365 * DAY_MS
  assert.equal(await nextTime(berlin('0 7 * * *'), now, due), at('2026-11-28T06:00Z'))
  assert.equal(await nextTime({ minutes: 15 }, now, due), now + 15 * MINUTE_MS)
})

const refused: [given: unknown, message: RegExp][] = [
  [undefined, /is \{"cron", "zone"\} or \{"minutes"\}/],
  ['0 7 * * *', /is \{"cron"/],
  [[], /A rule/],
  [{}, /five fields/],
  [{ cron: 7 }, /five fields/],
  [{ cron: '* * * * * *' }, /five fields/],
  [{ cron: '@daily' }, /five fields/],
  [{ cron: '0  7 * * *' }, /five fields/],
  [{ cron: `0 7 * * ${'1,'.repeat(60)}1` }, /five fields/],
  [{ cron: '61 7 * * *' }, /"61 7 \* \* \*" can't be read as cron: .*61/],
  [{ cron: '0 7 * * 8' }, /can't be read as cron/],
  [{ cron: '*/0 * * * *' }, /can't be read as cron/],
  [{ cron: '0 0 30 2 *' }, /never comes/],
  [{ cron: '0 7 * * *', zone: 'Nowhere/Town' }, /IANA name/],
  [{ cron: '0 7 * * *', zone: 3 }, /IANA name/],
  [{ cron: '0 7 * * *', minutes: 5 }, /either/],
  [{ cron: '0 7 * * *', seconds: 5 }, /no "seconds"/],
  [{ minutes: 0 }, /whole number from 1/],
  [{ minutes: 0.5 }, /whole number/],
  [{ minutes: '5' }, /whole number/],
  [{ minutes: Number.POSITIVE_INFINITY }, /whole number/],
  [{ minutes: 1e9 }, /whole number/],
  [{ minutes: 5, zone: 'UTC' }, /either/],
]
for (const [given, message] of refused)
  test(`${JSON.stringify(given)?.slice(0, 60)} is no rule`, async () => {
    await assert.rejects(readRule(given, at('2026-11-28T00:00Z')), { name: 'RpcError', message })
  })

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/Havana', // skips midnight
  'America/St_Johns',
  'Australia/Lord_Howe', // by half an hour
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'UTC',
]
const zone = fc.constantFrom(...ZONES)
const instant = fc.integer({ min: at('2024-01-01T00:00Z'), max: at('2029-01-01T00:00Z') })

function local(time: number, timeZone: string) {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    minute: 'numeric',
    hour: 'numeric',
    day: 'numeric',
    month: 'numeric',
    year: 'numeric',
  }).formatToParts(time)
  return Object.fromEntries(parts.map(({ type, value }) => [type, value]))
}
/** The days of the calendar, counted. */
function dayOf(time: number, timeZone: string): number {
  const { year, month, day } = local(time, timeZone)
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS
}
const offset = (time: number, timeZone: string): string | undefined =>
  new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(time)
    .find(({ type }) => type === 'timeZoneName')?.value

test('a rule for a time of day comes once on each day, whatever the clock does there', () =>
  fc.assert(
    fc.asyncProperty(
      zone,
      instant,
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      async (zone, from, hour, minute) => {
        const rule = { cron: `${minute} ${hour} * * *`, zone }
        let now = (await nextTime(rule, from)) ?? Number.NaN
        for (let i = 0; i < 40; i++) {
          const next = (await nextTime(rule, now)) ?? Number.NaN
          assert.equal(dayOf(next, zone), dayOf(now, zone) + 1, `after ${new Date(now).toISOString()}`)
          if (offset(next - DAY_MS, zone) === offset(next, zone))
            assert.deepEqual(
              [Number(local(next, zone).hour), Number(local(next, zone).minute)],
              [hour, minute],
            )
          now = next
        }
      },
    ),
    { numRuns: 60 },
  ))

const steps = fc.constantFrom('*', '*/2', '*/7', '*/15', '0', '13', '59', '5-9', '0,30')
const hours = fc.constantFrom('*', '*/6', '2', '0-3', '23')
const weekdays = fc.constantFrom('*', 'MON-FRI', '0', '6,7')

test('a rule never comes more often than once a minute, and only later than asked', () =>
  fc.assert(
    fc.asyncProperty(zone, instant, steps, hours, weekdays, async (zone, from, minute, hour, weekday) => {
      const rule = { cron: `${minute} ${hour} * * ${weekday}`, zone }
      assert.deepEqual(await readRule(rule, from), rule)
      let now = from
      for (let i = 0; i < 10; i++) {
        const next = (await nextTime(rule, now)) ?? Number.NaN
        assert.ok(i === 0 ? next > now : next - now >= MINUTE_MS)
        assert.equal(next % MINUTE_MS, 0)
        now = next
      }
    }),
    { numRuns: 100 },
  ))

test('whatever text is given as cron is read within bounds, or refused with a reason', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom(...'0123456789*,-/#LW'), maxLength: 8 }), {
        minLength: 5,
        maxLength: 5,
      }),
      async (fields) => {
        try {
          await readRule({ cron: fields.join(' '), zone: 'Europe/Berlin' }, at('2026-11-28T00:00Z'))
        } catch (error) {
          assert.equal((error as Error).name, 'RpcError')
        }
      },
    ),
    { numRuns: 500 },
  ))
