import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AnswerText } from './answer-text.ts'

/** Pushes a text in pieces; gives what was shown. */
function shown(text: AnswerText, pieces: readonly string[]): string {
  return pieces.map((piece) => text.push(piece)).join('') + text.end()
}

test('a stop is found across pieces, and neither it nor what follows is shown', () => {
  const text = new AnswerText({ stops: ['###'] })
  assert.equal(shown(text, ['one #', '#', '# two']), 'one ')
  assert.equal(text.stopped, true)
  assert.equal(text.shown, 'one ')
})

test('what may yet become a stop waits, and is shown when it does not', () => {
  const text = new AnswerText({ stops: ['END'] })
  assert.equal(text.push('the E'), 'the ')
  assert.equal(text.push('N'), '')
  assert.equal(text.push('T'), 'ENT')
})

test('of several stops the one that is whole first counts, however the text is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '#') })),
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '#'), minLength: 1, maxLength: 3 }), {
        maxLength: 3,
      }),
      (pieces, stops) => {
        const whole = pieces.join('')
        const met = Array.from(whole, (_, i) => whole.slice(0, i + 1))
          .map((soFar) =>
            stops.filter((stop) => soFar.endsWith(stop)).map((stop) => soFar.length - stop.length),
          )
          .find((begins) => begins.length > 0)
        const expected = met ? whole.slice(0, Math.min(...met)) : whole
        assert.equal(shown(new AnswerText({ stops }), pieces), expected)
      },
    ),
  )
})

test('whitespace at the end is left out where it does not belong to the answer', () => {
  assert.equal(shown(new AnswerText({ trimEnd: true }), ['{"a":', ' 1}', '\n', '\n ']), '{"a": 1}')
})

test('text before a call is shown, the call is not, and can be given back', () => {
  const text = new AnswerText({ callOpening: '<call>' })
  assert.equal(text.push('Let me look. <ca'), 'Let me look. ')
  assert.equal(text.push('ll>{'), '')
  assert.equal(text.call, '<call>{')
  assert.equal(text.giveCallBack(), '<call>{')
  assert.equal(text.shown, 'Let me look. <call>{')
})

test('a brace begins a bare call only at the beginning', () => {
  const call = new AnswerText({ bareCalls: true })
  assert.equal(call.push(' '), '')
  assert.equal(call.push('{"name"'), '')
  assert.equal(call.call?.trim(), '{"name"')
  const text = new AnswerText({ bareCalls: true })
  assert.equal(shown(text, ['As JSON: ', '{}']), 'As JSON: {}')
})
