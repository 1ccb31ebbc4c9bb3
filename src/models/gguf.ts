/**
 * Reads the head of a GGUF file: what the file says of itself, and whether it is all there. The format:
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** A file that is no model, or not a whole one. The message says what is wrong with it, without its path. */
export class GgufError extends Error {
  override readonly name = 'GgufError'
}

/**
 * Arrays are kept only where they are short and of numbers, and texts where they are no longer than a template may be; of
 * the others, only how long they are.
 */
export type GgufValue = string | number | boolean | { length: number; numbers?: number[] }

export interface GgufTensor {
  name: string
  /** Numbers for each dimension. */
  dimensions: number[]
  /** The number that ggml gives the type. */
  type: number
  /** Where its data begins, in bytes from the beginning of all data. */
  offset: number
}

export interface GgufHead {
  metadata: ReadonlyMap<string, GgufValue>
  tensors: readonly GgufTensor[]
  /** Of the whole file. */
  bytes: number
}

const MAGIC = 0x46554747
/** Version 1 is of 2023 and counts in 32 bits; llama.cpp reads it no longer either. */
const VERSIONS = [2, 3]
const MAX_TENSORS = 100_000
const MAX_KEYS = 100_000
const MAX_DIMENSIONS = 4
const MAX_NESTING = 4
const MAX_KEY_BYTES = 65_535
const MAX_KEPT_NUMBERS = 4096
/** Some files hold the whole description of their tokenizer, which is of no use here. */
const MAX_KEPT_TEXT_BYTES = 1024 * 1024
const DEFAULT_ALIGNMENT = 32
const CHUNK_BYTES = 1024 * 1024
/** What is read before a file is taken for something else; the largest vocabularies need about 20 MB. */
const MAX_HEAD_BYTES = 256 * 1024 * 1024

/** Values in a block and bytes of a block, by ggml's number of the type. */
const TENSOR_TYPES: Readonly<Record<number, readonly [values: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  20: [32, 18],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  29: [256, 56],
  30: [1, 2],
  34: [256, 54],
  35: [256, 66],
}

/** Reads the head of a file. Throws a GgufError for what is no whole GGUF file, and whatever opening it throws. */
export function readGguf(path: string): GgufHead {
  // Without waiting, should it be a pipe by now.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return parseGguf({
      bytes: fstatSync(file).size,
      read: (into, position) => readSync(file, into, 0, into.length, position),
    })
  } finally {
    closeSync(file)
  }
}

/** Where the bytes come from. */
export interface GgufSource {
  bytes: number
  /** Fills the buffer from a position on; gives how many bytes there were. */
  read(into: Buffer, position: number): number
}

export function parseGguf(source: GgufSource): GgufHead {
  const cursor = new Cursor(source)
  if (source.bytes < 24 || cursor.u32() !== MAGIC) throw new GgufError('it is no GGUF file')
  const version = cursor.u32()
  if (!VERSIONS.includes(version))
    throw new GgufError(`it is of version ${version} of GGUF, and only ${VERSIONS.join(' and ')} can be read`)
  const tensorCount = cursor.count(MAX_TENSORS, 'tensors')
  const keyCount = cursor.count(MAX_KEYS, 'keys')
  const metadata = new Map<string, GgufValue>()
  for (let i = 0; i < keyCount; i++) {
    const key = cursor.text(MAX_KEY_BYTES)
    metadata.set(key, readValue(cursor, cursor.u32(), 0))
  }
  const tensors = Array.from({ length: tensorCount }, () => readTensor(cursor))
  checkExtent(tensors, alignmentOf(metadata), cursor.position, source.bytes)
  return { metadata, tensors, bytes: source.bytes }
}

function readTensor(cursor: Cursor): GgufTensor {
  const name = cursor.text(MAX_KEY_BYTES)
  const rank = cursor.u32()
  if (rank > MAX_DIMENSIONS) throw new GgufError(`the tensor "${name.slice(0, 60)}" has ${rank} dimensions`)
  const dimensions = Array.from({ length: rank }, () => cursor.count(Number.MAX_SAFE_INTEGER, 'values'))
  return { name, dimensions, type: cursor.u32(), offset: cursor.count(Number.MAX_SAFE_INTEGER, 'bytes') }
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>): number {
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT
  if (
    typeof alignment !== 'number' ||
    !Number.isSafeInteger(alignment) ||
    alignment < 1 ||
    alignment > 65_536
  )
    throw new GgufError('its general.alignment is no alignment')
  return alignment
}

