/** Bodies of at most 1 MiB that unpack to 1 GiB of zeros, one for each coding. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { constants, createBrotliCompress, deflateRaw, gzip, zstdCompress } from 'node:zlib'

export const GIB = 1024 * 1024 * 1024
const PART = 16 * 1024 * 1024
const times = (part: Buffer): Buffer => Buffer.concat(Array(GIB / PART).fill(part))

/** By coding. Of gzip and zstd, whole streams may stand one behind the other; deflate's blocks can, up to a last one. */
export async function bombs(): Promise<Record<string, Buffer>> {
  const zeros = Buffer.alloc(PART)
  const blocks = await promisify(deflateRaw)(zeros, { level: 9, finishFlush: constants.Z_FULL_FLUSH })
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
  return {
    gzip: times(await promisify(gzip)(zeros, { level: 9 })),
    deflate: Buffer.concat([times(blocks), Buffer.from([3, 0])]),
    br: await buffer(Readable.from(Array(GIB / PART).fill(zeros)).pipe(createBrotliCompress(quick))),
    zstd: times(await promisify(zstdCompress)(zeros)),
  }
}
