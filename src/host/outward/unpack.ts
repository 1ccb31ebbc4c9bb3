/** What comes of an answer, held to bounds: bytes as they come, and as they unpack. */
import { pipeline, type Readable, Transform } from 'node:stream'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  constants as zlib,
} from 'node:zlib'
import { OutwardError } from './error.ts'

export interface SizeLimits {
  /** Bytes of a body as they come; Infinity for no bound. */
  receivedBytes: number
  /** Bytes of a body unpacked; Infinity for no bound. */
  unpackedBytes: number
  /** How many times as long a body may become by unpacking; the first MiB is free. */
  ratio: number
}

/** What is asked for, and understood. */
export const CODINGS = 'gzip, deflate, br, zstd'
/** More layers only make it hard to unpack. */
const MOST_CODINGS = 3
const FREE_BYTES = 1024 * 1024
/** RFC 9659: a content coding needs no larger window, and none larger is made room for. */
const ZSTD_WINDOW_LOG = 23

/** The codings of a body in the order in which they were applied (RFC 9110, section 8.4). Throws an OutwardError. */
export function codingsOf(header: string | undefined, place: string): string[] {
  const codings = (header ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim().replace(/^x-gzip$/, 'gzip'))
    .filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length > MOST_CODINGS)
    throw new OutwardError(
      'broken_answer',
      `The answer of ${place} is packed ${codings.length} times over; ${MOST_CODINGS} are unpacked.`,
    )
  if (!codings.every((coding) => Object.hasOwn(DECODERS, coding)))
    throw new OutwardError(
      'broken_answer',
      `The answer of ${place} is packed in a way that is not known here; known are ${CODINGS}.`,
    )
  return codings
}

/** A body unpacked, no faster than it is read. It fails with an OutwardError; to destroy it destroys its source. */
export function unpacked(
  source: Readable,
  codings: readonly string[],
  { receivedBytes, unpackedBytes, ratio }: SizeLimits,
  place: string,
  heard: () => void,
): Readable {
  let received = 0
  const arriving = counter((bytes) => {
    heard()
    received = bytes
    if (bytes > receivedBytes)
      throw tooLarge(`${place} sends more than ${receivedBytes} bytes, and was stopped.`)
  })
  const unpacking = codings.toReversed().flatMap((coding) => [
    decoderOf(coding),
    counter((bytes) => {
      if (bytes > unpackedBytes)
        throw tooLarge(`What ${place} sends unpacks to more than ${unpackedBytes} bytes, and was stopped.`)
      if (bytes > FREE_BYTES && bytes > ratio * received)
        throw tooLarge(
          `What ${place} sends unpacks to more than ${ratio} times its length, as nothing of use does, and was stopped.`,
        )
    }),
  ])
  const streams = [source, arriving, ...unpacking] as unknown as NodeJS.ReadWriteStream[]
  const parts = pipeline(streams, () => {}) as unknown as Readable
  // The reader gets an error; before that, there may be no reader yet.
  return parts.on('error', () => {})
}

const tooLarge = (sentence: string) => new OutwardError('too_large', sentence)

/** Passes everything on, and fails with what `look` throws of the number of bytes so far. */
function counter(look: (bytes: number) => void): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.byteLength
      try {
        look(bytes)
      } catch (error) {
        return done(error as Error)
      }
      done(null, chunk)
    },
  })
}

/** By coding: what unpacks it, once its first byte has come. */
const DECODERS: Readonly<Record<string, (first: number) => Transform>> = {
  gzip: () => createGunzip(),
  // With zlib's head, as it should be, or without, as some send it: its low half is the method, 8 (RFC 1950).
  deflate: (first) => ((first & 15) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress({ params: { [zlib.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
}

/** What unpacks a coding. An empty body is empty in every one, as many servers send it. */
const decoderOf = (coding: string) =>
  async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const parts = source[Symbol.asyncIterator]()
    const first = await parts.next()
    if (first.done) return
    const all = async function* () {
      yield first.value
      yield* { [Symbol.asyncIterator]: () => parts }
    }
    const decoder = DECODERS[coding]?.(first.value[0] ?? 0) as Transform
    yield* pipeline(all, decoder, () => {})
  }
