import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { fitContext } from './context.ts'
import { describeHead, describeModel, memoryNeeded } from './describe.ts'
import { GgufError, parseGguf } from './gguf.ts'
import { generateModel, TEMPLATE, TINY } from './testing/generate.ts'

const folder = mkdtempSync(join(tmpdir(), 'gguf-'))
const path = join(folder, 'noise.gguf')
let whole: Buffer
before(() => {
  generateModel(path, { template: TEMPLATE })
  whole = readFileSync(path)
})
after(() => rmSync(folder, { recursive: true, force: true }))

const parse = (bytes: Buffer) =>
  describeHead(
    parseGguf({
      bytes: bytes.length,
      read: (into, position) => bytes.copy(into, 0, position, position + into.length),
    }),
  )

test('a model is described by its file', () => {
  const { kind, architecture, trainedContext, layers, template, bytes } = describeModel(path)
  assert.deepEqual([kind, architecture, trainedContext, layers], ['chat', 'llama', TINY.context, TINY.layers])
  assert.equal(template, TEMPLATE)
  assert.equal(bytes, whole.length)
  const vectors = join(folder, 'vectors.gguf')
  generateModel(vectors, { embedding: true })
  assert.equal(describeModel(vectors).kind, 'embedding')
})

test('the context takes as much as its layers, kept heads and their width say', () => {
  const { layers, keptHeads, width, heads } = TINY
  assert.equal(describeModel(path).contextBytesPerToken, layers * keptHeads * 2 * (width / heads) * 2)
})

test('a file that ends too early is refused, wherever that is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
      assert.throws(() => parse(whole.subarray(0, length)), GgufError)
    }),
    { numRuns: 300 },
  )
})

test('whatever its bytes are, a file is described or refused with a reason', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 4000 }),
      fc.uint8Array({ minLength: 1, maxLength: 16 }),
      (position, damage) => {
        const bytes = Buffer.from(whole)
        bytes.set(damage, position)
        try {
          parse(bytes)
        } catch (error) {
          assert.ok(error instanceof GgufError, String((error as Error).stack))
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('what is no GGUF file is refused, whatever it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.throws(() => parse(Buffer.from(bytes)), GgufError)
    }),
  )
})

test('the usual context is halved until it fits; one that was asked for is not', () => {
  const model = { ...describeModel(path), trainedContext: 100_000, contextBytesPerToken: 100_000 }
  const room = (context: number) => memoryNeeded(model, context)
  assert.equal(fitContext(model, room(20_000)).context, 8192)
  assert.deepEqual(fitContext(model, room(5000)), { fits: true, context: 4096, needed: room(4096) })
  assert.equal(fitContext(model, room(1000)).fits, false)
  assert.equal(fitContext(model, room(5000), 8192).fits, false)
  assert.equal(fitContext(model, room(20_000), 16_384).context, 16_384)
  assert.equal(fitContext({ ...model, trainedContext: 512 }, room(1000)).context, 512)
})
