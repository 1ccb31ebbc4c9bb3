import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MEANINGFUL_BYTES, type ModelDescription } from './describe.ts'
import { type StartOptions, startModel } from './start.ts'
import type { PretendedGpu } from './testing/gpu-worker.ts'

const program = fileURLToPath(new URL('./testing/gpu-worker.ts', import.meta.url))

const options = (gpu: PretendedGpu, more: Partial<ModelDescription> = {}): StartOptions => {
  const bytes = 2 * MEANINGFUL_BYTES
  const description: ModelDescription = {
    kind: 'chat',
    architecture: 'llama',
    title: undefined,
    licence: undefined,
    template: undefined,
    trainedContext: 4096,
    layers: 35,
    vocabulary: 10,
    contextBytesPerToken: 1,
    batchBytes: 1,
    bytes,
    ...more,
  }
  return {
    program,
    context: 2048,
    gpu: 'auto',
    threads: undefined,
    gpuLayers: undefined,
    model: { id: 'm', path: JSON.stringify(gpu), bytes: description.bytes, problem: undefined, description },
    layersKept: () => undefined,
  }
}

async function started(chosen: StartOptions) {
  const { worker, loaded, byLayers, gpu } = await startModel(chosen)
  await worker.kill()
  const { threads, measured, gpuLayers } = loaded
  return { threads, measured, gpuLayers, byLayers, gpu: gpu?.name }
}

const CARD: PretendedGpu = { takes: 36, speeds: { 0: 4, 9: 6, 18: 20, 27: 30, 36: 31 } }

test('layers and threads are measured at the first load, and the best are used', async () => {
  assert.deepEqual(await started(options(CARD)), {
    threads: 3,
    measured: { 1: 10, 3: 30 },
    gpuLayers: 27,
    byLayers: CARD.speeds,
    gpu: 'Card',
  })
})

test('a GPU that ends the process which asks too much of it does not end the load', async () => {
  const { gpuLayers, byLayers } = await started(options({ ...CARD, takes: 20 }))
  assert.deepEqual([gpuLayers, Object.keys(byLayers)], [18, ['0', '9', '18']])
})

test('what was chosen or measured before is used, without trying anything', async () => {
  const known = { ...options(CARD), threads: 2 }
  const kept = await started({ ...known, layersKept: ({ name }) => (name === 'Card' ? 9 : undefined) })
  assert.deepEqual([kept.gpuLayers, kept.threads, kept.byLayers], [9, 2, {}])
  const chosen = await started({ ...known, gpuLayers: 5, layersKept: () => 9 })
  assert.deepEqual([chosen.gpuLayers, chosen.byLayers], [5, {}])
})

test('layers that were measured are reduced where less of the GPU is free by now', async () => {
  const { gpuLayers } = await started({
    ...options({ ...CARD, takes: 7 }),
    threads: 2,
    layersKept: () => 27,
  })
  assert.equal(gpuLayers, 7)
})

test('threads that are not known yet are measured without the GPU, also where its layers are known', async () => {
  assert.deepEqual(await started({ ...options(CARD), gpuLayers: 30 }), {
    threads: 3,
    measured: { 1: 10, 3: 30 },
    gpuLayers: 30,
    byLayers: {},
    gpu: 'Card',
  })
})

test('a small model, and one for embeddings, get all that fits', async () => {
  for (const more of [{ bytes: 1000 }, { kind: 'embedding' as const }]) {
    const { gpuLayers, byLayers } = await started(options(CARD, more))
    assert.deepEqual([gpuLayers, byLayers], [36, {}])
  }
})
