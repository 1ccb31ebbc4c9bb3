import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { type Embedder, EmbedderError } from './embedder.ts'
import { openOnnxEmbedder } from './onnx-embedder.ts'
import { loadRuntime } from './runtime.ts'
import { type SmallModel, smallModel, writeSmallModel } from './testing/small-model.ts'

const { InferenceSession, Tensor } = await loadRuntime()
const temporary = mkdtempSync(join(tmpdir(), 'embedder-'))
const opened: Embedder[] = []
after(async () => {
  for (const embedder of opened) await embedder.close()
  rmSync(temporary, { recursive: true, force: true })
})
let folders = 0
const folder = (options: SmallModel = {}, name = 'model') =>
  writeSmallModel(join(temporary, String(++folders), name), options)

async function open(options: SmallModel = {}, name?: string): Promise<Embedder> {
  const embedder = await openOnnxEmbedder(folder(options, name))
  opened.push(embedder)
  return embedder
}
const embedOne = async (embedder: Embedder, text: string, kind: 'query' | 'passage' = 'passage') =>
  (await embedder.embed([text], kind))[0] as Float32Array
const pooling = (mode: string) => ({ '1_Pooling/config.json': { [`pooling_mode_${mode}`]: true } })

/** What the model gives for each token of "cat sits", by onnxruntime alone. */
async function words(options: SmallModel): Promise<number[][]> {
  const session = await InferenceSession.create(smallModel(options))
  const ids = [2n, 4n, 6n, 3n]
  const tensor = (values: bigint[]) => new Tensor('int64', BigInt64Array.from(values), [1, 4])
  const { last_hidden_state: output } = await session.run({
    input_ids: tensor(ids),
    attention_mask: tensor(ids.map(() => 1n)),
    token_type_ids: tensor(ids.map(() => 0n)),
  })
  assert.ok(output)
  const numbers = [...(output.data as Float32Array)]
  await session.release()
  return ids.map((_, i) => numbers.slice(i * 8, i * 8 + 8))
}
const unit = (vector: readonly number[]) => {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
const column = (rows: number[][], i: number) => rows.map((row) => row[i] as number)
const JOINED: Record<string, (rows: number[][]) => number[]> = {
  mean_tokens: (rows) => (rows[0] as number[]).map((_, i) => column(rows, i).reduce((a, b) => a + b)),
  cls_token: (rows) => rows[0] as number[],
  max_tokens: (rows) => (rows[0] as number[]).map((_, i) => Math.max(...column(rows, i))),
}
function assertClose(actual: Iterable<number>, expected: Iterable<number>, within = 1e-5): void {
  const [a, b] = [[...actual], [...expected]]
  assert.equal(a.length, b.length)
  for (const [i, value] of a.entries())
    assert.ok(Math.abs(value - (b[i] as number)) < within, `${value} is not ${b[i]} at ${i}`)
}

for (const [mode, join] of Object.entries(JOINED))
  test(`the vectors of words become that of a text as the folder says: ${mode}`, async () => {
    const vector = await embedOne(await open({ files: pooling(mode) }), 'cat sits')
    assertClose(vector, unit(join(await words({}))))
  })

test('a model that gives one vector for the text is taken as it is, made of length 1', async () => {
  const vector = await embedOne(await open({ gives: 'sentence_embedding' }), 'cat sits')
  assertClose(vector, unit((JOINED.mean_tokens as (rows: number[][]) => number[])(await words({}))))
})

test('every vector has length 1, and a text without a word is close to nothing', async () => {
  const embedder = await open()
  const [some, none, blank] = await embedder.embed(['dog', '', ' \n\t'], 'passage')
  assertClose([Math.hypot(...(some as Float32Array))], [1])
  assert.deepEqual([...(none as Float32Array)], new Array(8).fill(0))
  assert.deepEqual(blank, none)
})

test('a text has the same vector alone and among longer ones, in the order that was given', async () => {
  const embedder = await open()
  const texts = fc.array(
    fc.array(fc.constantFrom('cat', 'dog', 'sits', 'runs', '.', 'ünknown', '😀'), { maxLength: 70 }),
    { minLength: 1, maxLength: 40 },
  )
  await fc.assert(
    fc.asyncProperty(texts, async (lists) => {
      const asked = lists.map((list) => list.join(' '))
      const together = await embedder.embed(asked, 'passage')
      for (const [i, text] of asked.entries())
        assertClose(together[i] as Float32Array, await embedOne(embedder, text), 1e-4)
    }),
    { numRuns: 15 },
  )
})

test('any text at all has a vector of its length', async () => {
  const embedder = await open()
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
      const vector = await embedOne(embedder, text)
      assert.equal(vector.length, 8)
      assert.ok(vector.every(Number.isFinite))
    }),
    { numRuns: 100 },
  )
})

