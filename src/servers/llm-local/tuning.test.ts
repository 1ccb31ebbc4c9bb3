import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { LARGE } from '../../models/testing/generate.ts'
import { llmServer, user } from './testing/models.ts'
import { tuningIn } from './tuning.ts'
import { bestThreads, candidates } from './worker/threads.ts'

test('powers of two, half and all of the processors are tried', () => {
  assert.deepEqual(candidates(1), [1])
  assert.deepEqual(candidates(2), [1, 2])
  assert.deepEqual(candidates(12), [1, 2, 4, 6, 8, 12])
})

test('the fewest threads that are nearly as fast as any are taken, and one where nothing was measured', () => {
  assert.equal(bestThreads({ 1: 10, 2: 19, 4: 19.5, 8: 12 }), 2)
  assert.equal(bestThreads({ 1: 50, 2: 4 }), 1)
  assert.equal(bestThreads({}), 1)
})

test('what was measured holds for this machine, and a damaged or foreign note for none', () => {
  using directory = temporaryDirectory()
  const tuning = tuningIn(directory.path)
  assert.equal(tuning.threads(), undefined)
  tuning.keepThreads(3, { 1: 5, 3: 9 })
  assert.equal(tuningIn(directory.path).threads(), 3)
  assert.deepEqual(readdirSync(directory.path), ['threads.json'])
  const path = join(directory.path, 'threads.json')
  const kept = JSON.parse(readFileSync(path, 'utf8'))
  for (const text of [
    '{',
    '[]',
    JSON.stringify({ ...kept, machine: 'another' }),
    JSON.stringify({ ...kept, threads: 'x' }),
  ]) {
    writeFileSync(path, text)
    assert.equal(tuning.threads(), undefined)
  }
})

test('layers hold for the very GPU, build, model and context that they were measured with', () => {
  using directory = temporaryDirectory()
  const gpu = { backend: 'vulkan', name: 'Card', totalBytes: 8e9, freeBytes: 7e9, build: 'b1' }
  const model = { bytes: 5e9, layers: 36 }
  const tuning = tuningIn(directory.path)
  assert.equal(tuning.gpuLayers(gpu, model, 8192), undefined)
  tuning.keepGpuLayers(gpu, model, 8192, { 0: 4, 18: 9, 37: 30 })
  tuning.keepGpuLayers(gpu, { bytes: 1e9, layers: 16 }, 8192, { 0: 20, 17: 20 })
  tuning.keepGpuLayers(gpu, { bytes: 2e9, layers: 16 }, 8192, {})
  const again = tuningIn(directory.path)
  assert.equal(again.gpuLayers({ ...gpu, freeBytes: 1e9 }, model, 8192), 37)
  assert.equal(again.gpuLayers(gpu, { bytes: 1e9, layers: 16 }, 8192), 0)
  assert.equal(again.gpuLayers(gpu, { bytes: 2e9, layers: 16 }, 8192), undefined)
  for (const other of [{ name: 'Other' }, { totalBytes: 16e9 }, { build: 'b2' }, { backend: 'cuda' }])
    assert.equal(again.gpuLayers({ ...gpu, ...other }, model, 8192), undefined, JSON.stringify(other))
  assert.equal(again.gpuLayers(gpu, { ...model, bytes: 4e9 }, 8192), undefined)
  assert.equal(again.gpuLayers(gpu, model, 4096), undefined)
  // A measurement that is repeated takes the place of the one before.
  again.keepGpuLayers(gpu, model, 8192, { 0: 4, 18: 40 })
  assert.equal(again.gpuLayers(gpu, model, 8192), 18)
  const path = join(directory.path, 'gpu-layers.json')
  const kept = JSON.parse(readFileSync(path, 'utf8'))
  assert.equal(kept.models.length, 2)
  for (const damaged of [
    ...[7, 'x', null, [], [1], [{ ...kept.models[1], gpuLayers: -1 }]].map((models) => ({ ...kept, models })),
    ...[null, []],
  ]) {
    writeFileSync(path, JSON.stringify(damaged))
    assert.equal(again.gpuLayers(gpu, model, 8192), undefined)
  }
})

test('layers of so many models are kept, and no more', () => {
  using directory = temporaryDirectory()
  const gpu = { backend: 'cuda', name: 'Card', totalBytes: 8e9, freeBytes: 7e9, build: 'b1' }
  const tuning = tuningIn(directory.path)
  for (let bytes = 1; bytes <= 100; bytes++) tuning.keepGpuLayers(gpu, { bytes, layers: 1 }, 1, { 1: 1 })
  assert.equal(tuning.gpuLayers(gpu, { bytes: 100, layers: 1 }, 1), 1)
  assert.equal(tuning.gpuLayers(gpu, { bytes: 1, layers: 1 }, 1), undefined)
})

test('threads are measured with the first large model, once, unless they were chosen, and nothing without a GPU', async () => {
  await using llm = await llmServer({ large: { shape: LARGE } })
  const chat = () => llm.call('chat', { messages: user('Hello'), max_tokens: 1 })
  const loads = () =>
    llm.running.logged
      .filter(({ text }) => text === 'loaded a model')
      .map(({ fields }) => ({
        threads: fields.threads,
        tried: Object.keys(fields.measured as object).length,
        gpuLayers: fields.gpuLayers,
        layersTried: Object.keys(fields.byLayers as object).length,
      }))
  await chat()
  const [first] = loads()
  assert.ok((first?.tried ?? 0) >= 1)
  assert.equal(tuningIn(llm.state).threads(), first?.threads)
  const settings = join(llm.folder, 'settings.json')
  writeFileSync(settings, '{"context": 1024}')
  await chat()
  writeFileSync(settings, '{"threads": 2}')
  await chat()
  assert.deepEqual(loads().slice(1), [
    { threads: first?.threads, tried: 0, gpuLayers: 0, layersTried: 0 },
    { threads: 2, tried: 0, gpuLayers: 0, layersTried: 0 },
  ])
  // This machine has no build for a GPU, and so nothing is measured of one.
  assert.deepEqual(readdirSync(llm.state), ['threads.json'])
})
