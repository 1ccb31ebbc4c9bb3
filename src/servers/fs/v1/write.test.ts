import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { fakeCall, serve } from '../testing/served.ts'
import { write } from './write.ts'

test('appends at the same time to a file that is not there yet all arrive', async () => {
  using served = serve()
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i}\n`)
  await Promise.all(
    lines.map((content) => write.handler({ path: '/log', content, append: true }, fakeCall(), served)),
  )
  assert.deepEqual(
    readFileSync(served.real('log'), 'utf8')
      .split(/(?<=\n)/)
      .sort(),
    lines.sort(),
  )
})

test('base64 is taken with and without padding, and in lines', async () => {
  using served = serve()
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.boolean(), async (bytes, padded) => {
      const digits = Buffer.from(bytes)
        .toString('base64')
        .replace(/(.{7})/g, '$1\r\n')
      const content = padded ? `${digits}\n` : digits.replaceAll('=', '')
      await write.handler({ path: '/a', content, encoding: 'base64' }, fakeCall(), served)
      assert.ok(readFileSync(served.real('a')).equals(bytes))
    }),
    { numRuns: 50 },
  )
})

for (const content of ['=', 'a', 'ab=', 'abcde', 'ab*d', 'ab=d', `${'a '.repeat(2_000_000)}*`])
  test(`what is not base64 is refused at once: ${content.slice(0, 6)}`, async () => {
    using served = serve()
    await assert.rejects(
      write.handler({ path: '/a', content, encoding: 'base64' }, fakeCall(), served),
      /not base64/,
    )
    assert.ok(!existsSync(served.real('a')))
  })
