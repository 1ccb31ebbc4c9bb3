import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Embedder, EmbedderError } from './embedder.ts'
import { isShippedModelThere, openShippedEmbedder, shippedModelFolder } from './shipped.ts'

/** Texts, and the first numbers that the published model gives them in TensorFlow.js (@energetic-ai/embeddings 0.2.0). */
const REFERENCE: readonly [text: string, numbers: readonly number[]][] = [
  ['The kettle has to be descaled.', [-0.0178621, 0.0547935, -0.0117685, 0.055776, 0.0037595, 0.0076106]],
  [
    'How do I get limescale out of my kettle?',
    [-0.0156006, 0.0480855, -0.0069609, -0.0597883, 0.0510179, -0.0303034],
  ],
  ['Ünïcödé 😀 naïve café, №5', [-0.0330964, 0.0116952, -0.054268, -0.0204394, -0.0563461, 0.0439701]],
  ['a', [0.0399354, -0.0490296, 0.049017, -0.026403, 0.0312508, -0.048959]],
  [
    'The quick brown fox jumps over the lazy dog, while 1234 other foxes and a very long list of words that nobody reads go on and on: antidisestablishmentarianism, e-mail@example.org, https://example.org/?q=1.',
    [-0.0215793, -0.0848468, 0.0100618, 0.0429205, 0.0362288, 0.0313835],
  ],
]
/** The cosine of each with each, by the same. */
const COSINES = [
  [1, 0.5569, 0.1737, 0.1364, 0.0475],
  [0.5569, 1, 0.1799, 0.0722, -0.0043],
  [0.1737, 0.1799, 1, 0.243, 0.113],
  [0.1364, 0.0722, 0.243, 1, 0.1687],
  [0.0475, -0.0043, 0.113, 0.1687, 1],
]
let embedder: Embedder
let vectors: Float32Array[]
before(async () => {
  embedder = await openShippedEmbedder()
  vectors = await embedder.embed(
    REFERENCE.map(([text]) => text),
    'passage',
  )
})
after(() => embedder.close())

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
const isClose = (a: number, b: number, within: number) =>
  assert.ok(Math.abs(a - b) < within, `${a} is not ${b}`)

test('the model that ships has 512 numbers for a text of up to 128 tokens', () => {
  assert.equal(embedder.dimensions, 512)
  assert.equal(embedder.maxTokens, 128)
})

test('it gives what the published model gives in TensorFlow.js, with accents, emoji and a batch of all lengths', () => {
  for (const [i, [, numbers]] of REFERENCE.entries())
    for (const [j, number] of numbers.entries()) isClose(vectors[i]?.[j] ?? 0, number, 1e-4)
  for (const [i, row] of COSINES.entries())
    for (const [j, wanted] of row.entries())
      isClose(cosine(vectors[i] as Float32Array, vectors[j] as Float32Array), wanted, 2e-4)
})

test('texts about the same thing are nearer than others, without a word in common', async () => {
  const [asked, right, wrong] = await embedder.embed(
    ['my dog is unwell', 'The puppy looks sick today.', 'Interest rates rise again.'],
    'query',
  )
  assert.ok(asked && right && wrong)
  assert.ok(cosine(asked, right) > cosine(asked, wrong) + 0.2)
})

test('it lies beside the programs, for bundles and for sources', () => {
  const bundle = pathToFileURL('/usr/lib/llmbasedos/fs.cjs').href
  assert.equal(shippedModelFolder(bundle), '/usr/lib/llmbasedos/embedding/use-lite')
  assert.ok(isShippedModelThere(shippedModelFolder()))
  assert.equal(isShippedModelThere(join(dirname(shippedModelFolder()), 'another')), false)
})

test('where it is not, the error says what puts it there', async () => {
  const missing = openShippedEmbedder({ folder: '/nowhere' })
  await assert.rejects(missing, (error: Error) => {
    assert.ok(error instanceof EmbedderError)
    assert.match(error.message, /make build/)
    return true
  })
})
