import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readWeights } from './weights.ts'

const folder = mkdtempSync(join(tmpdir(), 'weights-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const weights = [
  { name: 'a', shape: [2], dtype: 'float32' },
  { name: 'n', shape: [], dtype: 'int32' },
  { name: 'b', shape: [1, 3], dtype: 'float32' },
]
function write(shards: Buffer[]): void {
  const paths = shards.map((_, i) => `shard${i}`)
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ weightsManifest: [{ paths, weights }] }))
  for (const [i, shard] of shards.entries()) writeFileSync(join(folder, `shard${i}`), shard)
}
const bytes = Buffer.from(Float32Array.of(1, 2, 0, 3, 4, 5).buffer)

test('tensors lie one after the other, across shards', () => {
  write([bytes.subarray(0, 13), bytes.subarray(13)])
  const weight = readWeights(folder)
  assert.deepEqual(weight('a'), { shape: [2], data: Float32Array.of(1, 2) })
  assert.deepEqual(weight('b'), { shape: [1, 3], data: Float32Array.of(3, 4, 5) })
})

test('shards of another length, and weights that are not there, are refused', () => {
  write([bytes.subarray(0, 20)])
  assert.throws(() => readWeights(folder), /20 bytes, and should have 24/)
  write([bytes, Buffer.of(1)])
  assert.throws(() => readWeights(folder), /25 bytes, and should have 24/)
  write([bytes])
  assert.throws(() => readWeights(folder)('c'), /no weights "c"/)
})
