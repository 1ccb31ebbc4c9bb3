import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchTemplate } from '../../../protocol/uri-template.ts'
import { FILE_TEMPLATE, readUri, uriOf } from './uri.ts'

test('a URI names a file and its lines, whatever its name is', () => {
  assert.equal(uriOf('/a b#1 (2).md', { startLine: 3, endLine: 9 }), 'fs:///a%20b%231%20%282%29.md#L3-L9')
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('/'))
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(), (names, first, more) => {
      const path = `/${names.join('/')}`
      const lines = { startLine: first + 1, endLine: Math.min(first + 1 + more, 9_999_999_999) }
      const uri = uriOf(path, lines)
      assert.deepEqual(readUri(uri), { path, lines })
      assert.deepEqual(readUri(uriOf(path)), { path })
      assert.match(uri, /^[!-~]+$/)
      assert.ok(matchTemplate(FILE_TEMPLATE, uri))
    }),
  )
})

test('what is no URI of a file is none', () => {
  for (const uri of [
    'file:///a',
    'fs://a',
    'fs:///a?b',
    'fs:///a#b',
    'fs:///a#L0',
    'fs:///a#page=0',
    'fs:///a#page=7-9',
    'fs:///a#L9-L3',
    'fs:///a#L1-L2-L3',
    'fs:///%zz',
    'fs:///a#L99999999999',
  ])
    assert.equal(readUri(uri), undefined, uri)
  for (const kind of ['page', 'sheet', 'slide', 'chapter'] as const) {
    assert.equal(uriOf('/a.b', { kind, number: 7 }), `fs:///a.b#${kind}=7`)
    assert.deepEqual(readUri(`fs:///a.b#${kind}=7`), { path: '/a.b', part: { kind, number: 7 } })
  }
  assert.deepEqual(readUri('fs:///a#L7')?.lines, { startLine: 7, endLine: 7 })
  assert.deepEqual(readUri('fs:///a#L7-9')?.lines, { startLine: 7, endLine: 9 })
})
