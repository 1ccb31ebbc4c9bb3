import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type JsonPlace, jsonPlace } from './json-place.ts'

const PLACES: [text: string, place: JsonPlace | undefined][] = [
  ['{', { in: 'key', typed: '', taken: [] }],
  ['{"pa', { in: 'key', typed: '"pa', taken: [] }],
  ['{"path"', { in: 'key', typed: '"path"', taken: [] }],
  ['{"path": ', { in: 'value', typed: '', of: 'path' }],
  ['{"path": "/a,b', { in: 'value', typed: '"/a,b', of: 'path' }],
  ['{"path": "/a\\"", ', { in: 'key', typed: '', taken: ['path'] }],
  ['{"a": {"b": [1, 2]}, "c": tr', { in: 'value', typed: 'tr', of: 'c' }],
  ['[', { in: 'value', typed: '', of: 0 }],
  ['["/a", "x', { in: 'value', typed: '"x', of: 1 }],
  ['[["a", "b"], ', { in: 'value', typed: '', of: 1 }],
  ['{"a": {', undefined],
  ['{"a": 1}', undefined],
  ['[1] x', undefined],
  ['{a: ', undefined],
  ['', undefined],
  ['word', undefined],
]
for (const [text, place] of PLACES)
  test(`what goes next in ${JSON.stringify(text)} is known`, () => assert.deepEqual(jsonPlace(text), place))

test('whatever was cut off, what is typed is the end of the text', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, length) => {
      const text = `[${json}`.slice(0, length % (json.length + 1))
      const place = jsonPlace(text)
      assert.ok(place === undefined || text.endsWith(place.typed))
    }),
  )
})
