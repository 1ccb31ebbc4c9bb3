import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallError, type GatewayModel } from '../../protocol/define.ts'
import { EmbedderError } from './embedder.ts'
import { GatewayEmbedder, type ModelCalls } from './gateway-embedder.ts'

const CHOICE = { name: 'bge', provider: 'local', dimensions: 2 }
const HERE: GatewayModel[] = [{ name: 'bge', provider: 'local', kind: 'embedding' }]

/** Calls that keep what they were given. */
function calls(embed: (texts: readonly string[]) => number[][], models = HERE) {
  const asked: { texts: readonly string[]; model: string | undefined }[] = []
  const made: ModelCalls = {
    embed: async (texts, { model } = {}) => {
      asked.push({ texts, model })
      return embed(texts)
    },
    models: async () => models,
  }
  return { asked, made }
}
const vectorsOf = (texts: readonly string[]) => texts.map((text) => [text.length, 0])
const fails = (work: Promise<unknown>, message: RegExp) =>
  assert.rejects(work, (error: Error) => {
    assert.ok(error instanceof EmbedderError, String(error))
    assert.match(error.message, message)
    return true
  })

test('texts become vectors of length 1, in their order, and one without a word is sent to nobody', async () => {
  const { asked, made } = calls(vectorsOf)
  const embedder = new GatewayEmbedder(CHOICE).within(made)
  const vectors = await embedder.embed(['a text', ' \n', 'another'], 'passage')
  assert.deepEqual(
    vectors.map((vector) => [...vector]),
    [
      [1, 0],
      [0, 0],
      [1, 0],
    ],
  )
  assert.deepEqual(asked, [{ texts: ['a text', 'another'], model: 'bge' }])
})

test('many texts go in batches, and long ones are cut', async () => {
  const { asked, made } = calls(vectorsOf)
  const embedder = new GatewayEmbedder(CHOICE).within(made)
  const texts = Array.from({ length: 70 }, () => 'word '.repeat(10_000))
  assert.equal((await embedder.embed(texts, 'passage')).length, 70)
  assert.deepEqual(
    asked.map(({ texts }) => texts.length),
    [32, 32, 6],
  )
  assert.equal(asked[0]?.texts[0]?.length, 256 * 16)
})

test('it counts more tokens than there are, and embeds within calls alone', async () => {
  const embedder = new GatewayEmbedder(CHOICE)
  assert.ok(embedder.countTokens('the boiler is serviced each autumn') >= 6)
  await fails(embedder.embed(['a'], 'query'), /within calls alone/)
})

test('nothing is sent where the name means a model elsewhere by now, or none', async () => {
  const moved = calls(vectorsOf, [{ name: 'bge', provider: 'openai' }])
  await fails(
    new GatewayEmbedder(CHOICE, moved.made).embed(['a'], 'passage'),
    /was at "local" when it was chosen and is at "openai" now; "luca search models use bge"/,
  )
  const gone = calls(vectorsOf, [])
  await fails(new GatewayEmbedder(CHOICE, gone.made).embed(['a'], 'passage'), /no model "bge" any more/)
  assert.deepEqual([...moved.asked, ...gone.asked], [])
})

test('other dimensions, numbers that are none and a refusal are told', async () => {
  const embed = (given: () => number[][]) =>
    new GatewayEmbedder(CHOICE, calls(given).made).embed(['a'], 'query')
  await fails(
    embed(() => [[1, 2, 3]]),
    /gives 3 numbers for a text now, and gave 2/,
  )
  await fails(
    embed(() => [[1, Number.NaN]]),
    /numbers that are none/,
  )
  await fails(
    embed(() => {
      throw new CallError('Your quota is used up.', 'failed', { code: -32000, data: undefined })
    }),
    /"bge" gave no vectors: Your quota is used up/,
  )
})

test('a call that ends rejects with its own reason', async () => {
  const controller = new AbortController()
  const { made } = calls(() => {
    controller.abort(new DOMException('It was cancelled.', 'AbortError'))
    throw new Error('gone')
  })
  await assert.rejects(new GatewayEmbedder(CHOICE, made).embed(['a'], 'query', controller.signal), {
    name: 'AbortError',
  })
})
