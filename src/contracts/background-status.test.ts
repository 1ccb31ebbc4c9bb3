import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AWAKE, MOST_WORKS, statusOf, WORK_NAME, worksIn } from './background-status.ts'

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const work = fc.record(
  {
    name: fc.stringMatching(WORK_NAME),
    since: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
    far: fc.oneof(fc.constant({}), fc.record({ done: count }), fc.record({ done: count, total: count })),
  },
  { noNullPrototype: true },
)

test('a status is a line that people can read', () => {
  assert.equal(statusOf([]), AWAKE)
  assert.equal(
    statusOf([
      { name: 'index', since: Date.UTC(2026, 10, 28, 20, 11, 5, 123), done: 45, total: 100 },
      { name: 'sync', since: Date.UTC(2026, 10, 28, 20, 12) },
    ]),
    'works in the background: index since 2026-11-28T20:11:05Z, 45 of 100; sync since 2026-11-28T20:12:00Z',
  )
})

test('what a status says of works is read from it again, and fits into what the manager takes', () => {
  fc.assert(
    fc.property(fc.array(work, { maxLength: MOST_WORKS }), (given) => {
      const works = given.map(({ name, since, far }) => ({ name, since, ...far }))
      assert.deepEqual(worksIn(statusOf(works)), works)
      assert.ok(statusOf(works).length < 4000)
    }),
  )
})

test('any other text tells of no work', () => {
  for (const text of [
    '',
    'awake',
    'asleep',
    'works in the background: ',
    'works in the background: x since now',
  ])
    assert.deepEqual(worksIn(text), [])
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(worksIn(text))))
})
