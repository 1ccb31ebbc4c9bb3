import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { EmbedderError } from './embedder.ts'
import { readModelFolder } from './model-folder.ts'
import { writeSmallModel } from './testing/small-model.ts'

const temporary = mkdtempSync(join(tmpdir(), 'model-folder-'))
after(() => rmSync(temporary, { recursive: true, force: true }))
let made = 0
const folder = (files: Record<string, object> = {}, name = 'model') =>
  writeSmallModel(join(temporary, String(++made), name), { files })
const read = (files: Record<string, object>, name?: string) => readModelFolder(folder(files, name))
function fails(folder: string, message: RegExp): void {
  assert.throws(
    () => readModelFolder(folder),
    (error: Error) => error instanceof EmbedderError && message.test(error.message),
  )
}

test('what no file says is as most models have it', () => {
  const { pooling, maxTokens, prefix, padId } = read({})
  assert.deepEqual(
    { pooling, maxTokens, prefix, padId },
    {
      pooling: 'mean',
      maxTokens: 256,
      prefix: { query: '', passage: '' },
      padId: 0,
    },
  )
})

test('the shortest length that a file names holds, and never more than 512 tokens', () => {
  const bert = {
    'sentence_bert_config.json': { max_seq_length: 128 },
    'config.json': { max_position_embeddings: 512 },
  }
  assert.equal(read(bert).maxTokens, 128)
  assert.equal(read({ 'tokenizer_config.json': { model_max_length: 1e30 } }).maxTokens, 512)
  assert.equal(read({ 'sentence_bert_config.json': { max_seq_length: null } }).maxTokens, 256)
})

test('how vectors are joined is read in the older and in the newer way', () => {
  assert.equal(read({ '1_Pooling/config.json': { pooling_mode: 'cls' } }).pooling, 'cls')
  assert.equal(read({ '1_Pooling/config.json': { pooling_mode_max_tokens: true } }).pooling, 'max')
  assert.equal(
    read({ '1_Pooling/config.json': { pooling_mode_mean_tokens: true } }, 'bge-small-en').pooling,
    'mean',
  )
  assert.equal(read({}, 'bge-small-en').pooling, 'cls')
})

test('words before a text are those of the folder, before those that are known of the model', () => {
  const prompts = (of: object) => ({ 'config_sentence_transformers.json': { prompts: of } })
  assert.deepEqual(read(prompts({ query: 'q ', passage: 'p ' }), 'e5-base').prefix, {
    query: 'q ',
    passage: 'p ',
  })
  assert.deepEqual(read(prompts({ query: '', document: '' }), 'e5-base').prefix, {
    query: 'query: ',
    passage: 'passage: ',
  })
  assert.deepEqual(read({ 'config.json': { _name_or_path: 'intfloat/e5-small-v2' } }).prefix.query, 'query: ')
  assert.deepEqual(read({}, 'e5-large/mine').prefix.query, '')
})

test('of several models the whole one is taken, then one with smaller numbers', () => {
  const both = folder()
  writeFileSync(join(both, 'onnx/model_quantized.onnx'), '')
  assert.match(readModelFolder(both).model, /\/model\.onnx$/)
  rmSync(join(both, 'model.onnx'))
  assert.match(readModelFolder(both).model, /onnx\/model_quantized\.onnx$/)
  const only = folder()
  renameSync(join(only, 'model.onnx'), join(only, 'mine.onnx'))
  assert.match(readModelFolder(only).model, /mine\.onnx$/)
})

test('no model, several, one that is a folder, and one that is too large are refused', () => {
  const none = folder()
  rmSync(join(none, 'model.onnx'))
  mkdirSync(join(none, 'model.onnx'))
  fails(none, /has no model\.onnx/)
  for (const name of ['a.onnx', 'b.onnx']) writeFileSync(join(none, name), '')
  fails(none, /several models \(a\.onnx, b\.onnx\)/)
  const large = folder()
  truncateSync(join(large, 'model.onnx'), 256 * 1024 * 1024 + 1)
  fails(large, /larger than 256 MiB; .*model_quantized/)
})

test('settings that are no JSON, or without end, are refused by their path', () => {
  const broken = folder()
  writeFileSync(join(broken, 'config.json'), '{"a":')
  fails(broken, /config\.json can't be read/)
  truncateSync(join(broken, 'config.json'), 1024 * 1024 + 1)
  fails(broken, /config\.json is larger than 1048576 bytes/)
})

test('settings of odd types say nothing', () => {
  const { pooling, maxTokens, prefix } = read({
    '1_Pooling/config.json': { pooling_mode: 7 },
    'config.json': { max_position_embeddings: 'many', _name_or_path: 5 },
    'config_sentence_transformers.json': { prompts: ['query'] },
    'tokenizer_config.json': { pad_token: { content: 12 } },
  })
  assert.deepEqual([pooling, maxTokens, prefix], ['mean', 256, { query: '', passage: '' }])
})
