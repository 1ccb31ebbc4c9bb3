import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readTarget } from './target.ts'

test('every spelling of a target is read as the same', () => {
  for (const url of ['/mcp', '/mcp/', '/%6dcp', '/m%63p/', 'http://box:8000/mcp', 'HTTPS://box:8000/mcp/'])
    assert.equal(readTarget(url).path, '/mcp', url)
  assert.deepEqual(readTarget('http://box:8000?tools=search'), {
    path: '/',
    query: 'tools=search',
    authority: 'box:8000',
  })
  assert.deepEqual(readTarget('/mcp/?a=%6d/'), { path: '/mcp', query: 'a=%6d/', authority: undefined })
})

test('what has a meaning stays as it is', () => {
  for (const path of ['/', '/v1/models/a%2Fb', '/mcp/tools/a%20b', '*', '/%zz', '/http://box/mcp'])
    assert.equal(readTarget(path).path, path)
  assert.equal(readTarget('/http://box/mcp').authority, undefined)
})

test('whatever comes is read, and what was read is read as itself', () => {
  fc.assert(
    fc.property(fc.webUrl(), fc.string(), (url, text) => {
      readTarget(text)
      const { path, authority } = readTarget(url)
      assert.equal(authority, new URL(url).host)
      assert.ok(path.startsWith('/'))
    }),
  )
})
