import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Embedder, TextKind } from '../embedding/embedder.ts'
import { EmbedderError } from '../embedding/embedder.ts'
import { openShippedEmbedder } from '../embedding/shipped.ts'
import { dot } from './crowding.ts'
import { type Keeper, particularOf } from './ordinary-questions.ts'

let embedder: Embedder
before(async () => {
  embedder = await openShippedEmbedder({ threads: 1 })
})
after(() => embedder.close())

const MODEL = 1
function keeper(): Keeper & { kept: Map<number, Uint8Array> } {
  const kept = new Map<number, Uint8Array>()
  return {
    kept,
    meanOf: (model) => kept.get(model),
    keepMean: async (model, bytes) => void kept.set(model, bytes),
  }
}

test('questions about different things are further apart without what they share', async () => {
  const asked = await embedder.embed(
    ['how to bake a pie', 'how to paint a wall', 'who was the king of Spain'],
    'query',
  )
  const kept = keeper()
  const particular = await Promise.all(asked.map((one) => particularOf(one, embedder, kept, MODEL)))
  for (const [i, j] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    const [before, after] = [asked, particular].map((some) =>
      dot(some[i] as Float32Array, some[j] as Float32Array),
    )
    assert.ok((after as number) < (before as number) - 0.1, `${after} after ${before}`)
  }
  for (const one of particular) assert.ok(Math.abs(dot(one, one) - 1) < 1e-5)
})

/** Counts how often it embeds. */
function counting(): Embedder & { asked: number; isBroken: boolean } {
  const counted = {
    ...embedder,
    asked: 0,
    isBroken: false,
    dimensions: embedder.dimensions,
    countTokens: (text: string) => embedder.countTokens(text),
    close: async () => {},
    async embed(texts: readonly string[], kind: TextKind) {
      counted.asked++
      if (counted.isBroken) throw new EmbedderError('The model is away.')
      return await embedder.embed(texts, kind)
    },
  }
  return counted
}

test('the others are embedded once, and again after they could not be', async () => {
  const counted = counting()
  const kept = keeper()
  const vector = new Float32Array(embedder.dimensions).fill(0.1)
  counted.isBroken = true
  await assert.rejects(particularOf(vector, counted, kept, MODEL), EmbedderError)
  counted.isBroken = false
  await Promise.all([particularOf(vector, counted, kept, MODEL), particularOf(vector, counted, kept, MODEL)])
  await particularOf(vector, counted, kept, MODEL)
  assert.equal(counted.asked, 2)
})

test('what they share is kept for the next process, unless it is that of other questions or can’t be kept', async () => {
  const kept = keeper()
  const vector = new Float32Array(embedder.dimensions).fill(0.1)
  const expected = await particularOf(vector, counting(), kept, MODEL)
  const next = counting()
  assert.deepEqual(await particularOf(vector, next, kept, MODEL), expected)
  assert.equal(next.asked, 0)
  for (const damage of [(bytes: Uint8Array) => bytes.fill(0, 0, 8), () => kept.kept.clear()]) {
    damage(kept.kept.get(MODEL) as Uint8Array)
    const again = counting()
    assert.deepEqual(await particularOf(vector, again, kept, MODEL), expected)
    assert.equal(again.asked, 1)
  }
  const full: Keeper = {
    meanOf: () => undefined,
    keepMean: () => Promise.reject(new Error('The disk is full.')),
  }
  assert.deepEqual(await particularOf(vector, counting(), full, MODEL), expected)
})
