import { constants, deflateRawSync } from 'node:zlib'

const MEGABYTE = 1024 * 1024

/** So many megabytes of zeros as deflate packs them (RFC 1951), to about a thousandth; made of one piece that repeats. */
export function packedZeros(megabytes: number): Uint8Array {
  const piece = deflateRawSync(new Uint8Array(MEGABYTE), { finishFlush: constants.Z_FULL_FLUSH })
  const end = deflateRawSync(new Uint8Array(0))
  return Buffer.concat([...Array.from({ length: megabytes }, () => piece), end])
}
