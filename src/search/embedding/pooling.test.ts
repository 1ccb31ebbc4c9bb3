import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Tensor as OnnxTensor } from 'onnxruntime-node'
import { EmbedderError } from './embedder.ts'
import type { Pooling } from './model-folder.ts'
import { pooled } from './pooling.ts'
import { loadRuntime } from './runtime.ts'

const { Tensor } = await loadRuntime()
const model = (pooling: Pooling) => ({ model: '/models/x/model.onnx', pooling })
const float = (min: number, max: number) => fc.float({ min, max, noNaN: true })

test('filler never changes a vector, whatever numbers the model gives for it', () => {
  const words = fc.array(fc.array(float(-4, 4), { minLength: 3, maxLength: 3 }), {
    minLength: 1,
    maxLength: 6,
  })
  const filler = fc.array(fc.array(float(-1e6, 1e6), { minLength: 3, maxLength: 3 }), { maxLength: 4 })
  fc.assert(
    fc.property(words, filler, fc.constantFrom<Pooling>('mean', 'cls', 'max'), (own, more, pooling) => {
      const of = (rows: number[][]) =>
        pooled(
          model(pooling),
          new Tensor('float32', Float32Array.from(rows.flat()), [1, rows.length, 3]),
          BigInt64Array.from(rows, (_, i) => (i < own.length ? 1n : 0n)),
        )
      assert.deepEqual(of([...own, ...more]), of(own))
    }),
  )
})

test('a vector has length 1, or is all zeros', () => {
  fc.assert(
    fc.property(fc.array(float(-1000, 1000), { minLength: 1, maxLength: 20 }), (numbers) => {
      const [vector = new Float32Array()] = pooled(
        model('mean'),
        new Tensor('float32', Float32Array.from(numbers), [1, numbers.length]),
        BigInt64Array.of(1n),
      )
      const length = Math.hypot(...vector)
      assert.ok(Math.abs(length - 1) < 1e-3 || length < 1e-3, String(length))
    }),
  )
})

test('other shapes, other kinds of numbers, nothing at all, and numbers that are none are refused', () => {
  const refused = (output: OnnxTensor | undefined, message: RegExp) =>
    assert.throws(
      () => pooled(model('mean'), output, BigInt64Array.of(1n)),
      (error: Error) => error instanceof EmbedderError && message.test(error.message),
    )
  refused(new Tensor('float32', Float32Array.of(1, 2), [2]), /shape of 1 dimensions/)
  refused(new Tensor('float32', Float32Array.of(1), [1, 1, 1, 1]), /shape of 4 dimensions/)
  refused(new Tensor('int64', BigInt64Array.of(1n), [1, 1]), /gives int64/)
  refused(new Tensor('string', ['a'], [1, 1]), /gives string/)
  refused(undefined, /gives nothing/)
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY])
    refused(new Tensor('float32', Float32Array.of(odd, 1), [1, 2]), /numbers that are none/)
})
