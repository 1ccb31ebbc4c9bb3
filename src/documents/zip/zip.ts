/**
 * Files of a zip archive, read and replaced; every other byte of the archive stays as it is. What an archive says
 * of itself is not trusted: sizes are bounded while unpacking. Source: PKWARE's APPNOTE.TXT 6.3.10, section 4.3.
 */
import { nodeZlib } from '../../host/lazy.ts'

/** Why an archive can't be used, as the end of a sentence. */
export class ZipProblem extends Error {
  override readonly name = 'ZipProblem'
  readonly kind: 'damaged' | 'encrypted' | 'too large' | 'unsupported'

  constructor(message: string, kind: ZipProblem['kind'] = 'damaged', options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export interface Zip {
  has(name: string): boolean
  names(): string[]
  /** A file's content; undefined if there is none of that name. Throws ZipProblem for one that is damaged, or longer than `mostBytes`. */
  read(name: string, mostBytes: number): Buffer | undefined
  /**
   * As `read`, in pieces, and no further than they are asked for. Throws ZipProblem for what is wrong when it comes to that; of a
   * damaged file, the checksum tells only after the last piece.
   */
  stream(name: string, mostBytes: number): AsyncIterable<Buffer> | undefined
  /** The archive with other contents of files that are there. Throws ZipProblem. */
  with(contents: ReadonlyMap<string, Uint8Array>): Buffer
}

/** Where the fields are that a local header and a record of the central directory both have. */
interface Layout {
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packedSize: number
  readonly unpackedSize: number
}

const LOCAL = {
  signature: 0x04034b50,
  size: 30,
  nameLength: 26,
  extraLength: 28,
  flags: 6,
  method: 8,
  crc: 14,
  packedSize: 18,
  unpackedSize: 22,
} as const satisfies Layout & Readonly<Record<string, number>>
const CENTRAL = {
  signature: 0x02014b50,
  size: 46,
  nameLength: 28,
  extraLength: 30,
  commentLength: 32,
  localOffset: 42,
  flags: 8,
  method: 10,
  crc: 16,
  packedSize: 20,
  unpackedSize: 24,
} as const satisfies Layout & Readonly<Record<string, number>>
const END = { signature: 0x06054b50, size: 22, count: 10, offset: 16, commentLength: 20 } as const
/** In place of an offset or count that stands in the records of zip64. */
const IN_ZIP64 = { 16: 0xffff, 32: 0xffffffff } as const

const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1
/** How much is unpacked at once, in bytes. */
const PIECE = 64 * 1024
/** Sizes and checksum follow the content. */
const DESCRIBED_AFTER = 8

/** A record of the central directory. */
interface Central {
  /** Where the record itself is. */
  readonly at: number
  readonly name: string
  readonly localOffset: number
}

/** Where a file lies. */
interface Spot {
  readonly record: Central
  /** Where the next one begins. */
  readonly next: number
  /** Whether another one claims to begin there too. */
  readonly isShared: boolean
}

/** Throws ZipProblem for an archive that is broken or holds more than `most` files. */
export function openZip(archive: Buffer, most: number): Zip {
  const end = findEnd(archive)
  const directory = archive.readUInt32LE(end + END.offset)
  const records = readCentral(archive, end, most).sort((a, b) => a.localOffset - b.localOffset)
  const found = new Map<string, Spot[]>()
  for (const [i, record] of records.entries()) {
    const next = Math.min(records[i + 1]?.localOffset ?? directory, directory)
    const isShared = [i - 1, i + 1].some((other) => records[other]?.localOffset === record.localOffset)
    found.set(record.name, [...(found.get(record.name) ?? []), { record, next, isShared }])
  }
  const find = (name: string): Spot | undefined => {
    const [spot, ...more] = found.get(name) ?? []
    if (more.length > 0) throw new ZipProblem(`it has ${name} ${more.length + 1} times`)
    if (spot?.isShared) throw broken()
    return spot
  }
  return {
    has: (name) => found.has(name),
    names: () => [...found.keys()],
    read(name, mostBytes) {
      const spot = find(name)
      return spot && unpack(contentOf(archive, spot.record, spot.next), mostBytes)
    },
    stream(name, mostBytes) {
      const spot = find(name)
      return spot && unpackPieces(contentOf(archive, spot.record, spot.next), mostBytes)
    },
    with(contents) {
      const replaced = new Map<Central, { packed: Packed; next: number }>()
      for (const [name, content] of contents) {
        const spot = find(name)
        if (!spot) throw new ZipProblem(`it has no ${name}`)
        replaced.set(spot.record, { packed: pack(archive, spot.record, content), next: spot.next })
      }
      const parts: Buffer[] = []
      const moved: number[] = []
      let at = 0
      let shift = 0
      for (const record of records) {
        const { localOffset } = record
        if (localOffset >= directory) throw broken()
        moved.push(localOffset + shift)
        const other = replaced.get(record)
        if (!other) continue
        parts.push(archive.subarray(at, localOffset), ...other.packed.parts)
        shift += other.packed.parts[0].length + other.packed.parts[1].length - (other.next - localOffset)
        at = other.next
      }
      const result = Buffer.concat([...parts, archive.subarray(at)])
      for (const [i, record] of records.entries()) {
        result.writeUInt32LE(moved[i] as number, record.at + shift + CENTRAL.localOffset)
        const other = replaced.get(record)
        if (other) describe(result, record.at + shift, CENTRAL, other.packed)
      }
      result.writeUInt32LE(directory + shift, end + shift + END.offset)
      return result
    },
  }
}

const broken = (): ZipProblem => new ZipProblem('it is no zip archive, or a broken one')

function findEnd(archive: Buffer): number {
  for (let at = archive.length - END.size; at >= 0 && at >= archive.length - END.size - 0xffff; at--)
    if (
      archive.readUInt32LE(at) === END.signature &&
      at + END.size + archive.readUInt16LE(at + END.commentLength) === archive.length
    )
      return at
  throw broken()
}

function readCentral(archive: Buffer, end: number, most: number): Central[] {
  const count = archive.readUInt16LE(end + END.count)
  let at = archive.readUInt32LE(end + END.offset)
  if (count === IN_ZIP64[16] || at === IN_ZIP64[32])
    throw new ZipProblem('it is a zip64 archive', 'unsupported')
  if (count > most) throw new ZipProblem(`it has ${count} parts, of which ${most} are the most`, 'too large')
  const records: Central[] = []
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL.size > end || archive.readUInt32LE(at) !== CENTRAL.signature) throw broken()
    const nameEnd = at + CENTRAL.size + archive.readUInt16LE(at + CENTRAL.nameLength)
    records.push({
      at,
      name: archive.toString('utf8', at + CENTRAL.size, nameEnd),
      localOffset: archive.readUInt32LE(at + CENTRAL.localOffset),
    })
    at =
      nameEnd +
      archive.readUInt16LE(at + CENTRAL.extraLength) +
      archive.readUInt16LE(at + CENTRAL.commentLength)
  }
  if (at > end) throw broken()
  return records
}

