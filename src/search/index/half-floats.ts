/** Vectors as they are stored: each number in 16 bits (IEEE 754 binary16), in the order of bytes of this machine. */

/** Every number of 16 bits there is, made when it is first needed: four times as fast as to compute each. */
let table: Float32Array | undefined

export const toBytes = (vector: Float32Array): Uint8Array => new Uint8Array(new Float16Array(vector).buffer)

/** Into `place` of a row of vectors, or into a vector of its own. */
export function fromBytes(
  bytes: Uint8Array,
  into = new Float32Array(bytes.length / 2),
  place = 0,
): Float32Array {
  table ??= new Float32Array(
    new Float16Array(Uint16Array.from({ length: 0x10000 }, (_, bits) => bits).buffer),
  )
  const isAligned = bytes.byteOffset % 2 === 0
  const { buffer, byteOffset } = isAligned ? bytes : bytes.slice()
  const halves = new Uint16Array(buffer, byteOffset, bytes.length / 2)
  for (let i = 0; i < halves.length; i++) into[place + i] = table[halves[i] as number] as number
  return into
}