test('questions and passages get the words before them that the folder names', async () => {
  const embedder = await open({
    files: { 'config_sentence_transformers.json': { prompts: { query: 'query: ', document: 'passage: ' } } },
  })
  const plain = await open()
  assertClose(await embedOne(embedder, 'cat', 'query'), await embedOne(plain, 'query: cat'))
  assertClose(await embedOne(embedder, 'cat', 'passage'), await embedOne(plain, 'passage: cat'))
})

test('e5 and bge get the words that they were trained with, though no file says so', async () => {
  const e5 = await open({}, 'multilingual-e5-small')
  const plain = await open()
  assertClose(await embedOne(e5, 'cat', 'query'), await embedOne(plain, 'query: cat'))
  assertClose(await embedOne(e5, 'cat', 'passage'), await embedOne(plain, 'passage: cat'))
  const bge = await open({}, 'bge-small-en-v1.5')
  const cls = await open({ files: pooling('cls_token') })
  assertClose(await embedOne(bge, 'cat', 'passage'), await embedOne(cls, 'cat'))
  assertClose(
    await embedOne(bge, 'cat', 'query'),
    await embedOne(cls, 'Represent this sentence for searching relevant passages: cat'),
  )
})

test('a text that is too long is cut, with its end mark kept', async () => {
  const embedder = await open({ files: { 'sentence_bert_config.json': { max_seq_length: 6 } } })
  assert.equal(embedder.maxTokens, 6)
  const cut = await embedOne(embedder, 'cat dog sits runs cat cat cat dog')
  assertClose(cut, await embedOne(embedder, 'cat dog sits runs'))
  const huge = await embedOne(embedder, 'cat '.repeat(1_000_000))
  assertClose(huge, await embedOne(embedder, 'cat cat cat cat'))
})

test('the tokens of a text are counted as the model cuts it, without its marks', async () => {
  const embedder = await open()
  assert.equal(embedder.countTokens('Cats, dogs.'), 6)
  assert.equal(embedder.countTokens(''), 0)
})

test('numbers of 16 bits are taken, and others are refused by their name', async () => {
  const [half, single] = [await open({ numbers: 'float16' }), await open()]
  assertClose(await embedOne(half, 'cat sits'), await embedOne(single, 'cat sits'), 2e-3)
  await fails({ numbers: 'int8' }, /gives int8; .*32 or 16 bits/)
})

test('a model without kinds of tokens, and one without a mask, work as well', async () => {
  assert.equal((await open({ inputs: ['input_ids', 'attention_mask'] })).dimensions, 8)
  assert.equal((await open({ inputs: ['input_ids'] })).dimensions, 8)
})

test('a cancelled batch stops between two runs, with the reason of the signal', async () => {
  const embedder = await open()
  const controller = new AbortController()
  const texts = Array.from({ length: 200 }, () => 'cat sits '.repeat(25))
  const begun = embedder.embed(texts, 'passage', controller.signal)
  setImmediate(() => controller.abort(new Error('enough')))
  await assert.rejects(begun, /^Error: enough$/)
  assert.equal((await embedOne(embedder, 'cat')).length, 8)
})

