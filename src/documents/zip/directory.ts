/** The central directory of a zip archive: which files it says it has, and where. Source: APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.5.3. */
import { broken, ZipProblem } from './problem.ts'

/** Where the fields are that a local header and a record of the central directory both have. */
export interface Layout {
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packedSize: number
  readonly unpackedSize: number
}

export const CENTRAL = {
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
export const END = { signature: 0x06054b50, size: 22, count: 10, offset: 16, commentLength: 20 } as const
/** Zip64 has a record in front of the end for what is too large for it, and in front of that end where this record is. */
const LOCATOR = { signature: 0x07064b50, size: 20, offset: 8 } as const
const END64 = { signature: 0x06064b50, size: 56, count: 32, offset: 48 } as const
/** In place of what is too large for its field. */
const ELSEWHERE = { 16: 0xffff, 32: 0xffffffff } as const
/** The extra field which then has it. */
const EXTRA64 = { id: 1, header: 4, value: 8 } as const

/** A record of the central directory. */
export interface FileRecord {
  /** Where the record itself is. */
  readonly at: number
  readonly name: string
  readonly localOffset: number
  readonly packedSize: number
}

export interface Directory {
  /** Where it begins, which is where the last file ends. */
  readonly start: number
  /** Where the record is that ends the archive. */
  readonly end: number
  readonly isZip64: boolean
  readonly records: FileRecord[]
}

/** Throws ZipProblem for an archive that is broken or says that it has more than `most` files. */
export function readDirectory(archive: Buffer, most: number): Directory {
  const end = findEnd(archive)
  const end64 = findEnd64(archive, end)
  const said = {
    count: archive.readUInt16LE(end + END.count),
    start: archive.readUInt32LE(end + END.offset),
  }
  const isElsewhere = { count: said.count === ELSEWHERE[16], start: said.start === ELSEWHERE[32] }
  const count = isElsewhere.count && end64 !== undefined ? numberAt(archive, end64 + END64.count) : said.count
  const start =
    isElsewhere.start && end64 !== undefined ? numberAt(archive, end64 + END64.offset) : said.start
  if (count > most) throw new ZipProblem(`it has ${count} parts, of which ${most} are the most`, 'too large')
  return {
    start,
    end,
    isZip64: end64 !== undefined,
    records: readRecords(archive, start, end64 ?? end, count),
  }
}

function findEnd(archive: Buffer): number {
  for (let at = archive.length - END.size; at >= 0 && at >= archive.length - END.size - 0xffff; at--)
    if (
      archive.readUInt32LE(at) === END.signature &&
      at + END.size + archive.readUInt16LE(at + END.commentLength) === archive.length
    )
      return at
  throw broken()
}

/** Undefined for an archive that is none of zip64. */
function findEnd64(archive: Buffer, end: number): number | undefined {
  const locator = end - LOCATOR.size
  if (locator < 0 || archive.readUInt32LE(locator) !== LOCATOR.signature) return undefined
  const at = numberAt(archive, locator + LOCATOR.offset)
  if (at + END64.size > locator || archive.readUInt32LE(at) !== END64.signature) throw broken()
  return at
}

function readRecords(archive: Buffer, start: number, end: number, count: number): FileRecord[] {
  const records: FileRecord[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL.size > end || archive.readUInt32LE(at) !== CENTRAL.signature) throw broken()
    const nameEnd = at + CENTRAL.size + archive.readUInt16LE(at + CENTRAL.nameLength)
    const extraEnd = nameEnd + archive.readUInt16LE(at + CENTRAL.extraLength)
    const next = extraEnd + archive.readUInt16LE(at + CENTRAL.commentLength)
    if (next > end) throw broken()
    const name = archive.toString('utf8', at + CENTRAL.size, nameEnd)
    records.push({ at, name, ...placeOf(archive, at, nameEnd, extraEnd) })
    at = next
  }
  return records
}

/** What is too large for its field is in the extra field, in this order. */
function placeOf(
  archive: Buffer,
  at: number,
  extra: number,
  extraEnd: number,
): Pick<FileRecord, 'localOffset' | 'packedSize'> {
  let left: Buffer | undefined
  const value = (field: number): number => {
    const said = archive.readUInt32LE(at + field)
    if (said !== ELSEWHERE[32]) return said
    left ??= extra64(archive.subarray(extra, extraEnd))
    if (left.length < EXTRA64.value) throw broken()
    const found = numberAt(left, 0)
    left = left.subarray(EXTRA64.value)
    return found
  }
  value(CENTRAL.unpackedSize)
  const packedSize = value(CENTRAL.packedSize)
  return { packedSize, localOffset: value(CENTRAL.localOffset) }
}

function extra64(fields: Buffer): Buffer {
  for (let at = 0; at + EXTRA64.header <= fields.length; ) {
    const end = at + EXTRA64.header + fields.readUInt16LE(at + 2)
    if (fields.readUInt16LE(at) === EXTRA64.id) return fields.subarray(at + EXTRA64.header, end)
    at = end
  }
  throw broken()
}

/** Beyond what a number holds exactly nothing is in any archive. */
const numberAt = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at))
