/** Properties of Outlook as they stand in an attribute of TNEF. Source: [MS-OXTNEF], section 2.1.3.4 (MsgPropertyList), and [MS-OXPROPS] for their numbers. */
import { ByteReader, Ended } from './bytes.ts'

/** Numbers of the properties that are read here. */
export const PROPERTY = {
  subject: 0x0037,
  sentAt: 0x0039,
  sender: 0x0042,
  senderAddress: 0x0065,
  sentTo: 0x0e04,
  copiedTo: 0x0e03,
  body: 0x1000,
  compressedRtf: 0x1009,
  html: 0x1013,
  displayName: 0x3001,
  attachedData: 0x3701,
  shortFileName: 0x3704,
  longFileName: 0x3707,
  htmlCodePage: 0x3fde,
} as const

export interface Property {
  /** Of [MS-OXCDATA], section 2.11.1, without the bit for several values. */
  type: number
  value: Buffer
}

export const TYPE = {
  integer: 0x03,
  object: 0x0d,
  string8: 0x1e,
  unicode: 0x1f,
  time: 0x40,
  binary: 0x102,
} as const

/** In one attribute; Outlook writes about a hundred. */
const MAX_PROPERTIES = 2000
const SEVERAL = 0x1000
/** The first number of those that have a name. */
const NAMED = 0x8000
/** What an object begins with says what it is (16 bytes). */
const OBJECT_ID = 16
/** In bytes, of types whose values are all of one length. */
const LENGTHS: Readonly<Record<number, number>> = {
  2: 2,
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 8,
  10: 4,
  11: 2,
  20: 8,
  64: 8,
  72: 16,
}
const OF_ANY_LENGTH = new Set<number>([TYPE.object, TYPE.string8, TYPE.unicode, TYPE.binary])

/** By their numbers; of several values the first. What ends too early has those before. */
export function propertiesIn(bytes: Buffer): { properties: Map<number, Property>; isDamaged: boolean } {
  const reader = new ByteReader(bytes)
  const properties = new Map<number, Property>()
  try {
    const count = Math.min(reader.uint32(), MAX_PROPERTIES)
    for (let i = 0; i < count; i++) {
      const typed = reader.uint16()
      const number = reader.uint16()
      if (number >= NAMED) skipName(reader)
      const type = typed & ~SEVERAL
      const value = valueIn(reader, type, (typed & SEVERAL) !== 0)
      // Where the next begins is known of no other type.
      if (value === undefined) break
      properties.set(number, { type, value })
    }
  } catch (error) {
    if (!(error instanceof Ended)) throw error
    return { properties, isDamaged: true }
  }
  return { properties, isDamaged: false }
}

function skipName(reader: ByteReader): void {
  reader.take(16)
  if (reader.uint32() === 0) reader.uint32()
  else reader.takePadded(reader.uint32())
}

function valueIn(reader: ByteReader, type: number, isSeveral: boolean): Buffer | undefined {
  const length = LENGTHS[type]
  if (length !== undefined)
    return reader.takePadded(length * (isSeveral ? reader.uint32() : 1)).subarray(0, length)
  if (!OF_ANY_LENGTH.has(type)) return undefined
  const count = reader.uint32()
  let first: Buffer | undefined
  for (let i = 0; i < count; i++) {
    const value = reader.takePadded(reader.uint32())
    first ??= type === TYPE.object ? value.subarray(OBJECT_ID) : value
  }
  return first ?? Buffer.alloc(0)
}
