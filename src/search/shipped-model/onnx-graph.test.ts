import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadRuntime } from '../embedding/runtime.ts'
import { OnnxGraph } from './onnx-graph.ts'

const { InferenceSession, Tensor } = await loadRuntime()

function linear(weights: Float32Array, bias: number): Buffer {
  const graph = new OnnxGraph()
  graph.input('x', 'float32', ['rows', 2])
  const product = graph.node('MatMul', ['x', graph.constant('w', [2, 2], weights)], 'product')
  graph.node('Add', [product, graph.constant('b', [], Float32Array.of(bias))], 'y')
  graph.output('y', 'float32', ['rows', 2])
  return graph.model('linear')
}

test('onnxruntime computes what a graph says', async () => {
  const number = fc.float({ min: -100, max: 100, noNaN: true })
  await fc.assert(
    fc.asyncProperty(fc.tuple(number, number, number, number), number, async (weights, bias) => {
      const session = await InferenceSession.create(linear(Float32Array.from(weights), bias))
      const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 0, 0, 1), [2, 2]) })
      await session.release()
      assert.ok(y)
      assert.deepEqual(
        [...(y.data as Float32Array)],
        weights.map((weight) => Math.fround(Math.fround(weight) + Math.fround(bias))),
      )
    }),
    { numRuns: 25 },
  )
})

test('the same graph has the same bytes', () => {
  const make = () => linear(Float32Array.of(1, 2, 3, 4), 5)
  assert.ok(make().equals(make()))
})

test('attributes keep their kind: whole numbers, lists of them, and others', async () => {
  const graph = new OnnxGraph()
  graph.input('x', 'int64', [2, 3])
  const turned = graph.node('Transpose', ['x'], 'turned', { perm: [1, 0] })
  graph.node('Elu', [graph.node('Cast', [turned], 'cast', { to: 1 })], 'y', { alpha: { float: 0.5 } })
  graph.output('y', 'float32', [3, 2])
  const session = await InferenceSession.create(graph.model('kinds'))
  const { y } = await session.run({
    x: new Tensor('int64', BigInt64Array.of(1n, 2n, 3n, 4n, 5n, -1000n), [2, 3]),
  })
  await session.release()
  assert.ok(y)
  assert.deepEqual([...y.dims, ...(y.data as Float32Array)], [3, 2, 1, 4, 2, 5, 3, -0.5])
})
