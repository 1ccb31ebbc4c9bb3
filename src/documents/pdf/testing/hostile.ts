/** PDFs that no program writes, from their objects. */
import { deflateSync } from 'node:zlib'

/** The first object is the catalog. `streams` are bytes that go with the object of their number. */
export function pdfOf(objects: readonly string[], streams: Readonly<Record<number, Buffer>> = {}): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')]
  let length = (parts[0] as Buffer).length
  const offsets: number[] = []
  const add = (bytes: Buffer | string) => {
    const one = Buffer.from(bytes as string)
    parts.push(one)
    length += one.length
  }
  objects.forEach((content, i) => {
    const stream = streams[i + 1]
    offsets.push(length)
    add(`${i + 1} 0 obj\n`)
    add(stream ? content.replace(/>>$/, `/Length ${stream.length}>>`) : content)
    if (stream) {
      add('\nstream\n')
      add(stream)
      add('\nendstream')
    }
    add('\nendobj\n')
  })
  const start = length
  add(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`)
  for (const offset of offsets) add(`${String(offset).padStart(10, '0')} 00000 n \n`)
  add(`trailer\n<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`)
  return Buffer.concat(parts)
}

const FONT = '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'
const says = (text: string) => Buffer.from(`BT /F 12 Tf 72 700 Td (${text}) Tj ET`)

/** One page that says this; `more` goes into the catalog, `resources` into those of the page, and the objects begin with number 6. */
export function onePage(
  content: Buffer | string,
  {
    more = '',
    resources = '',
    objects = [],
    streams = {},
    filter = '',
  }: {
    more?: string
    resources?: string
    objects?: readonly string[]
    streams?: Readonly<Record<number, Buffer>>
    filter?: string
  } = {},
): Buffer {
  return pdfOf(
    [
      `<</Type/Catalog/Pages 2 0 R${more}>>`,
      '<</Type/Pages/Kids[3 0 R]/Count 1>>',
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>${resources}>>>>`,
      `<<${filter}>>`,
      FONT,
      ...objects,
    ],
    { ...streams, 4: typeof content === 'string' ? says(content) : content },
  )
}

/** A megabyte of zeros packed in about a kilobyte, so many times. */
export const packedSpaces = (megabytes: number): Buffer =>
  deflateSync(Buffer.alloc(megabytes * 1024 * 1024, ' '), { level: 9 })
