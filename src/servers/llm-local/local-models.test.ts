import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { ModelsFolder } from '../../models/folder.ts'
import { generateModel } from '../../models/testing/generate.ts'
import { LocalModels } from './local-models.ts'
import { tuningIn } from './tuning.ts'

test('that a GPU was wanted and the processors compute is reported with each load, and what to do', async () => {
  using directory = temporaryDirectory()
  generateModel(join(directory.path, 'noise.gguf'))
  const told: string[] = []
  const models = new LocalModels({
    folder: new ModelsFolder(directory.path),
    tuning: tuningIn(undefined),
    availableMemory: () => 1e9,
    builds: [{ backend: 'vulkan', devices: [] }],
    log: { info() {}, warn: (_, text) => void told.push(text) },
  })
  try {
    const { signal } = new AbortController()
    const progress = { signal, onPosition() {}, onDelta() {} }
    await models.request('complete', undefined, { prompt: 'x', max_tokens: 1 }, progress)
    await models.request('complete', undefined, { prompt: 'x', max_tokens: 1 }, progress)
  } finally {
    await models.close()
  }
  assert.equal(told.length, 1)
  assert.match(told[0] ?? '', /drives no card.*processors compute.*luca model settings --gpu off/)
})
