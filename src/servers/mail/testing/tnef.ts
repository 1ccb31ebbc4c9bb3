/** Writes packages as Outlook does. Source: [MS-OXTNEF], section 2.1. */

export interface Written {
  /** Properties of the message, as `property` writes them. */
  properties?: Buffer[]
  /** The text as an attribute of its own. */
  body?: string
  files?: { title?: string; data: string; properties?: Buffer[] }[]
}

export function tnef({ properties = [], body, files = [] }: Written): Buffer {
  return Buffer.concat([
    uint32(0x223e9f78),
    uint16(1),
    attribute(1, 0x89006, uint32(0x10000)),
    attribute(1, 0x69007, Buffer.concat([uint32(1252), uint32(0)])),
    ...(body === undefined ? [] : [attribute(1, 0x2800c, Buffer.from(`${body}\0`, 'latin1'))]),
    ...(properties.length === 0 ? [] : [attribute(1, 0x69003, list(properties))]),
    ...files.flatMap(({ title, data, properties: own = [] }) => [
      attribute(2, 0x69002, Buffer.alloc(14)),
      ...(title === undefined ? [] : [attribute(2, 0x18010, Buffer.from(`${title}\0`, 'latin1'))]),
      attribute(2, 0x6800f, Buffer.from(data)),
      ...(own.length === 0 ? [] : [attribute(2, 0x69005, list(own))]),
    ]),
  ])
}

/** A text in UTF-16, or bytes. */
export const property = (number: number, value: string | Buffer): Buffer =>
  typeof value === 'string'
    ? oneOf(0x1f, number, Buffer.from(`${value}\0`, 'utf16le'))
    : oneOf(0x102, number, value)

/** A message that is attached, as a package of its own; before it stands what says so (IID_IMessage). */
export const attachedMessage = (message: Written): Buffer =>
  oneOf(0x0d, 0x3701, Buffer.concat([Buffer.from('0703020000000000c000000000000046', 'hex'), tnef(message)]))

/** When it was sent, in whole seconds since 1970. */
export function sentAt(seconds: number): Buffer {
  const time = Buffer.alloc(8)
  time.writeBigUInt64LE((BigInt(seconds) + 11_644_473_600n) * 10_000_000n)
  return Buffer.concat([uint16(0x40), uint16(0x0039), time])
}

/** One that has a name instead of a number, and times; they stand between those that are read. */
export const otherProperties = (): Buffer[] => [
  Buffer.concat([
    uint16(0x1f),
    uint16(0x8001),
    Buffer.alloc(16),
    uint32(1),
    uint32(6),
    padded(Buffer.from('ab\0', 'utf16le')),
    uint32(1),
    uint32(4),
    Buffer.from('x\0', 'utf16le'),
  ]),
  Buffer.concat([uint16(0x0b), uint16(0x0e1f), uint16(1), uint16(0)]),
  Buffer.concat([uint16(0x40), uint16(0x0e06), Buffer.alloc(8)]),
  Buffer.concat([uint16(0x1003), uint16(0x3fff), uint32(2), uint32(1), uint32(2)]),
]

/** RTF in what is compressed RTF by its header alone. */
export const uncompressed = (rtf: string): Buffer =>
  Buffer.concat([
    uint32(rtf.length + 12),
    uint32(rtf.length),
    Buffer.from('MELA'),
    uint32(0),
    Buffer.from(rtf, 'latin1'),
  ])

const oneOf = (type: number, number: number, value: Buffer): Buffer =>
  Buffer.concat([uint16(type), uint16(number), uint32(1), uint32(value.length), padded(value)])

const list = (properties: Buffer[]): Buffer => Buffer.concat([uint32(properties.length), ...properties])

const attribute = (level: number, id: number, value: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([level]),
    uint32(id),
    uint32(value.length),
    value,
    uint16(value.reduce((sum, byte) => (sum + byte) & 0xffff, 0)),
  ])

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])

function uint16(number: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(number)
  return bytes
}

function uint32(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number)
  return bytes
}
