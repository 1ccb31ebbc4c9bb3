import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineError } from '../../models/engine.ts'
import { EmbedderError } from '../../search/embedding/embedder.ts'
import { openShippedEmbedder } from '../../search/embedding/shipped.ts'
import { ShippedEmbedder } from './shipped-embedder.ts'
import { llmServer } from './testing/models.ts'

const cosine = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

test('the model that ships gives vectors to who names it, where there is no other model at all', async () => {
  await using llm = await llmServer({})
  const input = ['my dog is unwell', 'The puppy looks sick today.', 'Interest rates rise again.', ' ']
  const { structuredContent } = await llm.call('embed', { model: 'use-lite', input })
  assert.deepEqual([structuredContent.model, structuredContent.data.length], ['use-lite', 4])
  const [asked, right, wrong, empty] = structuredContent.data.map(
    ({ embedding }: { embedding: number[] }) => embedding,
  )
  assert.ok(cosine(asked, right) > cosine(asked, wrong) + 0.2)
  assert.ok(empty.every((value: number) => value === 0))
  assert.ok(structuredContent.usage.prompt_tokens > 10)
})

test('where its files come later, it is there then', async () => {
  let isThere = false
  const shipped = new ShippedEmbedder(async () => {
    if (!isThere) throw new EmbedderError('It is not there; run "make build".')
    return await openShippedEmbedder()
  })
  const { signal } = new AbortController()
  await assert.rejects(shipped.embed(['x'], signal), (error) => {
    assert.ok(error instanceof EngineError)
    assert.deepEqual([error.code, error.message], ['no_model', 'It is not there; run "make build".'])
    return true
  })
  isThere = true
  assert.equal((await shipped.embed(['x'], signal)).vectors.length, 1)
  await shipped.close()
})
