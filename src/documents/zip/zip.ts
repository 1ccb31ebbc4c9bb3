/**
 * Files of a zip archive, read and replaced; every other byte of the archive stays as it is. What an archive says
 * of itself is not trusted: sizes are bounded while unpacking. Source: PKWARE's APPNOTE.TXT 6.3.10, section 4.3.
 */
import { nodeZlib } from '../../host/lazy.ts'
import { CENTRAL, END, type FileRecord, type Layout, readDirectory } from './directory.ts'
import { broken, shownName, ZipProblem } from './problem.ts'

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

const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1
/** How much is unpacked at once, in bytes. */
const PIECE = 64 * 1024
/** Sizes and checksum follow the content. */
const DESCRIBED_AFTER = 8

/** Where a file lies. */
interface Spot {
  readonly record: FileRecord
  /** Where the next one begins. */
  readonly next: number
  /** Whether another one claims to begin there too. */
  readonly isShared: boolean
}

/** Throws ZipProblem for an archive that is broken or holds more than `most` files. */
export function openZip(archive: Buffer, most: number): Zip {
  const { start: directory, end, isZip64, records } = readDirectory(archive, most)
  records.sort((a, b) => a.localOffset - b.localOffset)
  const found = new Map<string, Spot[]>()
  for (const [i, record] of records.entries()) {
    const next = Math.min(records[i + 1]?.localOffset ?? directory, directory)
    const isShared = [i - 1, i + 1].some((other) => records[other]?.localOffset === record.localOffset)
    const spot: Spot = { record, next, isShared }
    const others = found.get(record.name)
    if (others) others.push(spot)
    else found.set(record.name, [spot])
  }
  const find = (name: string): Spot | undefined => {
    const [spot, ...more] = found.get(name) ?? []
    if (more.length > 0) throw new ZipProblem(`it has ${shownName(name)} ${more.length + 1} times`)
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
      if (isZip64)
        throw new ZipProblem(
          'it is a zip64 archive, which is read and not changed: save it anew with another program',
          'unsupported',
        )
      const replaced = new Map<FileRecord, { packed: Packed; next: number }>()
      for (const [name, content] of contents) {
        const spot = find(name)
        if (!spot) throw new ZipProblem(`it has no ${shownName(name)}`)
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

/** What a file of the archive is before it is unpacked. */
interface Content {
  readonly name: string
  readonly isDeflated: boolean
  readonly packed: Buffer
  readonly crc: number
}

function contentOf(
  archive: Buffer,
  { at, name, localOffset, packedSize }: FileRecord,
  next: number,
): Content {
  if (localOffset + LOCAL.size > next || archive.readUInt32LE(localOffset) !== LOCAL.signature) throw broken()
  if (archive.readUInt16LE(at + CENTRAL.flags) & ENCRYPTED)
    throw new ZipProblem('it is encrypted: save it without a password', 'encrypted')
  const start = headerEnd(archive, localOffset) + archive.readUInt16LE(localOffset + LOCAL.extraLength)
  const packedEnd = start + packedSize
  if (packedEnd > next) throw broken()
  const method = archive.readUInt16LE(at + CENTRAL.method)
  if (method !== STORED && method !== DEFLATED)
    throw new ZipProblem(`its ${shownName(name)} is packed in a way that is not known here`, 'unsupported')
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
  new ZipProblem(`its ${shownName(name)} is damaged`, 'damaged', { cause })

const tooLarge = (name: string, most: number): ZipProblem =>
  new ZipProblem(`its ${shownName(name)} unpacks to more than ${most} bytes`, 'too large')

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

function pack(archive: Buffer, { localOffset }: FileRecord, content: Uint8Array): Packed {
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
