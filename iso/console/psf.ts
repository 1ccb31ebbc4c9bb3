/** Fonts of the kernel's console: PC Screen Font, version 1 or 2 (https://en.wikipedia.org/wiki/PC_Screen_Font). */

export interface Font {
  /** In pixels. */
  width: number
  height: number
  /** The pictures of letters: rows of whole bytes, the leftmost pixel in the highest bit. */
  glyphs: Uint8Array[]
  /** The characters that each picture stands for; sequences of several are left out. */
  characters: string[][]
}

const MAGIC_1 = [0x36, 0x04]
const MAGIC_2 = [0x72, 0xb5, 0x4a, 0x86]
const HEADER_2 = 32
const HAS_TABLE = 1
/** In a table: what ends a picture's entry, and what begins a sequence of characters. */
const END_1 = 0xffff
const SEQUENCE_1 = 0xfffe
const END_2 = 0xff
const SEQUENCE_2 = 0xfe

/** Throws where it is no such font, or has no table of characters. */
export function readFont(bytes: Uint8Array): Font {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (MAGIC_2.every((byte, i) => bytes[i] === byte)) {
    const [start, flags, count, size, height, width] = [8, 12, 16, 20, 24, 28].map((at) =>
      view.getUint32(at, true),
    ) as [number, number, number, number, number, number]
    if ((flags & HAS_TABLE) === 0) throw new Error('The font does not say which characters it has.')
    const table = bytes.subarray(start + count * size)
    return { width, height, glyphs: pieces(bytes, start, count, size), characters: readTable2(table, count) }
  }
  if (!MAGIC_1.every((byte, i) => bytes[i] === byte)) throw new Error('This is no font of the console.')
  const [mode = 0, height = 0] = bytes.subarray(2)
  if ((mode & 0b110) === 0) throw new Error('The font does not say which characters it has.')
  const count = mode & 1 ? 512 : 256
  const glyphs = pieces(bytes, 4, count, height)
  return { width: 8, height, glyphs, characters: readTable1(view, 4 + count * height, count) }
}

/** As version 2. */
export function writeFont({ width, height, glyphs, characters }: Font): Uint8Array {
  const size = glyphs[0]?.length ?? 0
  const header = Buffer.alloc(HEADER_2)
  header.set(MAGIC_2)
  for (const [i, value] of [0, HEADER_2, HAS_TABLE, glyphs.length, size, height, width].entries())
    header.writeUInt32LE(value, 4 + 4 * i)
  const table = characters.flatMap((all) => [Buffer.from(all.join('')), Buffer.from([END_2])])
  return Buffer.concat([header, ...glyphs, ...table])
}

const pieces = (bytes: Uint8Array, start: number, count: number, size: number): Uint8Array[] =>
  Array.from(
    { length: count },
    (_, i) => new Uint8Array(bytes.subarray(start + i * size, start + (i + 1) * size)),
  )

function readTable1(view: DataView, start: number, count: number): string[][] {
  const all: string[][] = []
  let own: string[] = []
  let inSequence = false
  for (let at = start; at + 1 < view.byteLength && all.length < count; at += 2) {
    const code = view.getUint16(at, true)
    if (code === END_1) {
      all.push(own)
      own = []
      inSequence = false
    } else if (code === SEQUENCE_1) inSequence = true
    else if (!inSequence) own.push(String.fromCharCode(code))
  }
  return all
}

function readTable2(table: Uint8Array, count: number): string[][] {
  const all: string[][] = []
  let start = 0
  while (all.length < count) {
    const end = table.indexOf(END_2, start)
    if (end < 0) throw new Error('The font ends within its table of characters.')
    const entry = table.subarray(start, end)
    const sequence = entry.indexOf(SEQUENCE_2)
    all.push([...Buffer.from(sequence < 0 ? entry : entry.subarray(0, sequence)).toString('utf8')])
    start = end + 1
  }
  return all
}
