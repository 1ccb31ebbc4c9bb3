import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { languageOf } from './prose-language.ts'
import { SAMPLES } from './testing/samples.ts'

describe('the language of a text', () => {
  for (const { language, text } of SAMPLES)
    test(`is found out of a sentence or two (${language}: ${text.slice(0, 20)})`, () =>
      assert.equal(languageOf(text), language))

  test('is distinguished from close ones, or recognised by its script', () => {
    for (const [language, text] of Object.entries({
      he: 'שלום, מה שלומך? מחר ניסע לים עם הילדים.',
      uk: 'Вітаю, як справи? Завтра ми поїдемо на дачу, якщо це не дуже далеко від міста.',
      sv: 'Det är en bok som jag inte har läst, och den är skriven av en man som ska bli känd efter kriget.',
      pt: 'Não sei se ele está em casa, mas você pode perguntar aos vizinhos que também são meus amigos.',
      nl: 'Ik weet niet of hij thuis is, maar je kunt het aan de buren vragen, die ook vrienden van mij zijn.',
    }))
      assert.equal(languageOf(text), language)
  })

  test('is English for this documentation, in spite of its tables and code', () => {
    for (const name of ['README.md', 'docs/protocol.md', 'docs/image.md', 'docs/dependencies.md'])
      assert.equal(languageOf(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')), 'en', name)
  })

  test('is left open where it is not sure', () => {
    for (const text of [
      '',
      'hello',
      'TODO',
      '4711 0815',
      'x = y + z; return foo(bar)',
      'Milk, eggs, bread',
      '🙂🙂🙂🙂🙂',
      'lorem ipsum dolor sit amet',
    ])
      assert.equal(languageOf(text), '', text)
  })
})
