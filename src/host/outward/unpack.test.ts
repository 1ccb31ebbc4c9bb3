import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { before, test } from 'node:test'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { bombs, GIB } from './testing/bombs.ts'
import { failsWith, outwardToLoopback, webServer } from './testing/server.ts'
import { codingsOf, unpacked } from './unpack.ts'

type Pack = (data: Buffer) => Buffer
const PACKERS: Record<string, Pack> = {
  gzip: (data) => gzipSync(data),
  deflate: (data) => deflateSync(data),
  br: (data) => brotliCompressSync(data),
  zstd: (data) => zstdCompressSync(data),
}
const MIB = 1024 * 1024
const FREE = {
  receivedBytes: Number.POSITIVE_INFINITY,
  unpackedBytes: Number.POSITIVE_INFINITY,
  ratio: Number.POSITIVE_INFINITY,
}
const inPieces = (data: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(data.length / size) }, (_, i) => data.subarray(i * size, (i + 1) * size)),
  )
const whole = (parts: Readable): Promise<Buffer> => buffer(parts)
const unpack = (data: Buffer, codings: string[], limits = FREE, size = 16_384) =>
  unpacked(inPieces(data, size), codings, limits, 'a.test', () => {})

test('what was packed comes out as it was, in any coding, several at once, and in any pieces', async () => {
  const codings = fc.array(fc.constantFrom(...Object.keys(PACKERS)), { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 5000 }),
      codings,
      fc.integer({ min: 1, max: 600 }),
      async (bytes, applied, size) => {
        const packed = applied.reduce<Buffer>(
          (data, coding) => (PACKERS[coding] as Pack)(data),
          Buffer.from(bytes),
        )
        assert.deepEqual(await whole(unpack(packed, applied, FREE, size)), Buffer.from(bytes))
      },
    ),
  )
})

test('deflate is read with the head of zlib and without, and an empty body is empty in every coding', async () => {
  const text = Buffer.from('deflate '.repeat(100_000))
  assert.deepEqual(await whole(unpack(deflateRawSync(text), ['deflate'])), text)
  assert.deepEqual(await whole(unpack(deflateSync(text), ['deflate'])), text)
  for (const coding of Object.keys(PACKERS))
    assert.equal((await whole(unpack(Buffer.alloc(0), [coding]))).length, 0)
})

test('what is no packed body, or the beginning of one, is an error', async () => {
  const text = Buffer.from('something to pack '.repeat(1000))
  for (const [coding, pack] of Object.entries(PACKERS)) {
    await assert.rejects(whole(unpack(pack(text).subarray(0, -5), [coding])), coding)
    await assert.rejects(whole(unpack(Buffer.from('this was never packed by anyone'), [coding])), coding)
  }
})

test('codings are read in their order, whatever their case; unknown ones and too many are refused', () => {
  for (const [header, codings] of [
    [undefined, []],
    ['', []],
    ['identity', []],
    ['GZIP', ['gzip']],
    ['x-gzip,  br , identity', ['gzip', 'br']],
  ] as const)
    assert.deepEqual(codingsOf(header, 'a.test'), codings, header)
  for (const header of ['compress', 'gzip, odd', 'constructor', '__proto__', 'gzip;q=1'])
    assert.throws(
      () => codingsOf(header, 'a.test'),
      failsWith('broken_answer', /^The answer of a\.test is packed in a way/),
    )
  assert.throws(
    () => codingsOf('br, br, br, br', 'a.test'),
    failsWith('broken_answer', /packed 4 times over; 3 are/),
  )
})

let bomb: Record<string, Buffer>
before(async () => {
  bomb = await bombs()
})

for (const coding of Object.keys(PACKERS))
  test(`1 GiB in less than 1.1 MB of ${coding} is stopped at each limit, and never in memory`, async () => {
    const packed = bomb[coding] as Buffer
    assert.ok(packed.length < 1_100_000, `${packed.length}`)
    await using server = await webServer(
      (_, res) => void res.writeHead(200, { 'content-encoding': coding }).end(packed),
    )
    using outward = outwardToLoopback({ limits: { wholeMs: Number.POSITIVE_INFINITY } })
    const url = `http://a.test:${server.port}/`
    const held = () => process.memoryUsage().arrayBuffers + process.memoryUsage().external
    /** How much of it came, and how much more memory was held at most. */
    const read = async (limits: object) => {
      const { body } = await outward.fetch(url, { limits })
      const [before, sums] = [held(), { bytes: 0, most: 0 }]
      const failure = await (async () => {
        for await (const part of body as ReadableStream<Uint8Array>) {
          sums.bytes += part.byteLength
          sums.most = Math.max(sums.most, held() - before)
        }
      })().catch((error: unknown) => error)
      return { ...sums, failure }
    }
    const bySize = await read({ unpackedBytes: 32 * MIB, ratio: Number.POSITIVE_INFINITY })
    assert.throws(
      () => {
        throw bySize.failure
      },
      failsWith(
        'too_large',
        /^What a\.test:\d+ sends unpacks to more than 33554432 bytes, and was stopped\.$/,
      ),
    )
    const byRatio = await read({ unpackedBytes: GIB, ratio: 200 })
    assert.throws(
      () => {
        throw byRatio.failure
      },
      failsWith('too_large', /^What a\.test:\d+ sends unpacks to more than 200 times its length/),
    )
    assert.ok(bySize.bytes <= 32 * MIB && byRatio.bytes <= 256 * MIB)
    for (const { most } of [bySize, byRatio]) assert.ok(most < 48 * MIB, `${most} bytes were held`)
  })

test('what comes is counted as it comes, packed or not', async () => {
  const limits = { ...FREE, receivedBytes: 1000 }
  const noise = Buffer.from(Array.from({ length: 1001 }, (_, i) => (i * 7919) % 251))
  for (const [data, codings] of [
    [noise, []],
    [Buffer.concat([gzipSync(noise), noise]), ['gzip']],
  ] as [Buffer, string[]][])
    await assert.rejects(
      whole(unpack(data, codings, limits)),
      failsWith('too_large', /^a\.test sends more than 1000 bytes, and was stopped\.$/),
    )
  assert.equal((await whole(unpack(noise.subarray(0, 1000), [], limits))).length, 1000)
})

test('every part that comes is a sign of life, whether or not anything unpacks of it', async () => {
  let heard = 0
  const parts = unpacked(inPieces(gzipSync('a'), 1), ['gzip'], FREE, 'a.test', () => heard++)
  assert.equal((await whole(parts)).length, 1)
  assert.equal(heard, gzipSync('a').length)
})

test('packed twice, it is held to the same bounds after each unpacking', async () => {
  // As a body of gzip, an endless row of empty streams unpacks to nothing: only the bytes between the two show it.
  const empty = Buffer.concat(Array(200_000).fill(gzipSync('')))
  const limits = { ...FREE, unpackedBytes: MIB }
  await assert.rejects(
    whole(unpack(gzipSync(empty), ['gzip', 'gzip'], limits)),
    failsWith('too_large', /unpacks to more than 1048576 bytes/),
  )
  const twice = brotliCompressSync(bomb.gzip as Buffer)
  await assert.rejects(
    whole(unpack(twice, ['gzip', 'br'], { ...FREE, ratio: 200 })),
    failsWith('too_large', /200 times/),
  )
})

test('what repeats itself a little is no bomb: up to 1 MiB nothing is held against it', async () => {
  const text = Buffer.alloc(MIB, 'a')
  assert.equal((await whole(unpack(gzipSync(text), ['gzip'], { ...FREE, ratio: 200 }))).length, MIB)
})
