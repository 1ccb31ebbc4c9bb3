/** Documents that are small and have no end: what holds for one format holds for all that are packages. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MAX_CELL_TEXT } from '../spreadsheet/sheet.ts'
import { bombOf, type Packed } from '../zip/testing/archive.ts'
import { outcomeOf } from './testing/outcome.ts'
import { aroundText, packed, SAMPLES } from './testing/samples.ts'

/** More than is unpacked of any document, and less than the most of which a part is read. */
const [ENDLESS, LONG] = [512, 50]

for (const sample of SAMPLES) {
  const { format, files, text, index, lines } = sample
  const read = (others: Readonly<Record<string, Packed | string>>) =>
    outcomeOf(packed(sample, others), { name: `a.${format}` })
  const refuses = async (others: Readonly<Record<string, Packed>>, why: RegExp) =>
    assert.match((await read(others)).problem ?? 'it was read', why)
  const [before, after] = aroundText(files[text])

  describe(`${format} with a part`, () => {
    test('that has no end: no more of it is unpacked than may be, whatever its size is said to be', async () => {
      for (const part of new Set([text, index])) {
        const bomb = bombOf(aroundText(files[part]), ' ', ENDLESS)
        await refuses({ [part]: { ...bomb, size: 9 } }, /^too large: its? .*unpacks to more than \d+ bytes/)
      }
    })

    test('that has no end, and is not read: it stays packed', async () => {
      assert.deepEqual(await read({ 'media/picture.png': bombOf(['', ''], '\0', ENDLESS) }), { lines })
    })

    test('that has a text of 50 MB is read, as far as a cell takes it', async () => {
      const outcome = await read({ [text]: bombOf([before, after], 'word ', LONG) })
      assert.equal(outcome.problem, undefined)
      const { length } = outcome.lines.at(-1) ?? ''
      const megabytes = length / 1024 / 1024
      if (format === 'xlsx' || format === 'ods') assert.ok(length < MAX_CELL_TEXT * 2, `${length}`)
      else assert.ok(megabytes > LONG * 0.99, `${megabytes}`)
    })

    test('that has an attribute, a name or a comment of 50 MB has an end', async () => {
      for (const [begin, end] of [
        ['<b c="', '"/>'],
        ['<', '/>'],
        ['<!--', '-->'],
      ]) {
        const others = { [text]: bombOf([before + begin, `${end}Hello${after}`], 'x', LONG) }
        // Chapters of books are read as pages of the web are, which forgive everything.
        if (format === 'epub') assert.equal((await read(others)).lines.at(-1), lines.at(-1))
        else await refuses(others, /^too large: its .* has an attribute or a comment of more than|^damaged: /)
      }
    })

    const { many } = sample
    if (many)
      test('of which each is small enough, and all are not', async () => {
        let part: Packed | undefined
        const parts = many(12, (around) => {
          part ??= bombOf(around, ' ', 60)
          return part
        })
        assert.match(
          (await outcomeOf(packed(sample, parts), { name: `a.${format}` })).problem ?? '',
          /^too large: /,
        )
      })
  })
}
