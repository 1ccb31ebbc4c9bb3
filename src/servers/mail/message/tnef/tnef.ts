/** winmail.dat, a package that Outlook makes of a message (TNEF). Source: [MS-OXTNEF], section 2.1. */
import { fileName } from '../../imap/heading.ts'
import { decoded } from '../charset.ts'
import { ByteReader, Ended } from './bytes.ts'
import { codePage } from './code-page.ts'
import { PROPERTY, type Property, propertiesIn, TYPE } from './properties.ts'

export interface PackedFile {
  /** As its sender calls it; empty where it has no name. */
  name: string
  data: Buffer
}

/** What is read of a package: properties of its message by their numbers, and files. */
export interface Package {
  properties: ReadonlyMap<number, Property>
  /** The text where it is no property. */
  body: Buffer | undefined
  charset: string
  files: PackedFile[]
  /** Messages that are attached to it, as packages of their own. */
  messages: Buffer[]
  /** Whether it ends too early, or has other bytes than were written. */
  isDamaged: boolean
}

const SIGNATURE = 0x223e9f78
/** Of attributes, with their types. */
const ATTRIBUTE = {
  codePage: 0x69007,
  body: 0x2800c,
  properties: 0x69003,
  newFile: 0x69002,
  fileTitle: 0x18010,
  fileData: 0x6800f,
  fileProperties: 0x69005,
} as const
const MAX_ATTRIBUTES = 10_000
const MAX_FILES = 200

interface Packed {
  title: Buffer | undefined
  data: Buffer | undefined
  properties: ReadonlyMap<number, Property>
}

/** Never throws: of what is damaged there is what comes before. */
export async function readTnef(bytes: Buffer): Promise<Package> {
  const found: Found = {
    properties: new Map(),
    body: undefined,
    charset: codePage(1252),
    files: [],
    isDamaged: false,
  }
  try {
    readAttributes(new ByteReader(bytes), found)
  } catch (error) {
    if (!(error instanceof Ended)) throw error
    found.isDamaged = true
  }
  const files: PackedFile[] = []
  const messages: Buffer[] = []
  for (const file of found.files) {
    const message = messageIn(file)
    if (message) messages.push(message)
    else files.push(await named(file, found.charset))
  }
  return { ...found, files, messages }
}

type Found = Omit<Package, 'files' | 'messages'> & { files: Packed[] }

/** An object that begins as a package does; others are of other programs ([MS-OXTNEF], section 2.1.3.4.5). */
function messageIn({ properties }: Packed): Buffer | undefined {
  const { type, value } = properties.get(PROPERTY.attachedData) ?? {}
  const isMessage = type === TYPE.object && value && value.length >= 4 && value.readUInt32LE() === SIGNATURE
  return isMessage ? value : undefined
}

function readAttributes(reader: ByteReader, found: Found): void {
  if (reader.uint32() !== SIGNATURE) throw new Ended('it does not begin as TNEF does')
  reader.uint16()
  for (let i = 0; i < MAX_ATTRIBUTES && reader.left > 0; i++) {
    reader.uint8()
    const id = reader.uint32()
    const value = reader.take(reader.uint32())
    if (reader.uint16() !== checksum(value)) found.isDamaged = true
    if (id === ATTRIBUTE.newFile && found.files.length === MAX_FILES) return
    note(found, id, value)
  }
}

const checksum = (bytes: Buffer): number => {
  let sum = 0
  for (const byte of bytes) sum = (sum + byte) & 0xffff
  return sum
}

function note(found: Found, id: number, value: Buffer): void {
  const file = found.files.at(-1)
  const properties = () => {
    const read = propertiesIn(value)
    found.isDamaged ||= read.isDamaged
    return read.properties
  }
  if (id === ATTRIBUTE.codePage && value.length >= 4) found.charset = codePage(value.readUInt32LE())
  else if (id === ATTRIBUTE.body) found.body = value
  else if (id === ATTRIBUTE.properties) found.properties = properties()
  else if (id === ATTRIBUTE.newFile)
    found.files.push({ title: undefined, data: undefined, properties: new Map() })
  else if (file && id === ATTRIBUTE.fileTitle) file.title = value
  else if (file && id === ATTRIBUTE.fileData) file.data = value
  else if (file && id === ATTRIBUTE.fileProperties) file.properties = properties()
}

async function named({ title, data, properties }: Packed, charset: string): Promise<PackedFile> {
  const { longFileName, shortFileName, displayName, attachedData } = PROPERTY
  const names = [longFileName, shortFileName, displayName].map((number) => properties.get(number))
  let name = ''
  for (const one of names) name ||= await textOf(one, charset)
  if (name === '' && title) name = await textOf({ type: TYPE.string8, value: title }, charset)
  return { name: fileName(name), data: data ?? properties.get(attachedData)?.value ?? Buffer.alloc(0) }
}

/** Without the zero that it ends with; empty where there is none. */
export async function textOf(property: Property | undefined, charset: string): Promise<string> {
  if (!property || (property.type !== TYPE.string8 && property.type !== TYPE.unicode)) return ''
  const text = await decoded(property.value, property.type === TYPE.unicode ? 'utf-16le' : charset)
  return text.split('\0', 1)[0] ?? ''
}
