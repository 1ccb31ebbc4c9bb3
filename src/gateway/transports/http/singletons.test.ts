import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { HttpError } from './errors.ts'
import { refuseRepeated } from './singletons.ts'

test('a header that means one thing is refused where it comes twice, in whatever case', () => {
  for (const name of [
    'Host',
    'Authorization',
    'Content-Length',
    'Transfer-Encoding',
    'Origin',
    'Mcp-Session-Id',
    'MCP-Anything',
  ])
    assert.throws(
      () => refuseRepeated([name, 'a', 'Accept', 'b', name.toUpperCase(), 'a']),
      (error: HttpError) => error.status === 400 && /came more than once; send it once/.test(error.message),
      name,
    )
})

test('others may come as often as they like, and each that comes once is taken', () => {
  refuseRepeated(['Accept', 'a', 'accept', 'b', 'Cookie', 'c', 'Cookie', 'd', 'X-Mcp-A', 'e', 'X-Mcp-A', 'f'])
  const names = fc.uniqueArray(fc.stringMatching(/^[a-zA-Z-]{1,12}$/), {
    selector: (name) => name.toLowerCase(),
  })
  fc.assert(fc.property(names, (all) => refuseRepeated(all.flatMap((name) => [name, 'x']))))
})

test('a value that looks like a name is none', () => {
  refuseRepeated(['host', 'authorization', 'authorization', 'host'])
})