/** Every tensor must lie within the file: what was cut off by a broken download is seen here. */
function checkExtent(
  tensors: readonly GgufTensor[],
  alignment: number,
  headEnd: number,
  bytes: number,
): void {
  const dataStart = Math.ceil(headEnd / alignment) * alignment
  let end = dataStart
  for (const { name, dimensions, type, offset } of tensors) {
    const [values, blockBytes] = TENSOR_TYPES[type] ?? [1, 0]
    const count = dimensions.reduce((product, size) => product * size, 1)
    if (count % values !== 0)
      throw new GgufError(`the tensor "${name.slice(0, 60)}" has a size that its type can't have`)
    end = Math.max(end, dataStart + offset + (count / values) * blockBytes)
  }
  if (end > bytes)
    throw new GgufError(`it is not whole: it has ${bytes} bytes, and says that there are ${end}`)
}

/** The fixed sizes of scalar types, by GGUF's number. */
const SCALARS: Readonly<Record<number, (cursor: Cursor) => number | boolean>> = {
  0: (cursor) => cursor.take(1).readUInt8(),
  1: (cursor) => cursor.take(1).readInt8(),
  2: (cursor) => cursor.take(2).readUInt16LE(),
  3: (cursor) => cursor.take(2).readInt16LE(),
  4: (cursor) => cursor.u32(),
  5: (cursor) => cursor.take(4).readInt32LE(),
  6: (cursor) => cursor.take(4).readFloatLE(),
  7: (cursor) => cursor.take(1).readUInt8() !== 0,
  10: (cursor) => Number(cursor.take(8).readBigUInt64LE()),
  11: (cursor) => Number(cursor.take(8).readBigInt64LE()),
  12: (cursor) => cursor.take(8).readDoubleLE(),
}
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
}
const STRING = 8
const ARRAY = 9

function readValue(cursor: Cursor, type: number, depth: number): GgufValue {
  if (type === STRING) return readText(cursor)
  if (type === ARRAY) return readArray(cursor, depth)
  const read = SCALARS[type]
  if (!read) throw new GgufError(`it has a value of the unknown type ${type}`)
  return read(cursor)
}

function readText(cursor: Cursor): GgufValue {
  const length = cursor.count(MAX_HEAD_BYTES, 'bytes of text')
  if (length <= MAX_KEPT_TEXT_BYTES) return cursor.take(length).toString('utf8')
  cursor.skip(length)
  return { length }
}

function readArray(cursor: Cursor, depth: number): GgufValue {
  if (depth >= MAX_NESTING) throw new GgufError('its arrays are nested too deeply')
  const type = cursor.u32()
  const length = cursor.count(MAX_HEAD_BYTES, 'items of an array')
  const read = SCALARS[type]
  if (read && length <= MAX_KEPT_NUMBERS)
    return { length, numbers: Array.from({ length }, () => Number(read(cursor))) }
  if (read) cursor.skip(length * (SCALAR_BYTES[type] as number))
  else if (type === STRING)
    for (let i = 0; i < length; i++) cursor.skip(cursor.count(MAX_HEAD_BYTES, 'bytes'))
  else for (let i = 0; i < length; i++) readValue(cursor, type, depth + 1)
  return { length }
}

/** Reads on in a file, a chunk at a time. */
class Cursor {
  readonly #source: GgufSource
  #chunk = Buffer.alloc(0)
  #chunkStart = 0
  position = 0

  constructor(source: GgufSource) {
    this.#source = source
  }

  /** The next bytes; they hold until the next call. */
  take(length: number): Buffer {
    let start = this.position - this.#chunkStart
    if (start + length > this.#chunk.length) {
      this.#load(length)
      start = 0
    }
    this.position += length
    return this.#chunk.subarray(start, start + length)
  }

  skip(length: number): void {
    this.#limit(length)
    this.position += length
  }

  u32(): number {
    return this.take(4).readUInt32LE()
  }

  /** A number of 64 bits that counts something of which there can't be more than `most`. */
  count(most: number, what: string): number {
    const value = this.take(8).readBigUInt64LE()
    if (value > BigInt(most)) throw new GgufError(`it says that there are ${value} ${what}, which can't be`)
    return Number(value)
  }

  text(most: number): string {
    return this.take(this.count(most, 'bytes of text')).toString('utf8')
  }

  #limit(length: number): void {
    if (this.position + length > Math.min(this.#source.bytes, MAX_HEAD_BYTES))
      throw new GgufError(
        this.position + length > this.#source.bytes
          ? `it is not whole: it ends after ${this.#source.bytes} bytes, in the middle of its head`
          : `its head has more than ${MAX_HEAD_BYTES} bytes`,
      )
  }

  #load(length: number): void {
    this.#limit(length)
    const chunk = Buffer.alloc(Math.min(Math.max(length, CHUNK_BYTES), this.#source.bytes - this.position))
    let filled = 0
    while (filled < chunk.length) {
      const got = this.#source.read(chunk.subarray(filled), this.position + filled)
      if (got === 0) throw new GgufError('it became shorter while it was read')
      filled += got
    }
    this.#chunk = chunk
    this.#chunkStart = this.position
  }
}
