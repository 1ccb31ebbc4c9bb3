import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../host/config/error.ts'
import { Opening, OpeningError } from './opening.ts'

function setUp() {
  const events: string[] = []
  const opening = new Opening({ error: (fields, text) => void events.push(`${text}: ${messageIn(fields)}`) })
  const open = (what: string) =>
    opening.open(
      what,
      () => void events.push(`opened ${what}`),
      async () => {
        await Promise.resolve()
        events.push(`released ${what}`)
      },
    )
  return { events, opening, open }
}

const messageIn = (fields: object): string => (fields as { err: Error }).err.message

test('what was opened is released in reverse, one after the other, and once', async () => {
  const { events, opening, open } = setUp()
  for (const what of ['a', 'b', 'c']) await open(what)
  await Promise.all([opening.release(), opening.release()])
  assert.deepEqual(events, ['opened a', 'opened b', 'opened c', 'released c', 'released b', 'released a'])
})

test('what can not be released is logged by its name, and the rest is released', async () => {
  const { events, opening, open } = setUp()
  await open('a')
  await opening.open(
    'b',
    () => {},
    () => Promise.reject(new Error('stuck')),
  )
  await opening.release()
  assert.deepEqual(events, ['opened a', 'could not release b: stuck', 'released a'])
})

test('what can not be opened is named, by whoever knows best, and is not released', async () => {
  const { events, opening, open } = setUp()
  await open('a')
  const cause = new Error('the disk is gone')
  const inner = () =>
    opening.open(
      'its database',
      () => Promise.reject(cause),
      () => assert.fail('not opened'),
    )
  await assert.rejects(
    opening.open('its server', inner, () => assert.fail('not opened')),
    (error) => {
      assert.ok(error instanceof OpeningError)
      assert.equal(error.message, "It can't start without its database: the disk is gone")
      assert.equal(error.cause, cause)
      return true
    },
  )
  await opening.release()
  assert.deepEqual(events, ['opened a', 'released a'])
})

for (const [thrown, status, name] of [
  [new ConfigError('a line'), 78, 'CONFIG'],
  [new Error('not to be had'), 69, 'UNAVAILABLE'],
  [new TypeError('undefined is no function'), 70, 'SOFTWARE'],
  ['a text', 70, 'SOFTWARE'],
] as const)
  test(`where ${thrown} is thrown, the status is that of ${name}`, async () => {
    const { opening } = setUp()
    await assert.rejects(
      opening.open('it', () => {
        throw thrown
      }),
      { status },
    )
  })
