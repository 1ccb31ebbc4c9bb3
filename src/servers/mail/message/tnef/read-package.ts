/** What people would see of winmail.dat: its text, which files are in it, and the messages within it. */

import type { Address, MessageHeading } from '../../imap/client.ts'
import { fileName } from '../../imap/heading.ts'
import { decoded } from '../charset.ts'
import { type ReadText, readText } from '../read-text.ts'
import type { PackageContents } from '../remarks.ts'
import { Ended } from './bytes.ts'
import { codePage } from './code-page.ts'
import { uncompressedRtf } from './compressed-rtf.ts'
import { PROPERTY, TYPE } from './properties.ts'
import { rtfText } from './rtf.ts'
import { type Package, type PackedFile, readTnef, textOf } from './tnef.ts'

export type ReadPackage = ReadText &
  PackageContents & {
    /** In their order, those within them too. */
    messages: (ReadText & { heading: MessageHeading })[]
  }

/** Of a text, in characters. */
const MAX_TEXT = 512 * 1024
/** Messages in one package that are read, how deep they are looked for, and files of all of them. */
const MAX_MESSAGES = 12
const MAX_DEPTH = 5
const MAX_FILES = 200

/** Never throws: of what is damaged, what is whole is read. */
export async function readPackage(bytes: Buffer): Promise<ReadPackage> {
  const all = await packagesIn(bytes)
  const read = []
  for (const one of all) read.push({ heading: await headingOf(one), ...(await textIn(one)) })
  const [own, ...messages] = read
  return {
    ...(own ?? (await textIn(undefined))),
    files: filesIn(all).map(({ name, data }) => ({ name, size: data.length })),
    messages,
    isDamaged: read.some(({ isDamaged }) => isDamaged),
  }
}

/** A file of a package, by its name without regard to case; undefined where there is none of that name. */
export async function unpack(bytes: Buffer, named: string): Promise<PackedFile | undefined> {
  const files = filesIn(await packagesIn(bytes))
  return files.find(({ name }) => name.toLowerCase() === named.toLowerCase())
}

/** The package itself, and then the messages within it, each before those that are within it. */
async function packagesIn(bytes: Buffer, depth = 0): Promise<Package[]> {
  const own = await readTnef(bytes)
  const all = [own]
  for (const message of depth < MAX_DEPTH ? own.messages : []) {
    if (all.length > MAX_MESSAGES) break
    all.push(...(await packagesIn(message, depth + 1)))
  }
  return all.slice(0, MAX_MESSAGES + 1)
}

const filesIn = (all: readonly Package[]): PackedFile[] =>
  all.flatMap(({ files }) => files).slice(0, MAX_FILES)

async function textIn(read: Package | undefined): Promise<ReadText & { isDamaged: boolean }> {
  const nothing: Written = { type: 'text/plain', text: '' }
  try {
    return {
      ...(await shownText(read ? await written(read) : nothing)),
      isDamaged: read?.isDamaged ?? true,
    }
  } catch (error) {
    if (!(error instanceof Ended)) throw error
    return { ...(await shownText(nothing)), isDamaged: true }
  }
}

async function headingOf({ properties, charset }: Package): Promise<MessageHeading> {
  const textAt = async (number: number) => fileName(await textOf(properties.get(number), charset))
  const people = async (number: number): Promise<Address[]> =>
    (await textAt(number))
      .split(';')
      .map((name) => ({ name: name.trim(), address: '' }))
      .filter(({ name }) => name !== '')
  const sender = { name: await textAt(PROPERTY.sender), address: await textAt(PROPERTY.senderAddress) }
  const time = properties.get(PROPERTY.sentAt)
  return {
    subject: await textAt(PROPERTY.subject),
    from: sender.name || sender.address ? [sender] : [],
    to: await people(PROPERTY.sentTo),
    cc: await people(PROPERTY.copiedTo),
    sentAt: time?.type === TYPE.time ? timeIn(time.value) : undefined,
  }
}

/** A hundred nanoseconds each since 1601 ([MS-DTYP], section 2.3.3), as milliseconds since 1970; undefined for what is no date. */
function timeIn(value: Buffer): number | undefined {
  const ticks = value.readUInt32LE(4) * 2 ** 32 + value.readUInt32LE(0)
  const time = Math.floor(ticks / 10_000) - 11_644_473_600_000
  return Math.abs(time) <= 8.64e15 ? time : undefined
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
