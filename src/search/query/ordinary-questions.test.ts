import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Embedder } from '../embedding/embedder.ts'
import { EmbedderError } from '../embedding/embedder.ts'
import { openShippedEmbedder } from '../embedding/shipped.ts'
import { dot } from './crowding.ts'
import { particularOf } from './ordinary-questions.ts'

let embedder: Embedder
before(async () => {
  embedder = await openShippedEmbedder({ threads: 1 })
})
after(() => embedder.close())

test('questions about different things are further apart without what they share', async () => {
  const asked = await embedder.embed(
    ['how to bake a pie', 'how to paint a wall', 'who was the king of Spain'],
    'query',
  )
  const particular = await Promise.all(asked.map((one) => particularOf(one, embedder)))
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

test('the others are embedded once, and again after they could not be', async () => {
  let [asked, isBroken] = [0, true]
  const counted: Embedder = {
    ...embedder,
    dimensions: embedder.dimensions,
    countTokens: (text) => embedder.countTokens(text),
    close: async () => {},
    embed: async (texts, kind) => {
      asked++
      if (isBroken) throw new EmbedderError('The model is away.')
      return await embedder.embed(texts, kind)
    },
  }
  const vector = new Float32Array(embedder.dimensions).fill(0.1)
  await assert.rejects(particularOf(vector, counted), EmbedderError)
  isBroken = false
  await Promise.all([particularOf(vector, counted), particularOf(vector, counted)])
  await particularOf(vector, counted)
  assert.equal(asked, 2)
})
