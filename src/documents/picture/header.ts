/** What a picture says of itself in its first bytes: nothing of it is decoded. */

export const PICTURE_TYPES = ['png', 'jpeg', 'tiff', 'webp', 'bmp'] as const
export type PictureType = (typeof PICTURE_TYPES)[number]

export interface PictureHeader {
  type: PictureType
  /** In pixels; undefined where they stand elsewhere in the file. */
  size: { width: number; height: number } | undefined
  isAnimated: boolean
}

type Look = (bytes: Buffer) => PictureHeader | undefined

/** Undefined for bytes that are none of these pictures. Only the beginning of a file is needed. */
export const pictureHeader: Look = (bytes) => {
  for (const look of [png, jpeg, tiff, webp, bmp]) {
    const header = look(bytes)
    if (header) return header
  }
  return undefined
}

const startsWith = (bytes: Buffer, hex: string, at = 0): boolean =>
  bytes.subarray(at, at + hex.length / 2).equals(Buffer.from(hex, 'hex'))

const still = (type: PictureType, width?: number, height?: number): PictureHeader => ({
  type,
  size: width === undefined || height === undefined ? undefined : { width, height },
  isAnimated: false,
})

/** https://www.w3.org/TR/png-3/ */
const png: Look = (bytes) => {
  if (!startsWith(bytes, '89504e470d0a1a0a')) return undefined
  if (bytes.length < 24) return still('png')
  return still('png', bytes.readUInt32BE(16), bytes.readUInt32BE(20))
}

/** Frames that say how large a picture is: SOF0 to SOF15, without what only has their numbers. https://www.w3.org/Graphics/JPEG/itu-t81.pdf */
const FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])
const jpeg: Look = (bytes) => {
  if (!startsWith(bytes, 'ffd8ff')) return undefined
  for (let at = 2; at + 9 <= bytes.length; ) {
    if (bytes[at] !== 0xff) break
    const marker = bytes[at + 1] as number
    // Fill bytes come before a marker.
    if (marker === 0xff) at++
    else if (FRAMES.has(marker)) return still('jpeg', bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5))
    else at += 2 + bytes.readUInt16BE(at + 2)
  }
  return still('jpeg')
}

/** Of a page of a TIFF: https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf */
const WIDTH = 256
const HEIGHT = 257
const SHORT = 3
const MAX_FIELDS = 4096
const tiff: Look = (bytes) => {
  const isLittle = startsWith(bytes, '49492a00')
  if (!isLittle && !startsWith(bytes, '4d4d002a')) return undefined
  const short = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const long = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const has = (end: number) => end <= bytes.length
  const fields = has(8) ? long(4) : bytes.length
  const found = new Map<number, number>()
  const count = has(fields + 2) ? Math.min(short(fields), MAX_FIELDS) : 0
  for (let at = fields + 2; at < fields + 2 + 12 * count && has(at + 12); at += 12) {
    const field = short(at)
    if (field === WIDTH || field === HEIGHT)
      found.set(field, short(at + 2) === SHORT ? short(at + 8) : long(at + 8))
  }
  return still('tiff', found.get(WIDTH), found.get(HEIGHT))
}

/** https://developers.google.com/speed/webp/docs/riff_container */
const ANIMATION = 0b10
const webp: Look = (bytes) => {
  if (!startsWith(bytes, '52494646') || bytes.toString('latin1', 8, 12) !== 'WEBP') return undefined
  if (bytes.length < 30) return still('webp')
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return still('webp', bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff)
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return still('webp', (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1)
    }
    case 'VP8X': {
      const isAnimated = ((bytes[20] as number) & ANIMATION) !== 0
      return { ...still('webp', bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1), isAnimated }
    }
    default:
      return still('webp')
  }
}

/** How long the description of a picture is, in each version of the format; many a text begins with its two letters. */
const BMP_HEADERS = new Set([12, 40, 52, 56, 64, 108, 124])
const bmp: Look = (bytes) => {
  if (!startsWith(bytes, '424d') || bytes.length < 26 || !startsWith(bytes, '00000000', 6)) return undefined
  const header = bytes.readUInt32LE(14)
  if (!BMP_HEADERS.has(header)) return undefined
  if (header === 12) return still('bmp', bytes.readUInt16LE(18), bytes.readUInt16LE(20))
  // A picture that begins at its top has a negative height.
  return still('bmp', Math.abs(bytes.readInt32LE(18)), Math.abs(bytes.readInt32LE(22)))
}
