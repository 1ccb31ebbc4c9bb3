import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactTest } from './exact.ts'
import { plain } from './question.ts'

const has = (text: string, exact: string) => exactTest(plain(exact))(plain(text))

test('an identifier is found however its parts are joined', () => {
  for (const text of ['shows E-4711.', 'error e4711', 'E 4711', '(E_4711)'])
    for (const exact of ['E-4711', 'E4711']) assert.ok(has(text, exact), `${text}: ${exact}`)
})

test('and not as a part of a longer one', () => {
  for (const text of ['E-47111', 'BE-4711', 'E-471', '4711', 'the 4711', 'E-4711b'])
    assert.ok(!has(text, 'E-4711'), text)
  assert.ok(!has('it costs 21480 euros', '1480'))
})

test('a phrase is its words, one after the other', () => {
  assert.ok(has('It is paid  back,\nwithin half a year.', 'paid back within half a year'))
  assert.ok(!has('It is paid half back within a year.', 'paid back within half a year'))
})

test('whatever words stand in a text are found in it', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z]{1,8}([-_.: ][a-z0-9]{1,8}){0,4}$/),
      fc.string(),
      (exact, around) => {
        assert.ok(has(`${around} ${exact} ${around}`, exact))
      },
    ),
  )
})
