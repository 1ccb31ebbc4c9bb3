/** Real documents of which parts are damaged within an archive that is sound: its checksums tell nothing. */
import { test } from 'node:test'
import fc from 'fast-check'
import { unzipSync } from 'fflate'
import { sample } from '../testing/told.ts'
import { archiveOf } from '../zip/testing/archive.ts'
import { outcomeOf } from './testing/outcome.ts'

/** Numbers, names and places as no program writes them. */
const ODD_VALUES = [
  '',
  '-1',
  '0',
  '99999999999999999999',
  '1e9',
  'NaN',
  '../../..',
  '__proto__',
  'constructor',
  ' ',
  '\u202e',
  'A1:XFD1048576',
  'rId1',
]
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const at = (bytes: Buffer, place: number) => Math.floor(place * bytes.length)

/** What is done to the bytes of a part; places are shares of its length. */
type Damage = (part: Buffer, other: Buffer) => Buffer
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(share, fc.nat(255)).map(
    ([place, byte]): Damage =>
      (part) => {
        const changed = Buffer.from(part)
        if (changed.length > 0) changed[at(part, place)] = byte
        return changed
      },
  ),
  share.map(
    (place): Damage =>
      (part) =>
        part.subarray(0, at(part, place)),
  ),
  fc.tuple(share, share).map(
    ([a, b]): Damage =>
      (part) => {
        const [from, to] = [a, b].map((place) => at(part, place)).sort((x, y) => x - y) as [number, number]
        return Buffer.concat([part.subarray(0, from), part.subarray(to)])
      },
  ),
  fc.tuple(share, share).map(
    ([from, to]): Damage =>
      (part, other) =>
        Buffer.concat([part.subarray(0, at(part, from)), other.subarray(at(other, to))]),
  ),
  fc.constant<Damage>((_, other) => other),
  fc.tuple(share, fc.constantFrom(...ODD_VALUES)).map(
    ([place, value]): Damage =>
      (part) =>
        valueAt(part, place, value),
  ),
  fc.tuple(share, fc.integer({ min: 2, max: 200 })).map(
    ([place, times]): Damage =>
      (part) =>
        elementAt(part, place, times),
  ),
)

/** With another value of one of its attributes. */
function valueAt(part: Buffer, place: number, value: string): Buffer {
  const xml = part.toString('latin1')
  const values = [...xml.matchAll(/="[^"]*"/g)]
  const found = values[Math.floor(place * values.length)]
  if (!found) return part
  const written = Buffer.from(value).toString('latin1')
  return Buffer.from(
    `${xml.slice(0, found.index)}="${written}"${xml.slice(found.index + found[0].length)}`,
    'latin1',
  )
}

/** With one of its tags as often. */
function elementAt(part: Buffer, place: number, times: number): Buffer {
  const xml = part.toString('latin1')
  const tags = [...xml.matchAll(/<[^>]*>/g)]
  const found = tags[Math.floor(place * tags.length)]
  if (!found) return part
  return Buffer.from(
    xml.slice(0, found.index) + found[0].repeat(times) + xml.slice(found.index + found[0].length),
    'latin1',
  )
}

for (const name of [
  'features.docx',
  'openpyxl.xlsx',
  'features.pptx',
  'features.odt',
  'libreoffice.ods',
  'features.odp',
  'pandoc.epub',
]) {
  const parts = Object.entries(unzipSync(sample(name)))
    .filter(([part]) => /\.(?:xml|rels|opf|ncx|xhtml)$|^mimetype$/.test(part))
    .map(([part, bytes]) => [part, Buffer.from(bytes)] as const)

  test(`${name} with parts that are damaged, exchanged or missing is read, or refused with a reason`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(share, share, damage), { minLength: 1, maxLength: 3 }),
        fc.option(share),
        async (damages, missing) => {
          const files = new Map<string, Buffer>(parts)
          const nameAt = (place: number) => parts[Math.floor(place * parts.length)]?.[0] ?? ''
          for (const [part, other, change] of damages)
            files.set(
              nameAt(part),
              change(files.get(nameAt(part)) ?? EMPTY, files.get(nameAt(other)) ?? EMPTY),
            )
          if (missing !== null) files.delete(nameAt(missing))
          await outcomeOf(archiveOf([...files].map(([file, content]) => ({ name: file, content }))), { name })
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 60) },
    )
  })
}

const EMPTY = Buffer.alloc(0)
