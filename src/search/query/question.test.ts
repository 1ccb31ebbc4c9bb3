import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_QUESTION_CHARS, readQuestion } from './question.ts'

const exact: readonly [question: string, exact: readonly string[]][] = [
  ['what does E-4711 mean', ['e-4711']],
  ['where is parse_config in nginx.conf', ['parse_config', 'nginx.conf']],
  ['the error 0x80070643', ['0x80070643']],
  ['exit code 137 after 5 minutes', ['137']],
  ['"piece of luggage" and “two  words”', ['piece of luggage', 'two words']],
  ['»nicht« „so etwas“ `git push`', ['so etwas', 'git push']],
  ['transfer to DE89 3704 0044 0532 0130 00 now', ['de89 3704 0044 0532 0130 00']],
  ['std::vector and fooBar', ['std::vector', 'foobar']],
  ['how do I renew a passport?', []],
  ['"" "!?" ``', []],
]
for (const [question, wanted] of exact)
  test(`${question}: what must stand there is ${wanted.join(', ') || 'nothing'}`, () =>
    assert.deepEqual(readQuestion(question).exact, wanted))

const names: readonly [question: string, names: readonly string[]][] = [
  ['cheap hotels in Tokyo', ['tokyo']],
  ['Tokyo', []],
  ['who lives there? Nobody knows Siemens.', ['siemens']],
  ['WHAT IS THIS', []],
  ['How To Write A Letter', []],
  ['wie lange gilt die Garantie für den Kühlschrank', []],
]
for (const [question, wanted] of names)
  test(`${question}: names are ${wanted.join(', ') || 'none'}`, () =>
    assert.deepEqual(readQuestion(question).names, wanted))

test('without a word there is no question', () => {
  for (const empty of ['', '   ', '\n\t', '🎉🎉', '?!…', '\0', '""'])
    assert.deepEqual(readQuestion(empty), { text: '', words: [], exact: [], names: [] })
})

test('a question of 100 000 characters is cut', () => {
  const { text, words, exact } = readQuestion('word '.repeat(20_000))
  assert.ok(text.length <= MAX_QUESTION_CHARS)
  assert.deepEqual(words, ['word'])
  assert.deepEqual(exact, [])
})

test('no question whatever makes it throw, and what it gives is well-formed and bounded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (question) => {
      const { text, words, exact } = readQuestion(`a_1 "${question}`)
      assert.ok(text.isWellFormed())
      assert.ok(words.length <= 64 && exact.length <= 16)
    }),
    { examples: [['\ud800'], ['"\ud83d'], ['\0'.repeat(50)]] },
  )
})
