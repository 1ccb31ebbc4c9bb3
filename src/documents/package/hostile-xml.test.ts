/** Documents whose XML was made to do harm: what holds for one format holds for all that are packages. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { outcomeOf } from './testing/outcome.ts'
import { bent, DECLARATION, packed, SAMPLES, TEXT } from './testing/samples.ts'

const LAUGHS = `<!DOCTYPE a [<!ENTITY l0 "lol">${Array.from(
  { length: 30 },
  (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
).join('')}]>`
const FILE = '<!DOCTYPE a [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
const PARAMETER = '<!DOCTYPE a [<!ENTITY % all SYSTEM "http://localhost:9/all.dtd">%all;]>'

for (const sample of SAMPLES) {
  const { format, text, index, lines } = sample
  const read = (others: Record<string, string | Buffer>) =>
    outcomeOf(packed(sample, others), { name: `a.${format}` })
  /** With something else where the text stands, or in front of the part that has it. */
  const saying = (otherwise: { text?: string; front?: string }) =>
    read({ [text]: bent(sample, text, otherwise) })
  /** Chapters of books are read as pages of the web are, which forgive everything. */
  const isForgiving = format === 'epub'
  const refuses = async (outcome: Promise<{ problem?: string }>, why: RegExp) =>
    assert.match((await outcome).problem ?? 'it was read', why)

  describe(`the XML of ${format}`, () => {
    for (const [what, front, reference] of [
      ['a billion laughs', LAUGHS, '&l30;'],
      ['a file', FILE, '&file;'],
      ['what is elsewhere', PARAMETER, ''],
    ] as const)
      test(`that declares entities for ${what} is not expanded`, async () => {
        const why = /^damaged: its .* declares entities of its own/
        await refuses(read({ [index]: bent(sample, index, { front, text: TEXT + reference }) }), why)
        const outcome = await saying({ front, text: TEXT + reference })
        if (isForgiving) assert.doesNotMatch(outcome.lines.join('\n'), /root:|lollol/)
        else assert.match(outcome.problem ?? 'it was read', why)
      })

    test('that nests 100 000 deep ends', async () => {
      const nested = `${'<b>'.repeat(100_000)}${TEXT}${'</b>'.repeat(100_000)}`
      if (isForgiving) assert.match((await saying({ text: nested })).lines.join(), new RegExp(TEXT))
      else await refuses(saying({ text: nested }), /^too large: its .* nests deeper than 256 elements/)
      const whole = `${DECLARATION}${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`
      await refuses(read({ [index]: whole }), /^too large: its .* nests deeper than 256 elements/)
    })

    test('with 300 000 attributes, or as many elements of nothing, ends', async () => {
      const attributes = Array.from({ length: 300_000 }, (_, i) => `a${i}=""`).join(' ')
      const wide = saying({ text: `${TEXT}<b ${attributes}/>` })
      if (isForgiving) assert.deepEqual(await wide, { lines })
      else await refuses(wide, /^too large: .* attributes/)
      assert.deepEqual(await saying({ text: TEXT + '<b/>'.repeat(300_000) }), { lines })
    })

    test('whose names are those of what every object has is read', async () => {
      const names = ['constructor', '__proto__', 'toString', 'valueOf']
      const elements = names.map((name) => `<${name} xmlns="">a</${name}>`).join('')
      assert.equal((await saying({ text: TEXT + elements })).problem, undefined)
      const attributes = names.map((name) => `${name}="1"`).join(' ')
      assert.deepEqual(await saying({ text: `${TEXT}<b ${attributes}/>` }), { lines })
    })

    test('is read in whatever encoding it is, also where it says another', async () => {
      const said = (encoding: string) => bent(sample, text, { text: 'Grüße' }).replace('UTF-8', encoding)
      const expected = lines.map((line) => line.replace(TEXT, 'Grüße'))
      for (const bytes of [
        Buffer.from(said('UTF-8')),
        Buffer.from(`\ufeff${said('UTF-8')}`),
        Buffer.from(said('UTF-16')),
        Buffer.from(said('UCS-2')),
        Buffer.from(said('x-unknown')),
        Buffer.from(said('')),
        Buffer.from(said('ISO-8859-1'), 'latin1'),
        ...['UTF-8', 'UTF-16', 'ISO-8859-1'].flatMap((encoding) => [
          Buffer.from(`\ufeff${said(encoding)}`, 'utf16le'),
          Buffer.from(`\ufeff${said(encoding)}`, 'utf16le').swap16(),
          Buffer.from(said(encoding), 'utf16le'),
          Buffer.from(said(encoding), 'utf16le').swap16(),
        ]),
      ])
        assert.deepEqual(await read({ [text]: bytes }), { lines: expected }, bytes.toString('latin1', 0, 80))
    })

    test('whose bytes are not in the encoding that it says is read, with marks where they are none', async () => {
      const bytes = Buffer.from(bent(sample, text, { text: 'Gr\xfc\xdfe und \xff' }), 'latin1')
      const outcome = await read({ [text]: bytes })
      assert.equal(outcome.problem, undefined)
      assert.match(outcome.lines.at(-1) ?? '', /Gr.+e und/)
    })

    test('that is none, empty, or cut off is refused', async () => {
      const whole = bent(sample, index, {})
      for (const xml of ['', ' ', 'Hello', '\0'.repeat(999), '<', '<a', whole.slice(0, -9)])
        await refuses(read({ [index]: xml }), /^damaged: /)
    })
  })
}
