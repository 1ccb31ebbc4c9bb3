import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Harness, harness } from '../../framework/harness.ts'
import { compileValidators } from '../../framework/testing/compile-validators.ts'
import { FakeClock } from '../../framework/testing/fake-clock.ts'
import { server } from './server.ts'
import { systemZone } from './zone-names.ts'
import type { Moment } from './zones.ts'

const validators = compileValidators(server)

interface Answer {
  content: { text: string }[]
  isError?: boolean
  structuredContent?: unknown
}
interface Conversion {
  source: Moment
  target: Moment
  time_difference: string
  note?: string
}

/** The server at a fixed instant. */
const at = (instant: string): Promise<Harness> =>
  harness(server, validators, { clock: new FakeClock(instant) })

async function ask(running: Harness, name: string, args: object): Promise<Answer> {
  return (await running.connection.request('tools/call', { name, arguments: args })) as unknown as Answer
}

async function convert(running: Harness, args: object): Promise<Conversion> {
  const answer = await ask(running, 'convert_time', args)
  assert.equal(answer.isError, undefined, answer.content[0]?.text)
  return answer.structuredContent as Conversion
}

test('the current time is given in the zone that is asked for, in summer and in winter', async () => {
  for (const [instant, timezone, datetime, day_of_week, is_dst] of [
    ['2026-07-01T22:30:15.900Z', 'Europe/Berlin', '2026-07-02T00:30:15+02:00', 'Thursday', true],
    ['2026-01-01T12:00:00Z', 'Europe/Berlin', '2026-01-01T13:00:00+01:00', 'Thursday', false],
    ['2026-01-01T12:00:00Z', 'Australia/Lord_Howe', '2026-01-01T23:00:00+11:00', 'Thursday', true],
    ['2026-07-01T12:00:00Z', 'Australia/Lord_Howe', '2026-07-01T22:30:00+10:30', 'Wednesday', false],
    ['2026-07-01T12:00:00Z', 'Europe/Dublin', '2026-07-01T13:00:00+01:00', 'Wednesday', true],
    ['2026-07-01T12:00:00Z', 'America/St_Johns', '2026-07-01T09:30:00-02:30', 'Wednesday', true],
    ['2026-07-01T12:00:00Z', 'Asia/Kathmandu', '2026-07-01T17:45:00+05:45', 'Wednesday', false],
    ['2026-07-01T00:00:00Z', 'UTC', '2026-07-01T00:00:00+00:00', 'Wednesday', false],
  ] as const) {
    await using running = await at(instant)
    const { structuredContent, content } = await ask(running, 'get_current_time', { timezone })
    assert.deepEqual(structuredContent, { timezone, datetime, day_of_week, is_dst })
    assert.deepEqual(JSON.parse(content[0]?.text ?? ''), structuredContent)
  }
})

test('without a zone, the time is given in that of the machine', async () => {
  await using running = await at('2026-07-01T12:00:00Z')
  const { structuredContent } = await ask(running, 'get_current_time', {})
  const { timezone, datetime } = structuredContent as Moment
  assert.equal(timezone, systemZone())
  assert.equal(Date.parse(datetime), Date.parse('2026-07-01T12:00:00Z'))
})

test('a time is converted, on the date that the source zone has now', async () => {
  await using running = await at('2026-02-28T20:00:00Z')
  assert.deepEqual(
    await convert(running, { source_timezone: 'Asia/Tokyo', time: '04:30', target_timezone: 'UTC' }),
    {
      source: {
        timezone: 'Asia/Tokyo',
        datetime: '2026-03-01T04:30:00+09:00',
        day_of_week: 'Sunday',
        is_dst: false,
      },
      target: {
        timezone: 'UTC',
        datetime: '2026-02-28T19:30:00+00:00',
        day_of_week: 'Saturday',
        is_dst: false,
      },
      time_difference: '-9.0h',
    },
  )
})

test('the difference between two zones is given in hours, and is that of the given date', async () => {
  await using running = await at('2026-01-01T00:00:00Z')
  for (const [source_timezone, target_timezone, date, difference] of [
    ['UTC', 'Asia/Tokyo', '2026-01-01', '+9.0h'],
    ['UTC', 'Asia/Kathmandu', '2026-01-01', '+5.75h'],
    ['UTC', 'America/St_Johns', '2026-01-01', '-3.5h'],
    ['Europe/London', 'America/New_York', '2026-03-20', '-4.0h'],
    ['Europe/London', 'America/New_York', '2026-04-20', '-5.0h'],
    ['UTC', 'Europe/London', '2026-01-01', '+0.0h'],
  ] as const) {
    const result = await convert(running, { source_timezone, time: '9:00', target_timezone, date })
    assert.equal(result.time_difference, difference)
  }
})

