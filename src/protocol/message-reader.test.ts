import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_MESSAGE_BYTES } from './limits.ts'
import { MessageReader } from './message-reader.ts'
import { isDeeperThan } from './message-text.ts'

function read(chunks: Buffer[], maxBytes?: number, maxDepth?: number) {
  const texts: string[] = []
  const refused: number[] = []
  const reader = new MessageReader(
    { onText: (text) => texts.push(text), onRefused: ({ code }) => refused.push(code) },
    maxBytes,
    maxDepth,
  )
  for (const chunk of chunks) reader.push(chunk)
  return { texts, refused, terminator: reader.terminator }
}

test('however a stream is cut into chunks, the same messages come out, with either terminator', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.json({ maxDepth: 3 }).filter((text) => text.trim() !== ''),
        { minLength: 1, maxLength: 8 },
      ),
      fc.constantFrom('\n', '\0'),
      fc.array(fc.nat(200), { maxLength: 20 }),
      (messages, end, cuts) => {
        const bytes = Buffer.from(messages.map((message) => message + end).join(''))
        const points = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
        const chunks = points.slice(1).map((point, i) => bytes.subarray(points[i], point))
        assert.deepEqual(read(chunks), { texts: messages, refused: [], terminator: end })
      },
    ),
  )
})

test('the terminator that comes first is the one from then on', () => {
  assert.deepEqual(read([Buffer.from('1\0{"a":\n2}\0')]).texts, ['1', '{"a":\n2}'])
  assert.equal(read([Buffer.from('1\n2\0')]).terminator, '\n')
})

test('two messages in one write are two messages', () => {
  assert.deepEqual(read([Buffer.from('{"a":1}\n{"b":2}\n')]).texts, ['{"a":1}', '{"b":2}'])
})

test('a message that is too long is refused once, as soon as that is known, and the next one is read', () => {
  const { texts, refused } = read(
    [Buffer.from('x'.repeat(50)), Buffer.from('x'.repeat(50)), Buffer.from('\n[1]\n')],
    20,
  )
  assert.deepEqual(refused, [-32600])
  assert.deepEqual(texts, ['[1]'])
})

test('a message of exactly the limit is read', () => {
  assert.equal(read([Buffer.from(`${'1'.repeat(20)}\n`)], 20).texts.length, 1)
  assert.equal(MAX_MESSAGE_BYTES, 16 * 1024 * 1024)
})

test('invalid UTF-8 and a million levels are refused, and the next message is read', () => {
  const deep = Buffer.from(`${'['.repeat(1_000_000)}\n[2]\n`)
  assert.deepEqual(read([Buffer.from([0xff, 0x0a]), deep]), {
    texts: ['[2]'],
    refused: [-32700, -32600],
    terminator: '\n',
  })
})

test('blank lines are nothing', () => assert.deepEqual(read([Buffer.from('\n\r\n \n1\n')]).texts, ['1']))

test('bytes that follow a message are no messages, whatever they are and however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 6 }),
      fc.constantFrom('\n', '\0'),
      fc.array(fc.nat(400), { maxLength: 20 }),
      (blobs, end, cuts) => {
        const parts = blobs.map((blob) => Buffer.concat([Buffer.from(`${blob.length}${end}`), blob]))
        const stream = Buffer.concat(parts)
        const points = [
          0,
          ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b),
          stream.length,
        ]
        const found: number[][] = []
        const reader = new MessageReader({
          onText(text) {
            if (text === '0') found.push([])
            else reader.takeBytes(Number(text), (bytes) => found.push([...bytes]))
          },
          onRefused: ({ message }) => assert.fail(message),
        })
        for (const [i, point] of points.slice(1).entries()) reader.push(stream.subarray(points[i], point))
        assert.deepEqual(
          found,
          blobs.map((blob) => [...blob]),
        )
      },
    ),
  )
})

test('the depth of long strings is none, whatever quotes and backslashes they are made of', () => {
  const piece = fc.constantFrom('"', '\\', '[', '{', 'a', 'b'.repeat(70))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const json = `[${JSON.stringify(pieces.join(''))},[]]`
      assert.equal(isDeeperThan(Buffer.from(json), 2), false)
      assert.equal(isDeeperThan(Buffer.from(json), 1), true)
    }),
  )
})

test('depth is that of arrays and objects, not of brackets in strings', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (text, depth) => {
      const json = '[{"k":'.repeat(depth) + JSON.stringify(text) + '}]'.repeat(depth)
      assert.equal(isDeeperThan(Buffer.from(json), depth * 2), false)
      assert.equal(isDeeperThan(Buffer.from(json), depth * 2 - 1), true)
    }),
  )
})
