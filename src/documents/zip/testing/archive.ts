/** Zip archives that no program writes. */
import { constants, crc32, deflateRawSync } from 'node:zlib'

/** A file, and what the archive says of it where that is something else than what is true. */
export interface Entry {
  name: string
  content: string | Uint8Array | Packed
  flags?: number
  method?: number
  crc?: number
  packedSize?: number
  unpackedSize?: number
  /** Where it begins. */
  offset?: number
}

/** What was packed before: of a bomb nobody has the content. */
export interface Packed {
  packed: Buffer
  crc: number
  size: number
}

const DEFLATED = 8
const MEGABYTE = 1024 * 1024

export function archiveOf(entries: readonly Entry[], { count = entries.length } = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const entry of entries) {
    const { packed, crc, size } = isPacked(entry.content) ? entry.content : packedOf(entry.content)
    const name = Buffer.from(entry.name)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(entry.flags ?? 0, 2)
    fields.writeUInt16LE(entry.method ?? DEFLATED, 4)
    fields.writeUInt32LE(entry.crc ?? crc, 10)
    fields.writeUInt32LE(entry.packedSize ?? packed.length, 14)
    fields.writeUInt32LE((entry.unpackedSize ?? size) % 2 ** 32, 18)
    fields.writeUInt16LE(name.length, 22)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(entry.offset ?? at, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\0'), fields, place, name)
    parts.push(Buffer.from('PK\x03\x04'), fields, name, packed)
    at += 4 + fields.length + name.length + packed.length
  }
  const end = Buffer.alloc(18)
  end.writeUInt16LE(count % 2 ** 16, 4)
  end.writeUInt16LE(count % 2 ** 16, 6)
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    8,
  )
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...parts, ...directory, Buffer.from('PK\x05\x06'), end])
}

const isPacked = (content: Entry['content']): content is Packed =>
  typeof content === 'object' && 'packed' in content

function packedOf(content: string | Uint8Array): Packed {
  const bytes = Buffer.from(content as Uint8Array)
  return { packed: deflateRawSync(bytes, { level: 1 }), crc: crc32(bytes), size: bytes.length }
}

/** A text around so many megabytes of a character, packed without having them: each takes a kilobyte. */
export function bombOf(
  [before, after]: readonly [string, string],
  filler: string,
  megabytes: number,
): Packed {
  const piece = Buffer.alloc(MEGABYTE, filler)
  // Each ends at a byte and refers to nothing before it, so that they can be put one behind the other.
  const open = { finishFlush: constants.Z_FULL_FLUSH }
  const block = deflateRawSync(piece, open)
  let crc = crc32(before)
  for (let i = 0; i < megabytes; i++) crc = crc32(piece, crc)
  return {
    packed: Buffer.concat([
      deflateRawSync(before, open),
      ...Array.from({ length: megabytes }, () => block),
      deflateRawSync(after),
    ]),
    crc: crc32(after, crc),
    size: Buffer.byteLength(before) + megabytes * MEGABYTE + Buffer.byteLength(after),
  }
}
