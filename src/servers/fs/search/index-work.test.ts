import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machineClock } from '../../../host/clock.ts'
import { IndexWork, type IndexWorkOptions } from './index-work.ts'

test('what a model has that is chosen while the former one is settled is not forgotten, and the work goes on with it', async () => {
  const forgotten: number[][] = []
  const settled: number[] = []
  const model = (modelId: number, onFollow = () => {}) => ({
    modelId,
    embedder: {},
    vectors: { follow: async () => onFollow(), tidy: async () => {} },
  })
  const chosen = model(2)
  const meaning = {
    opened: model(1, () => {
      meaning.opened = chosen
    }),
    open: async () => meaning.opened,
    works() {},
    settle: () => settled.push(meaning.opened.modelId),
  }
  const options = {
    meaning,
    library: {
      forgetModels: async (kept: number[]) => void forgotten.push(kept),
      forgetUnchosen: async () => {},
      sweep: async () => {},
    },
    workList: { nextTime: () => undefined },
    freshness: { isDue: false, isLooking: false },
    reading: { readSome: async () => 0 },
    embedding: { embedSome: async () => 0 },
    scanning: { readOne: async () => false },
    serial: { run: (work: () => Promise<void>) => work() },
    clock: machineClock,
    checkWritable: async () => {},
    onDue() {},
  } as unknown as IndexWorkOptions
  const run = { signal: new AbortController().signal, turn: async () => {}, progress() {} }
  await new IndexWork(options).run(run)
  assert.deepEqual([forgotten, settled], [[[2]], [2]])
})