test('a time that the clock skips is taken as if it had not been put forward, and the result says so', async () => {
  await using running = await at('2026-01-01T00:00:00Z')
  const args = {
    source_timezone: 'Europe/Berlin',
    time: '02:30',
    target_timezone: 'UTC',
    date: '2026-03-29',
  }
  const { source, target, note } = await convert(running, args)
  assert.equal(source.datetime, '2026-03-29T03:30:00+02:00')
  assert.equal(target.datetime, '2026-03-29T01:30:00+00:00')
  assert.match(note ?? '', /02:30 does not exist .* Europe\/Berlin/)
  assert.match((await ask(running, 'convert_time', args)).content[0]?.text ?? '', /does not exist/)
})

test('of a time that comes twice the first is taken, and the result says so', async () => {
  await using running = await at('2026-01-01T00:00:00Z')
  const { source, note } = await convert(running, {
    source_timezone: 'America/New_York',
    time: '01:30',
    target_timezone: 'UTC',
    date: '2026-11-01',
  })
  assert.equal(source.datetime, '2026-11-01T01:30:00-04:00')
  assert.match(note ?? '', /comes twice/)
})

test('a whole day that a zone skipped is taken as if it had not been skipped', async () => {
  await using running = await at('2026-01-01T00:00:00Z')
  const { source, note } = await convert(running, {
    source_timezone: 'Pacific/Apia',
    time: '12:00',
    target_timezone: 'UTC',
    date: '2011-12-30',
  })
  assert.equal(source.datetime, '2011-12-31T12:00:00+14:00')
  assert.match(note ?? '', /does not exist/)
})

test('converting a time there and back gives the same instant and the same time', async () => {
  await using running = await at('2026-01-01T00:00:00Z')
  const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
  const two = (n: number) => String(n).padStart(2, '0')
  const time = fc.tuple(fc.nat(23), fc.nat(59)).map(([h, m]) => `${two(h)}:${two(m)}`)
  const date = fc
    .date({ min: new Date('1990-01-01'), max: new Date('2040-12-31'), noInvalidDate: true })
    .map((day) => day.toISOString().slice(0, 10))
  await fc.assert(
    fc.asyncProperty(zone, zone, time, date, async (source_timezone, target_timezone, time, date) => {
      const there = await convert(running, { source_timezone, time, target_timezone, date })
      assert.equal(Date.parse(there.source.datetime), Date.parse(there.target.datetime))
      if (there.note === undefined) assert.ok(there.source.datetime.startsWith(`${date}T${time}:00`))
      const [day = '', clock = ''] = there.target.datetime.split('T')
      const back = await convert(running, {
        source_timezone: target_timezone,
        time: clock.slice(0, 5),
        target_timezone: source_timezone,
        date: day,
      })
      // Where the target's clock shows that time twice, the way back may lead to the other.
      if (back.note === undefined) assert.deepEqual(back.target, there.source)
    }),
    { numRuns: 200 },
  )
})

test('a zone that does not exist is refused, with the names of zones like it', async () => {
  await using running = await at('2026-01-01T00:00:00Z')
  for (const [timezone, expected] of [
    ['Europe/Berln', /Europe\/Berlin/],
    ['tokyo', /Asia\/Tokyo/],
    ['US/New York', /America\/New_York/],
    ['Tokio', /Asia\/Tokyo/],
    ['+02:00', /IANA/],
    ['', /IANA/],
    ['Nowhere/Atlantis-on-Sea', /IANA/],
  ] as const) {
    const answer = await ask(running, 'get_current_time', { timezone })
    assert.equal(answer.isError, true)
    assert.match(answer.content[0]?.text ?? '', expected)
  }
})

test('a date or a time that does not exist is refused', async () => {
  await using running = await at('2026-01-01T00:00:00Z')
  const args = { source_timezone: 'UTC', time: '12:00', target_timezone: 'Asia/Tokyo' }
  for (const [change, expected] of [
    [{ date: '2026-02-30' }, /2026-02-30/],
    [{ date: 'tomorrow' }, /date/],
    [{ time: '24:00' }, /time/],
    [{ time: 'noon' }, /time/],
  ] as const) {
    const answer = await ask(running, 'convert_time', { ...args, ...change })
    assert.equal(answer.isError, true)
    assert.match(answer.content[0]?.text ?? '', expected)
  }
})
