import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { documentContract } from '../testing/document.contract.ts'
import { readIcs } from './ics.ts'
import { ruleInWords } from './words.ts'

/** As other programs write it, with lines folded and a zone described. */
const CALENDAR = `BEGIN:VCALENDAR
VERSION:2.0
X-WR-CALNAME:Family\\, and work
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20261127T090000
DTEND;TZID=Europe/Berlin:20261127T103000
SUMMARY:Meeting about the
  boat
LOCATION:Room 5\\; upstairs
ORGANIZER;CN="Ada: Lovelace":mailto:ada@example.org
ATTENDEE;ROLE=REQ-PARTICIPANT;CN=Bob:MAILTO:bob@example.org
ATTENDEE:mailto:carol@example.org
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;UNTIL=20261231T000000Z
EXDATE;TZID=Europe/Berlin:20261204T090000,20261218T090000
STATUS:CONFIRMED
DESCRIPTION:First line\\nsecond\\\\line
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:Christmas
END:VEVENT
BEGIN:VTODO
SUMMARY:Pay
DUE:20261130T120000Z
END:VTODO
BEGIN:VJOURNAL
DTSTART;VALUE=DATE:20261101
DESCRIPTION:It rained.
END:VJOURNAL
END:VCALENDAR
`.replaceAll('\n', '\r\n')

const told = (text: string) => [...readIcs(text)].map((block) => `${block.kind}: ${block.text}`)
const event = (...lines: string[]) =>
  told(['BEGIN:VCALENDAR', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR'].join('\n'))[1]

documentContract([
  { name: 'family.ics', bytes: Buffer.from(CALENDAR), format: 'calendar', says: 'Room 5; upstairs' },
])

describe('a calendar', () => {
  test('has its name, events, tasks and journals, without alarms and zones', () => {
    assert.deepEqual(told(CALENDAR), [
      'title: Family, and work',
      'heading: Meeting about the boat',
      [
        'paragraph: When: Friday 2026-11-27 09:00 to 10:30 (Europe/Berlin)',
        'Repeats: every 2 weeks on Monday and Friday, until 2026-12-31',
        'Not on: Friday 2026-12-04 09:00 (Europe/Berlin), Friday 2026-12-18 09:00 (Europe/Berlin)',
        'Where: Room 5; upstairs',
        'Organizer: Ada: Lovelace <ada@example.org>',
        'Attendees: Bob <bob@example.org>, carol@example.org',
        'Status: confirmed',
        '',
        'First line\nsecond\\line',
      ].join('\n'),
      'heading: Christmas',
      'paragraph: When: Thursday 2026-12-24 to Saturday 2026-12-26',
      'heading: Pay',
      'paragraph: Due: Monday 2026-11-30 12:00 (UTC)',
      'heading: Journal',
      'paragraph: When: Sunday 2026-11-01\n\nIt rained.',
    ])
  })

  test('says where each entry lies', () => {
    for (const { kind, text, start, end } of readIcs(CALENDAR)) {
      const lies = CALENDAR.slice(start, end)
      if (kind === 'heading') assert.match(lies, /^BEGIN:V(?:EVENT|TODO|JOURNAL)\s*$/)
      if (kind === 'paragraph') assert.match(lies, /END:V(?:EVENT|TODO|JOURNAL)\s*$/, text)
    }
  })

  test('that is cut off has what was read until then', () => {
    assert.deepEqual(told('BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Half\nDTSTART:20261127T09'), [
      'heading: Half',
      'paragraph: When: 20261127T09',
    ])
  })
})

describe('a time', () => {
  for (const [lines, shown] of [
    [['DTSTART:20261127T090000'], 'Friday 2026-11-27 09:00'],
    [
      ['DTSTART:20261127T230000Z', 'DTEND:20261128T010000Z'],
      'Friday 2026-11-27 23:00 to Saturday 2026-11-28 01:00 (UTC)',
    ],
    [
      ['DTSTART;TZID=Asia/Tokyo:20261127T090000', 'DTEND:20261127T010000Z'],
      'Friday 2026-11-27 09:00 (Asia/Tokyo) to Friday 2026-11-27 01:00 (UTC)',
    ],
    [
      ['DTSTART:20261127T090000Z', 'DURATION:P1DT2H30M'],
      'Friday 2026-11-27 09:00 (UTC), 1 day 2 hours 30 minutes',
    ],
    [['DTSTART;VALUE=DATE:20261127', 'DTEND;VALUE=DATE:20261128'], 'Friday 2026-11-27'],
    [['DTSTART;VALUE=DATE:20261127'], 'Friday 2026-11-27'],
    [['DTSTART:tomorrow'], 'tomorrow'],
  ] as const)
    test(`${lines.join(' ')} is ${shown}`, () => assert.equal(event(...lines), `paragraph: When: ${shown}`))
})

describe('a rule', () => {
  for (const [rule, words] of [
    ['FREQ=DAILY', 'every day'],
    ['FREQ=DAILY;COUNT=10', 'every day, 10 times'],
    ['FREQ=MONTHLY;BYDAY=1MO,-1FR', 'every month on the first Monday and the last Friday'],
    ['FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15,-1', 'every 3 months on day 15 and the last day'],
    ['FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;WKST=SU', 'every year on the last Sunday in March'],
    ['FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1', 'every month on Monday, BYSETPOS=-1'],
    ['FREQ=SOMETIMES', 'FREQ=SOMETIMES'],
  ] as const)
    test(`${rule} is ${words}`, () => assert.equal(ruleInWords(rule), words))
})

describe('bad input', () => {
  test('such as lines without end, entries in entries, and attached files, is read in time that grows with its length', () => {
    for (const text of [
      `BEGIN:VCALENDAR\n${'BEGIN:VEVENT\n'.repeat(200_000)}`,
      `BEGIN:VEVENT\nATTACH;ENCODING=BASE64:${'A'.repeat(2_000_000)}\nEND:VEVENT`,
      `BEGIN:VEVENT\nDESCRIPTION:x\n${' y\n'.repeat(500_000)}END:VEVENT`,
      `BEGIN:VEVENT\n${'ATTENDEE:mailto:a@example.org\n'.repeat(100_000)}END:VEVENT`,
      `BEGIN:VEVENT\nX${';A="'.repeat(100_000)}:1\nEND:VEVENT`,
      `BEGIN:VEVENT\nX;A=${'b,'.repeat(30_000)}\nRRULE:${'FREQ=DAILY;'.repeat(5000)}\nEND:VEVENT`,
    ])
      assert.ok(told(text).join().length < 500_000)
  })

  test('of any kind is read', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'BEGIN:VEVENT',
        'END:VEVENT',
        'BEGIN:VALARM',
        'END:VCALENDAR',
        'SUMMARY:a',
        ' folded',
        'DTSTART:99999999T999999Z',
      ),
      fc.string({ maxLength: 20 }).map((value) => `RRULE:FREQ=${value}`),
      fc.string({ maxLength: 30 }),
    )
    fc.assert(fc.property(fc.array(line, { maxLength: 30 }), (lines) => void told(lines.join('\n'))))
  })
})
