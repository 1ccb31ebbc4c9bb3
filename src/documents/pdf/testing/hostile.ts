/** PDFs that no program writes, from their objects. */
import { deflateSync } from 'node:zlib'

/**
 * The first object is the catalog. `streams` are bytes that go with the object of their number; `trailer` adds to the trailer what
 * may depend on where the table of objects begins.
 */
export function pdfOf(
  objects: readonly string[],
  streams: Readonly<Record<number, Buffer>> = {},
  trailer: (start: number) => string = () => '',
): Buffer {
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
  add(`trailer\n<</Size ${objects.length + 1}/Root 1 0 R${trailer(start)}>>\nstartxref\n${start}\n%%EOF\n`)
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
    contents = '4 0 R',
    font = FONT,
    trailer,
  }: {
    more?: string
    resources?: string
    objects?: readonly string[]
    streams?: Readonly<Record<number, Buffer>>
    filter?: string
    contents?: string
    font?: string
    trailer?: (start: number) => string
  } = {},
): Buffer {
  return pdfOf(
    [
      `<</Type/Catalog/Pages 2 0 R${more}>>`,
      '<</Type/Pages/Kids[3 0 R]/Count 1>>',
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents ${contents}/Resources<</Font<</F 5 0 R>>${resources}>>>>`,
      `<<${filter}>>`,
      font,
      ...objects,
    ],
    { ...streams, 4: typeof content === 'string' ? says(content) : content },
    trailer,
  )
}

/** So many pages, each of which says its text. */
export function pagesOf(texts: readonly string[]): Buffer {
  const pages = texts.map((_, i) => 4 + 2 * i)
  return pdfOf(
    [
      '<</Type/Catalog/Pages 2 0 R>>',
      `<</Type/Pages/Kids[${pages.map((number) => `${number} 0 R`).join(' ')}]/Count ${pages.length}>>`,
      FONT,
      ...pages.flatMap((number) => [
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents ${number + 1} 0 R/Resources<</Font<</F 3 0 R>>>>>>`,
        '<<>>',
      ]),
    ],
    Object.fromEntries(texts.map((text, i) => [5 + 2 * i, says(text)])),
  )
}

/** A page that says this, and draws two forms, each of which draws the next two, and so on: reading it takes for ever. */
export function doublingForms(text: string, levels: number): Buffer {
  const numbers = Array.from({ length: 2 * levels }, (_, i) => 6 + i)
  const below = (first: number) => `/XObject<</X ${first} 0 R/Y ${first + 1} 0 R>>`
  const form = (number: number) =>
    `<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<${below(number + 2 - (number % 2))}>>>>`
  return onePage(Buffer.concat([says(text), Buffer.from(' /X Do /Y Do')]), {
    resources: below(6),
    objects: numbers.map(form),
    streams: Object.fromEntries(numbers.map((number) => [number, Buffer.from('/X Do /Y Do')])),
  })
}

/** A megabyte of zeros packed in about a kilobyte, so many times. */
export const packedSpaces = (megabytes: number): Buffer =>
  deflateSync(Buffer.alloc(megabytes * 1024 * 1024, ' '), { level: 9 })
