import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readJson } from './json.ts'
import { told } from './testing/blocks.ts'

const blocks = (text: string) => told(readJson(text))

describe('JSON', () => {
  test('is the members of its objects, below the keys that lead there', () => {
    assert.deepEqual(
      blocks('{"name": "x", "scripts": {"test": "make", "lint": {"a": [1, 2]}}, "last": true}'),
      [
        ['', '{"name": "x",'],
        ['scripts', '"scripts": {"test": "make",'],
        ['scripts', '"lint": {"a": [1, 2]}}'],
        ['', ', "last": true}'],
      ],
    )
  })

  test('is one block for each record of a list', () => {
    assert.deepEqual(blocks('[{"a": 1, "b": 2},\n {"a": 3}]'), [
      ['', '[{"a": 1, "b": 2},'],
      ['', '{"a": 3}]'],
    ])
    assert.deepEqual(blocks('{"people": [{"a": 1, "b": 2}, {"a": 3}]}'), [
      ['people', '{"people": [{"a": 1, "b": 2},'],
      ['people', '{"a": 3}]'],
    ])
  })

  test('is one block a line where each line is a value', () => {
    assert.deepEqual(blocks('{"id": 1}\n{"id": 2}\n\n"three"\n'), [
      ['', '{"id": 1}'],
      ['', '{"id": 2}'],
      ['', '"three"'],
    ])
  })

  test('shows letters that were written as numbers', () => {
    assert.deepEqual(
      blocks('{"name": "M\\u00fcller \\ud83d\\ude42\\nsecond \\"line\\"", "half": "\\ud83d"}'),
      [
        ['', '{"name": "Müller 🙂\nsecond "line"",'],
        ['', '"half": "\ufffd"}'],
      ],
    )
  })

  test('is read where it is cut off, has comments, or was never JSON', () => {
    assert.deepEqual(blocks('{"a": "one", "b": {"c": "tw'), [
      ['', '{"a": "one",'],
      ['b', '"b": {"c": "tw'],
    ])
    assert.deepEqual(blocks('// isn\'t "proper\n{"a": 1}').at(-1), ['', '{"a": 1}'])
    assert.deepEqual(blocks('}}]],,:: words {'), [['', '}}]],,:: words {']])
  })

  test('has all of its text in its blocks, in order, whatever it is', () => {
    const parts = fc.array(
      fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '\n', ' ', 'a', '1', '"k":'),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          parts.map((all) => all.join('')),
          fc.jsonValue().map((value) => JSON.stringify(value, null, 1)),
        ),
        (text) => {
          let at = 0
          for (const { start, end } of readJson(text)) {
            assert.equal(start, at)
            assert.ok(end > start)
            at = end
          }
          assert.match(text.slice(at), /^[\s{}[\],:]*$/)
        },
      ),
    )
  })
})
