/** RTF as Outlook compresses it. Source: [MS-OXRTFCP], sections 2.1 and 3.1. */
import { ByteReader, Ended } from './bytes.ts'

/** What compression may refer to before anything was written. */
const BEGINNING =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx'
const DICTIONARY = 4096
const COMPRESSED = 0x75465a4c
const UNCOMPRESSED = 0x414c454d
/** More is not read; in bytes. */
const MAX_BYTES = 2 * 1024 * 1024
const SHORTEST_RUN = 2

/** As far as it is whole. Throws an Ended where it is no compressed RTF. */
export function uncompressedRtf(bytes: Buffer): Buffer {
  const reader = new ByteReader(bytes)
  reader.uint32()
  const size = Math.min(reader.uint32(), MAX_BYTES)
  const kind = reader.uint32()
  reader.uint32()
  if (kind === UNCOMPRESSED) return reader.take(Math.min(size, reader.left))
  if (kind !== COMPRESSED) throw new Ended('it is neither compressed nor uncompressed RTF')
  return expanded(reader, size)
}

function expanded(reader: ByteReader, size: number): Buffer {
  const dictionary = Buffer.alloc(DICTIONARY)
  let next = dictionary.write(BEGINNING, 'latin1')
  const text = Buffer.alloc(size)
  let written = 0
  const write = (byte: number) => {
    if (written < size) text[written++] = byte
    dictionary[next] = byte
    next = (next + 1) % DICTIONARY
  }
  while (written < size && reader.left > 0) {
    const isReference = reader.uint8()
    for (let bit = 0; bit < 8 && reader.left > 0; bit++) {
      if ((isReference & (1 << bit)) === 0) {
        write(reader.uint8())
        continue
      }
      if (reader.left < 2) return text.subarray(0, written)
      const reference = (reader.uint8() << 8) | reader.uint8()
      const from = reference >> 4
      if (from === next) return text.subarray(0, written)
      const length = (reference & 0xf) + SHORTEST_RUN
      for (let i = 0; i < length; i++) write(dictionary[(from + i) % DICTIONARY] ?? 0)
    }
  }
  return text.subarray(0, written)
}
