import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Gathered } from './gathered.ts'

test('bytes are the same in whatever pieces they come, and whenever they are looked at', () => {
  const part = fc.record({
    bytes: fc.uint8Array({ maxLength: 3000 }),
    next: fc.constantFrom('', 'look', 'compact'),
  })
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const gathered = new Gathered()
      const all = Buffer.concat(parts.map(({ bytes }) => bytes))
      let length = 0
      for (const { bytes, next } of parts) {
        gathered.add(Buffer.from(bytes))
        length += bytes.length
        if (next === 'compact') gathered.compact()
        if (next === 'look') assert.deepEqual(gathered.bytes, all.subarray(0, length))
      }
      assert.deepEqual([gathered.length, gathered.bytes], [all.length, all])
      gathered.clear()
      assert.deepEqual([gathered.length, gathered.bytes.length], [0, 0])
    }),
  )
})

test('what comes whole is not copied, and what lies at the end of much more releases it', () => {
  const much = Buffer.allocUnsafeSlow(64 * 1024)
  const gathered = new Gathered()
  gathered.add(much)
  assert.equal(gathered.bytes.buffer, much.buffer)
  gathered.clear()
  gathered.add(much.subarray(-1))
  gathered.compact()
  assert.ok(gathered.bytes.buffer.byteLength < 1024)
})
