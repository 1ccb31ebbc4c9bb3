import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { has } from './code-points.ts'
import { Languages, type State, TooLarge } from './languages.ts'
import { languageOfPattern, regExpOf, Unwritable } from './patterns.ts'

function accepts(states: readonly State[] | undefined, text: string): boolean {
  let state = states?.[0]
  for (const character of text) {
    const point = character.codePointAt(0) as number
    const to = state?.next.find(({ ranges }) => has(ranges, point))?.to
    state = to === undefined ? undefined : states?.[to]
  }
  return state?.accepts === true
}

/** A text that the automaton leads to, chosen by numbers. */
function walk(states: readonly State[], choices: readonly number[]): string {
  let state = states[0] as State
  let text = ''
  for (const choice of choices) {
    if (state.next.length === 0) break
    const { ranges, to } = state.next[choice % state.next.length] as State['next'][number]
    const [first, last] = ranges[choice % ranges.length] as readonly [number, number]
    text += String.fromCodePoint(first + (choice % (last - first + 1)))
    state = states[to] as State
  }
  return text
}

/** As zod, pydantic and people write them. */
const PATTERNS = [
  '^[a-z]+$',
  'a.c',
  '^a|b$',
  '(foo|bar)+',
  '^(?!admin)[a-z]{3,8}$',
  '^\\+?[1-9]\\d{1,14}$',
  '^[A-Z]{2}\\d{2}[A-Z0-9]{11,30}$',
  '^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$',
  '^#([0-9a-f]{3}|[0-9a-f]{6})$',
  '^(?=.*\\d)(?=.*[a-z]).{4,8}$',
  '^\\p{Lu}\\p{L}*$',
  '^[^"\\\\]*$',
  '^(?P<year>\\d{4})\\-(?P<month>0[1-9]|1[0-2])\\Z',
  '^(a*)*b?$',
  '^x*^y',
  'é|😀',
  '^P(?:(\\d+W)|(?!.*W)(?=\\d|T\\d)(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+([.,]\\d+)?S)?)?)$',
  '\\s\\S\\w\\W\\D',
  "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
]

for (const pattern of PATTERNS)
  test(`the automaton of ${pattern} accepts what the pattern finds, and nothing else`, () => {
    const languages = new Languages()
    const states = languages.automaton(languageOfPattern(languages, pattern)) as State[]
    const regExp = regExpOf(pattern)
    const text = fc.oneof(
      fc.array(fc.nat(1000), { maxLength: 20 }).map((choices) => walk(states, choices)),
      fc.string({ unit: fc.constantFrom(...'ab0c1.-+@F#"\\é😀 yx\n'), maxLength: 10 }),
    )
    fc.assert(
      fc.property(text, (given) => {
        assert.equal(accepts(states, given), regExp.test(given), JSON.stringify(given))
      }),
    )
  })

test('what a grammar can’t hold is reported', () => {
  const languages = new Languages()
  for (const pattern of ['(a)\\1', '(?<=a)b', '\\bword\\b', '(?:a(?=b))*'])
    assert.throws(() => languageOfPattern(languages, pattern), Unwritable, pattern)
  assert.throws(() => languageOfPattern(languages, '('), SyntaxError)
  assert.throws(() => languages.automaton(languageOfPattern(languages, 'a{5000}')), TooLarge)
  assert.throws(() => languages.automaton(languageOfPattern(languages, '(a|b)*a(a|b){20}')), TooLarge)
  assert.equal(languages.automaton(languageOfPattern(languages, 'a^b')), undefined)
})

test('any pattern that can be written gives an automaton that agrees with it, or is refused', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '(a|b)',
    '(?:ab)?',
    'a*',
    'b+',
    'a{1,2}',
    '^',
    '$',
    '(?=a)',
    '(?!b)',
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 6 }),
      fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 }),
      (pieces, text) => {
        const pattern = pieces.join('')
        const languages = new Languages()
        const states = languages.automaton(languageOfPattern(languages, pattern))
        const given = text.join('')
        assert.equal(accepts(states, given), regExpOf(pattern).test(given), `${pattern} on ${given}`)
      },
    ),
    { numRuns: 1000 },
  )
})

test('multiples of a step are recognised by their digits', () => {
  const languages = new Languages()
  const of = (by: number, decimals: number) => languages.automaton(languages.multiples({ by, decimals }))
  for (let n = 0; n < 200; n++) assert.equal(accepts(of(7, 0), String(n)), n % 7 === 0, String(n))
  for (const [text, fits] of [
    ['1.25', true],
    ['1.2', false],
    ['1.5', true],
    ['3', true],
    ['0.005', false],
  ] as const)
    assert.equal(accepts(of(25, 2), text), fits, text)
})
