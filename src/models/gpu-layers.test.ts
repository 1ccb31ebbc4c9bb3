import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ModelDescription, memoryOnGpu } from './describe.ts'
import { layerCandidates, measureLayers, type Trial } from './gpu-layers.ts'

const model = (layers: number, bytes: number, more: Partial<ModelDescription> = {}): ModelDescription => ({
  kind: 'chat',
  architecture: 'llama',
  title: undefined,
  licence: undefined,
  template: undefined,
  trainedContext: 40_960,
  layers,
  vocabulary: 1000,
  contextBytesPerToken: 1000,
  batchBytes: 1e8,
  bytes,
  ...more,
})

const trial = (tokensPerSecond: number, more: Partial<Trial> = {}): Trial => ({
  tokensPerSecond,
  threads: 4,
  byThreads: {},
  ...more,
})

test('none, all that fit and quarters of these are tried', () => {
  // 35 layers and the output of 10 MB each, besides 100 MB.
  const small = model(35, 360e6, { contextBytesPerToken: 0 })
  assert.deepEqual(layerCandidates(small, 8192, 8e9), [0, 9, 18, 27, 36])
  assert.deepEqual(layerCandidates(small, 8192, 225e6), [0, 3, 6, 9, 12])
  assert.deepEqual(layerCandidates(small, 8192, 115e6), [0, 1])
  assert.deepEqual(layerCandidates(small, 8192, 50e6), [0])
  assert.deepEqual(layerCandidates(small, 8192, 0), [0])
})

test('a longer context leaves room for fewer layers', () => {
  const long = model(35, 360e6, { contextBytesPerToken: 36_000 })
  assert.deepEqual(layerCandidates(long, 10_000, 500e6).at(-1), 20)
  assert.deepEqual(layerCandidates(long, 1000, 500e6).at(-1), 36)
})

test('whatever the model and the memory, candidates rise from none and fit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 1e12 }),
      fc.nat(1e6),
      fc.nat(2e11),
      (layers, bytes, context, free) => {
        const subject = model(layers, bytes)
        const found = layerCandidates(subject, context, free)
        assert.equal(found[0], 0)
        assert.deepEqual(
          found,
          [...new Set(found)].sort((a, b) => a - b),
        )
        assert.ok(found.length <= 5)
        const most = found.at(-1) as number
        const { perLayer, besides } = memoryOnGpu(subject, context, layers + 1)
        assert.ok(most <= layers + 1)
        assert.ok(most === 0 || most * perLayer + besides <= free)
      },
    ),
  )
})

test('the fastest is taken, and of those that are nearly as fast the one with the fewest layers', async () => {
  const of = async (speeds: Record<number, number>) =>
    (await measureLayers(Object.keys(speeds).map(Number), 2, async (layers) => trial(speeds[layers] ?? 0)))
      .gpuLayers
  assert.equal(await of({ 0: 4, 9: 6, 18: 9, 27: 14, 36: 40 }), 36)
  assert.equal(await of({ 0: 4, 9: 38.5, 18: 40, 27: 39 }), 9)
  assert.equal(await of({ 0: 5, 18: 5, 36: 5 }), 0)
  assert.equal(await of({ 0: 12, 18: 3, 36: 2 }), 0)
})

test('what does not fit ends the trials, and those before it count', async () => {
  const tried: number[] = []
  const speeds = await measureLayers([0, 9, 18, 27, 36], 2, async (layers) => {
    tried.push(layers)
    return layers > 9 ? undefined : trial(layers + 1)
  })
  assert.deepEqual(tried, [0, 9, 18])
  assert.deepEqual(speeds, { gpuLayers: 9, threads: 2, byLayers: { 0: 1, 9: 10 }, byThreads: {} })
})

test('where not even the processors can do it, nothing is chosen', async () => {
  const speeds = await measureLayers([0, 9], undefined, async () => undefined)
  assert.deepEqual(speeds, { gpuLayers: undefined, threads: undefined, byLayers: {}, byThreads: {} })
})

test('threads are measured once, without the GPU, and used from there on', async () => {
  const asked: (number | undefined)[] = []
  const speeds = await measureLayers([0, 18, 36], undefined, async (layers, threads) => {
    asked.push(threads)
    return trial(layers + 1, { threads: layers === 0 ? 3 : 1, byThreads: { 1: 5, 3: 9 } })
  })
  assert.deepEqual(asked, [undefined, 3, 3])
  assert.equal(speeds.threads, 3)
  assert.deepEqual(speeds.byThreads, { 1: 5, 3: 9 })
})

test('threads that were chosen stay', async () => {
  const asked: (number | undefined)[] = []
  const speeds = await measureLayers([0, 36], 6, async (_, threads) => {
    asked.push(threads)
    return trial(1)
  })
  assert.deepEqual(asked, [6, 6])
  assert.deepEqual([speeds.threads, speeds.byThreads], [6, {}])
})