test('other calls of the process go on between two batches', async () => {
  const embedder = await open()
  let turns = 0
  const count = setInterval(() => turns++, 0)
  await embedder.embed(
    Array.from({ length: 400 }, () => 'cat sits runs '.repeat(18)),
    'passage',
  )
  clearInterval(count)
  assert.ok(turns > 1, `${turns} turns`)
})

test('the id is that of the model and of all that its vectors depend on', async () => {
  const first = await open()
  assert.equal((await open()).id, first.id)
  const others = [
    await open({ seed: 2 }),
    await open({ files: pooling('cls_token') }),
    await open({}, 'e5-small'),
    await open({ files: { 'sentence_bert_config.json': { max_seq_length: 9 } } }),
  ]
  assert.equal(new Set([first, ...others].map(({ id }) => id)).size, 5)
})

test('a model of other dimensions shows in its dimensions and its id', async () => {
  const [small, large] = [await open(), await open({ dimensions: 16 })]
  assert.deepEqual([small.dimensions, large.dimensions], [8, 16])
  assert.notEqual(small.id, large.id)
})

async function fails(model: SmallModel | ((folder: string) => void), message: RegExp): Promise<void> {
  const made = folder(typeof model === 'function' ? {} : model)
  if (typeof model === 'function') model(made)
  await assert.rejects(openOnnxEmbedder(made), (error: Error) => {
    assert.ok(error instanceof EmbedderError, String(error.stack))
    assert.match(error.message, message)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })
}

test('a model with other inputs is refused, with what it wants', () =>
  fails({ inputs: ['input_ids', 'pixel_values'] }, /wants input_ids, pixel_values; .*attention_mask/))

test('a model for other work is refused', () => fails({ gives: 'logits' }, /gives logits alone/))

test('a damaged model is refused, wherever it is damaged', async () => {
  const bytes = smallModel()
  const spots = [0, 7, 40, 120, Math.floor(bytes.length / 2)]
  for (const cut of [0, 1, 100, bytes.length - 10])
    await fails((to) => writeFileSync(join(to, 'model.onnx'), bytes.subarray(0, cut)), /damaged|can't|not/)
  for (const at of spots)
    await fails(
      (to) =>
        writeFileSync(
          join(to, 'model.onnx'),
          Buffer.concat([bytes.subarray(0, at), Buffer.alloc(64, 0xff), bytes.subarray(at)]),
        ),
      /damaged/,
    )
})

test('a model whose numbers are none is refused', () =>
  fails({ spread: Number.NaN }, /numbers that are none; its file may be damaged/))

test('a model that says the same of every text is refused', () =>
  fails({ spread: 0 }, /same vector for every text/))

test('a folder without a tokenizer, or with another file by its name, is refused', async () => {
  await fails((to) => rmSync(join(to, 'tokenizer.json')), /has no tokenizer\.json/)
  await fails((to) => writeFileSync(join(to, 'tokenizer.json'), '{"a":1}'), /is not a tokenizer/)
  await fails((to) => writeFileSync(join(to, 'tokenizer.json'), '{'), /tokenizer\.json can't be read/)
  await fails((to) => writeFileSync(join(to, 'tokenizer.json'), '[]'), /not a JSON object/)
  await fails(
    (to) => writeFileSync(join(to, 'tokenizer.json'), '{"model":{"type":"Odd"}}'),
    /tokenizer in .* can't be used/,
  )
})

test('a tokenizer of another model, with words that this one does not have, is refused', () =>
  fails((to) => {
    const path = join(to, 'tokenizer.json')
    const tokenizer = JSON.parse(readFileSync(path, 'utf8'))
    tokenizer.model.vocab['[UNK]'] = 5000
    tokenizer.added_tokens[1].id = 5000
    writeFileSync(path, JSON.stringify(tokenizer))
  }, /could not be run/))

test('a folder that is none, or is empty, is refused', async () => {
  await assert.rejects(openOnnxEmbedder(join(temporary, 'nowhere')), /has no tokenizer\.json/)
  mkdirSync(join(temporary, 'empty'))
  await assert.rejects(openOnnxEmbedder(join(temporary, 'empty')), /has no tokenizer\.json/)
})
