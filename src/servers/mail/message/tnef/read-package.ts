/** What people would see of winmail.dat: its text, and which files are in it. */

import { decoded } from '../charset.ts'
import { type ReadText, readText } from '../read-text.ts'
import type { PackageContents } from '../remarks.ts'
import { Ended } from './bytes.ts'
import { codePage } from './code-page.ts'
import { uncompressedRtf } from './compressed-rtf.ts'
import { PROPERTY, TYPE } from './properties.ts'
import { rtfText } from './rtf.ts'
import { type Package, type PackedFile, readTnef, textOf } from './tnef.ts'

export type ReadPackage = ReadText & PackageContents

/** Of a text, in characters. */
const MAX_TEXT = 512 * 1024

/** Never throws: of what is damaged, what is whole is read. */
export async function readPackage(bytes: Buffer): Promise<ReadPackage> {
  const read = await readTnef(bytes)
  const files = read.files.map(({ name, data }) => ({ name, size: data.length }))
  try {
    return { ...(await shownText(await written(read))), files, isDamaged: read.isDamaged }
  } catch (error) {
    if (!(error instanceof Ended)) throw error
    return { ...(await shownText({ type: 'text/plain', text: '' })), files, isDamaged: true }
  }
}

/** A file of a package, by its name without regard to case; undefined where there is none of that name. */
export async function unpack(bytes: Buffer, named: string): Promise<PackedFile | undefined> {
  const { files } = await readTnef(bytes)
  return files.find(({ name }) => name.toLowerCase() === named.toLowerCase())
}

interface Written {
  type: 'text/html' | 'text/plain'
  text: string
}

const shownText = ({ type, text }: Written): Promise<ReadText> =>
  readText(Buffer.from(text.slice(0, MAX_TEXT)), { type, charset: 'utf-8', parameters: {} })

/** In the first way that has any text. Throws an Ended. */
async function written({ properties, body, charset }: Package): Promise<Written> {
  const plain =
    (await textOf(properties.get(PROPERTY.body), charset)) ||
    (body ? await textOf({ type: TYPE.string8, value: body }, charset) : '')
  if (plain.trim() !== '') return { type: 'text/plain', text: plain }
  const html = properties.get(PROPERTY.html)
  if (html) {
    const page = properties.get(PROPERTY.htmlCodePage)?.value
    const text = await decoded(html.value, page && page.length >= 4 ? codePage(page.readUInt32LE()) : charset)
    if (text.trim() !== '') return { type: 'text/html', text }
  }
  const rtf = properties.get(PROPERTY.compressedRtf)
  return rtf ? await rtfText(uncompressedRtf(rtf.value)) : { type: 'text/plain', text: '' }
}
