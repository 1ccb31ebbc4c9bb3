import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readTime } from './times.ts'

const NOW = Date.parse('2026-11-28T12:00:00Z')
const DAY = 86_400_000

test('a day, a month and a year cover all of themselves', () => {
  for (const [text, from, before] of [
    ['2026-11-05', [2026, 10, 5], [2026, 10, 6]],
    ['2026-12', [2026, 11, 1], [2027, 0, 1]],
    ['2026', [2026, 0, 1], [2027, 0, 1]],
    [' 2024-02-29 ', [2024, 1, 29], [2024, 2, 1]],
  ] as const)
    assert.deepEqual(readTime(text, NOW), {
      from: new Date(...(from as [number, number, number])).getTime(),
      before: new Date(...(before as [number, number, number])).getTime(),
    })
})

test('a moment is itself, and how long ago is counted from now', () => {
  const moment = (text: string) => readTime(text, NOW)?.from
  assert.equal(moment('2026-11-05T10:00:00Z'), Date.parse('2026-11-05T10:00:00Z'))
  assert.equal(moment('2026-11-05 10:00'), new Date(2026, 10, 5, 10).getTime())
  assert.equal(moment('7d'), NOW - 7 * DAY)
  assert.equal(moment('2 W'), NOW - 14 * DAY)
  assert.equal(moment('12h'), NOW - DAY / 2)
})

test('a day that there is not, and anything else, is none', () => {
  for (const text of [
    '2026-02-30',
    '2026-13',
    '2026-00-01',
    '',
    '7',
    '7x',
    '-7d',
    'soon',
    '2026-11-05T25:00',
    '999999d',
  ])
    assert.equal(readTime(text, NOW), undefined, text)
  fc.assert(
    fc.property(fc.string(), (text) => {
      const time = readTime(text, NOW)
      assert.ok(time === undefined || (Number.isFinite(time.from) && time.from <= time.before))
    }),
  )
})
