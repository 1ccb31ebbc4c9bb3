/** Files and folders that were made to do harm. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import { fitContext } from './context.ts'
import { describeHead, describeModel } from './describe.ts'
import { ModelsFolder } from './folder.ts'
import { GgufError, parseGguf } from './gguf.ts'
import { generateModel } from './testing/generate.ts'

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer)
const u64 = (value: bigint) => Buffer.from(BigUint64Array.of(value).buffer)
const text = (value: string) => Buffer.concat([u64(BigInt(value.length)), Buffer.from(value)])
const head = (tensors: bigint, keys: bigint, ...rest: Buffer[]) =>
  Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors), u64(keys), ...rest])
const HUGE = 2n ** 64n - 1n
const STRING = 8
const ARRAY = 9
const UINT8 = 0

const parse = (bytes: Buffer) =>
  parseGguf({
    bytes: bytes.length,
    read: (into, position) => bytes.copy(into, 0, position, position + into.length),
  })

const nested = (depth: number) =>
  Buffer.concat([...Array.from({ length: depth }, () => [u32(ARRAY), u64(1n)]).flat(), u32(UINT8), u64(0n)])

for (const [how, bytes, says] of [
  ['more tensors than can be', head(HUGE, 0n), /18446744073709551615 tensors/],
  ['more keys than can be', head(0n, HUGE), /18446744073709551615 keys/],
  ['as many tensors as can be, and none there', head(100_000n, 0n), /not whole/],
  ['as many keys as can be, and none there', head(0n, 100_000n), /not whole/],
  ['a key that is longer than the file', head(0n, 1n, u64(60_000n)), /not whole/],
  ['a key that is longer than any', head(0n, 1n, u64(HUGE)), /bytes of text/],
  [
    'a text that is longer than the file',
    head(0n, 1n, text('k'), u32(STRING), u64(100_000_000n)),
    /not whole/,
  ],
  ['a text that is longer than any', head(0n, 1n, text('k'), u32(STRING), u64(2n ** 63n)), /bytes of text/],
  [
    'an array that is longer than the file',
    head(0n, 1n, text('k'), u32(ARRAY), u32(UINT8), u64(2n ** 28n)),
    /not whole/,
  ],
  [
    'an array that is longer than any',
    head(0n, 1n, text('k'), u32(ARRAY), u32(UINT8), u64(HUGE)),
    /items of an array/,
  ],
  ['arrays in arrays without end', head(0n, 1n, text('k'), u32(ARRAY), nested(100_000)), /nested too deeply/],
  ['a value of no type', head(0n, 1n, text('k'), u32(4_000_000_000)), /unknown type 4000000000/],
  ['a tensor of too many dimensions', head(1n, 0n, text('t'), u32(2 ** 31)), /has 2147483648 dimensions/],
  [
    'a tensor whose size is past counting',
    head(1n, 0n, text('t'), u32(4), ...Array(4).fill(u64(2n ** 53n - 1n)), u32(0), u64(0n)),
    /not whole/,
  ],
  [
    'a tensor that begins past counting',
    head(1n, 0n, text('t'), u32(1), u64(1n), u32(0), u64(HUGE)),
    /can't be/,
  ],
] as const)
  test(`a head with ${how} is refused, with what is wrong`, () => {
    assert.throws(
      () => parse(bytes),
      (error: Error) => error instanceof GgufError && says.test(error.message),
    )
  })

test('numbers that are none, or none that can be, describe no model', () => {
  using folder = temporaryDirectory()
  const path = join(folder.path, 'm.gguf')
  for (const key of ['llama.context_length', 'llama.embedding_length', 'llama.block_count'])
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 0.5]) {
      generateModel(path, { metadata: { [key]: { type: 6, items: [number] } } })
      assert.throws(() => describeModel(path), GgufError, `${key} ${number}`)
    }
  for (const key of [
    'llama.attention.head_count',
    'llama.attention.head_count_kv',
    'llama.feed_forward_length',
  ])
    for (const number of [Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 31 - 1]) {
      const type = number > 0 ? 5 : 6
      generateModel(path, { metadata: { [key]: { type, items: [number] } } })
      const { fits, needed } = fitContext(describeModel(path), 1e9)
      assert.ok(needed > 0, `${key} ${number}`)
      assert.equal(typeof fits, 'boolean')
    }
})

test('a model of more layers than any takes more memory than any, and is refused by that', () => {
  const metadata = new Map<string, string | number | { length: number }>([
    ['general.architecture', 'llama'],
    ...['context_length', 'embedding_length', 'block_count', 'attention.head_count_kv'].map(
      (name) => [`llama.${name}`, Number.MAX_SAFE_INTEGER] as const,
    ),
    ['tokenizer.ggml.tokens', { length: 1 }],
  ])
  const fit = fitContext(describeHead({ metadata, tensors: [], bytes: 1000 }), 1e12)
  assert.equal(fit.fits, false)
  assert.ok(!Number.isNaN(fit.needed))
})

test('a text of hundreds of megabytes is passed over, and no name or template', () => {
  using folder = temporaryDirectory()
  const path = join(folder.path, 'long.gguf')
  const length = 200 * 1024 * 1024
  const sparse = (key: string) => {
    const start = head(0n, 1n, text(key), u32(STRING), u64(BigInt(length)))
    const file = openSync(path, 'w')
    writeSync(file, start)
    ftruncateSync(file, start.length + length + 64)
    closeSync(file)
  }
  const before = process.memoryUsage().rss
  sparse('general.architecture')
  assert.throws(() => describeModel(path), /its "general\.architecture" is no text of a usual length/)
  sparse('something.else')
  assert.throws(() => describeModel(path), /does not say which architecture/)
  assert.ok(process.memoryUsage().rss - before < length / 2)
})

test('of links, pipes and folders in the folder of models, only what leads to a file counts', {
  timeout: 20_000,
}, () => {
  using folder = temporaryDirectory()
  using elsewhere = temporaryDirectory()
  const at = (name: string) => join(folder.path, name)
  const model = join(elsewhere.path, 'model')
  generateModel(model)
  const pipe = join(elsewhere.path, 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe, at('pipe.gguf')]).status, 0)
  symlinkSync(model, at('linked.gguf'))
  symlinkSync(pipe, at('linked-pipe.gguf'))
  symlinkSync('/dev/zero', at('device.gguf'))
  symlinkSync(at('nothing'), at('dangling.gguf'))
  symlinkSync(at('circle-b.gguf'), at('circle-a.gguf'))
  symlinkSync(at('circle-a.gguf'), at('circle-b.gguf'))
  symlinkSync(folder.path, at('itself.gguf'))
  mkdirSync(at('folder.gguf'))
  writeFileSync(at('empty.gguf'), '')
  const models = new ModelsFolder(folder.path)
  assert.deepEqual(
    models.list().map(({ id, problem }) => [id, problem]),
    [
      ['empty', 'it is no GGUF file'],
      ['linked', undefined],
    ],
  )
  // A file that has become a pipe since it was looked at is not waited for either.
  assert.throws(() => describeModel(pipe), /no GGUF file/)
  assert.equal(spawnSync('mkfifo', [models.settingsPath]).status, 0)
  assert.throws(() => models.settings(), /settings\.json is no file; remove it/)
})