/** What a file of the archive is before it is unpacked. */
interface Content {
  readonly name: string
  readonly isDeflated: boolean
  readonly packed: Buffer
  readonly crc: number
}

function contentOf(archive: Buffer, { at, name, localOffset }: Central, next: number): Content {
  if (localOffset + LOCAL.size > next || archive.readUInt32LE(localOffset) !== LOCAL.signature) throw broken()
  if (archive.readUInt16LE(at + CENTRAL.flags) & ENCRYPTED)
    throw new ZipProblem('it is encrypted', 'encrypted')
  const start = headerEnd(archive, localOffset) + archive.readUInt16LE(localOffset + LOCAL.extraLength)
  const packedEnd = start + archive.readUInt32LE(at + CENTRAL.packedSize)
  if (packedEnd > next) throw broken()
  const method = archive.readUInt16LE(at + CENTRAL.method)
  if (method !== STORED && method !== DEFLATED)
    throw new ZipProblem(`its ${name} is packed in a way that is not known here`, 'unsupported')
  return {
    name,
    isDeflated: method === DEFLATED,
    packed: archive.subarray(start, packedEnd),
    crc: archive.readUInt32LE(at + CENTRAL.crc),
  }
}

function unpack({ name, isDeflated, packed, crc }: Content, most: number): Buffer {
  const content = isDeflated ? inflate(packed, name, most) : packed
  if (content.length > most) throw tooLarge(name, most)
  if (nodeZlib().crc32(content) !== crc) throw damaged(name)
  return content
}

function inflate(packed: Buffer, name: string, most: number): Buffer {
  try {
    return nodeZlib().inflateRawSync(packed, { maxOutputLength: most })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(name, most)
    throw damaged(name, cause)
  }
}

async function* unpackPieces(
  { name, isDeflated, packed, crc }: Content,
  most: number,
): AsyncGenerator<Buffer> {
  const pieces = isDeflated ? inflatePieces(packed, name) : [packed]
  let size = 0
  let checksum = 0
  for await (const piece of pieces) {
    size += piece.length
    if (size > most) throw tooLarge(name, most)
    checksum = nodeZlib().crc32(piece, checksum)
    yield piece
  }
  if (checksum !== crc) throw damaged(name)
}

async function* inflatePieces(packed: Buffer, name: string): AsyncGenerator<Buffer> {
  const inflater = nodeZlib().createInflateRaw({ chunkSize: PIECE })
  inflater.end(packed)
  try {
    yield* inflater
  } catch (cause) {
    throw damaged(name, cause)
  }
}

const damaged = (name: string, cause?: unknown): ZipProblem =>
  new ZipProblem(`its ${name} is damaged`, 'damaged', { cause })

const tooLarge = (name: string, most: number): ZipProblem =>
  new ZipProblem(`its ${name} unpacks to more than ${most} bytes`, 'too large')

/** Where the name in a local header ends. */
const headerEnd = (archive: Buffer, at: number): number =>
  at + LOCAL.size + archive.readUInt16LE(at + LOCAL.nameLength)

interface Packed {
  /** The local header and the packed content. */
  readonly parts: [Buffer, Buffer]
  readonly crc: number
  readonly packedSize: number
  readonly unpackedSize: number
}

function pack(archive: Buffer, { localOffset }: Central, content: Uint8Array): Packed {
  const header = Buffer.from(archive.subarray(localOffset, headerEnd(archive, localOffset)))
  const data = nodeZlib().deflateRawSync(content)
  const packed: Packed = {
    parts: [header, data],
    crc: nodeZlib().crc32(content),
    packedSize: data.length,
    unpackedSize: content.length,
  }
  describe(header, 0, LOCAL, packed)
  header.writeUInt16LE(0, LOCAL.extraLength)
  return packed
}

/** Writes what the local header and the record of the central directory both say of a file. */
function describe(target: Buffer, at: number, layout: Layout, packed: Packed): void {
  const flags = target.readUInt16LE(at + layout.flags) & ~DESCRIBED_AFTER
  target.writeUInt16LE(flags, at + layout.flags)
  target.writeUInt16LE(DEFLATED, at + layout.method)
  target.writeUInt32LE(packed.crc, at + layout.crc)
  target.writeUInt32LE(packed.packedSize, at + layout.packedSize)
  target.writeUInt32LE(packed.unpackedSize, at + layout.unpackedSize)
}
