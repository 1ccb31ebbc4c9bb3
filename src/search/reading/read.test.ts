import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { wordsIn } from '../../documents/text/testing/blocks.ts'
import { encode } from '../../documents/text/testing/encode.ts'
import { SAMPLES } from '../../documents/text/testing/samples.ts'
import { shippedModelFolder } from '../embedding/shipped.ts'
import { embeddedText } from './cut.ts'
import { rangesOf } from './parts.ts'
import { type NotRead, type ReadFile, readDocument } from './read.ts'
import { byWord, openMeasure } from './tokens.ts'

const measure = { maxTokens: 40, countTokens: byWord((word) => Math.ceil(word.length / 6)) }

function read(
  name: string,
  bytes: Uint8Array | string,
  options: Partial<Parameters<typeof readDocument>[1]> = {},
) {
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes)
  return readDocument({ name, size: all.length, parts: [{ start: 0, bytes: all }] }, { measure, ...options })
}

const searched = (result: ReadFile | NotRead): ReadFile => {
  assert.ok('pieces' in result, JSON.stringify(result))
  return result
}

describe('a file', () => {
  test('is read into pieces that know where they lie', async () => {
    const { format, language, pieces, note } = searched(
      await read(
        'trip.md',
        '# Trip\n\nThe bus leaves at six and it is not late.\n\n## Food\n\nBring bread with you.\n',
      ),
    )
    assert.deepEqual([format, language, note], ['markdown', 'en', undefined])
    assert.deepEqual(
      pieces.map(({ digest, ...piece }) => piece),
      [
        {
          headings: ['Trip'],
          content: '# Trip\n\nThe bus leaves at six and it is not late.',
          startLine: 1,
          endLine: 3,
          startByte: 0,
          endByte: 49,
        },
        {
          headings: ['Trip', 'Food'],
          content: '## Food\n\nBring bread with you.',
          startLine: 5,
          endLine: 7,
          startByte: 51,
          endByte: 81,
        },
      ],
    )
  })

  test('has the same digest for the same text, wherever it lies and however it is laid out', async () => {
    const first = async (text: string) => searched(await read('a.txt', text)).pieces[0]
    const one = await first('same  words\n')
    const other = await first('\n\nsame\nwords')
    const third = await first('other words')
    assert.equal(one?.digest.length, 16)
    assert.deepEqual(one?.digest, other?.digest)
    assert.notDeepEqual(one?.digest, third?.digest)
  })

  test('of a name that says nothing is read by its content', async () => {
    assert.equal(
      searched(await read('page', '<!doctype html><p>seen<script>unseen</script>')).pieces[0]?.content,
      'seen',
    )
    assert.equal(
      searched(await read('mail', 'From: a@b\nDate: Mon, 1 Jan 2026 10:00:00 +0000\nSubject: Boat\n\nhello'))
        .format,
      'email',
    )
    assert.equal(searched(await read('unnamed', 'just words')).format, 'text')
  })

  test('that is no text is not read, whatever it is called', async () => {
    for (const name of ['notes.txt', 'a.md', 'a.csv', 'a.json', 'a.html', 'a.ts', 'a.ipynb', 'no extension'])
      assert.deepEqual(await read(name, gzipSync('x'.repeat(10_000))), { problem: 'It is no text.' }, name)
    assert.deepEqual(await read('a.gif', 'x'), { problem: 'Pictures of this kind (.gif) are not read.' })
  })

  test('that is empty has no pieces', async () => {
    for (const name of ['a.txt', 'a.md', 'a.csv', 'a.json', 'a.html', 'a.ts', 'a.eml', 'a.ipynb', 'a'])
      for (const content of ['', '\n\n \n'])
        assert.deepEqual(searched(await read(name, content)).pieces, [], name)
  })

  test('has no more pieces than it may, and this is said', async () => {
    const { pieces, note } = searched(
      await read('a.txt', 'some words here\n\n'.repeat(10_000), { maxPieces: 50 }),
    )
    assert.equal(pieces.length, 50)
    assert.equal(note, 'Only 50 passages of it are searched, from its beginning: one file may not have more.')
    assert.equal(searched(await read('a.txt', 'word', { maxPieces: 1 })).note, undefined)
  })
})

describe('a log of 2 GB', () => {
  const size = 2_200_000_000
  const line = (at: number) => `${String(at).padStart(12, '0')} a line of the log, GRÜSSE\n`
  const length = Buffer.byteLength(line(0))
  /** Only what is asked for is ever there. */
  const bytesOf = ({ start, end }: { start: number; end: number }) => {
    const first = Math.floor(start / length)
    const lines = Array.from({ length: Math.ceil((end - start) / length) + 1 }, (_, i) =>
      line(first + i),
    ).join('')
    return Buffer.from(lines).subarray(start - first * length, end - first * length)
  }

  test('is searched in its beginning and its end, at the right places', async () => {
    const ranges = rangesOf('text', size)
    const parts = ranges.map((range) => ({ start: range.start, bytes: bytesOf(range) }))
    const { pieces, note } = searched(
      await readDocument({ name: 'big.log', size, parts }, { measure: { ...measure, maxTokens: 128 } }),
    )
    assert.equal(note, 'Only the first 2 MB and the last 2 MB of its 2 GB are searched.')
    const last = pieces.at(-1)
    assert.ok(last && last.startByte > size / 2)
    for (const { startByte, endByte, content, startLine } of [
      pieces[0],
      pieces[100],
      pieces[6000],
      last,
    ].filter((one) => !!one)) {
      assert.equal(bytesOf({ start: startByte, end: endByte }).toString(), content)
      assert.equal(startLine, startByte > size / 2 ? 0 : Math.floor(startByte / length) + 1)
    }
  })
})

describe('in every encoding', () => {
  for (const { text, encodings } of SAMPLES)
    for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', ...encodings])
      test(`the bytes of a piece decode to it (${text.slice(0, 12)} in ${encoding})`, async () => {
        const body = `${text}\n\n`.repeat(30) + text.repeat(20)
        const mark = encoding === 'utf-16le' ? [0xff, 0xfe] : encoding === 'utf-16be' ? [0xfe, 0xff] : []
        const bytes = Buffer.concat([Buffer.from(mark), encode(body, encoding) as Buffer])
        const { pieces } = searched(await read('a.txt', bytes))
        assert.ok(pieces.length > 5)
        for (const { startByte, endByte, content } of pieces)
          assert.equal(new TextDecoder(encoding).decode(bytes.subarray(startByte, endByte)), content)
      })
})

/** By their formats. */
const NAMES = ['a.txt', 'a.md', 'a.html', 'a.ts', 'a.csv', 'a.json', 'a.ipynb', 'a.eml', 'unnamed']
const syntax = fc.constantFrom(
  '\n',
  '\n\n',
  '```\n',
  '# x\n',
  '---\n',
  '"',
  '""',
  ',',
  ';',
  '\t',
  '{',
  '}',
  '[',
  ']',
  ':',
  '\\',
  '\\u00e4',
  '<p>',
  '</p>',
  '<div hidden>',

  '<!--',
  '-->',
  '<script>',
  '&amp;',
  '&#x0;',
  '<',
  '>',
  'function f() {\n',
  '    def g(x):\n',
  '/* ',
  '*/',
  'Subject: x\n',
  'Content-Type: text/html\n',
  '=20',
  'word',
  'ünder',
  '🙂',
  '\0',
  '\r',
)
const odd = fc.oneof(
  fc
    .array(fc.oneof(syntax, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 80 })
    .map((parts) => Buffer.from(parts.join(''))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
)

describe('whatever bytes a file has', () => {
  for (const name of NAMES)
    test(`it is read or left (${name})`, async () => {
      await fc.assert(
        fc.asyncProperty(odd, async (bytes) => {
          const result = await read(name, bytes).catch((error: unknown) => error)
          if (!('pieces' in (result as ReadFile))) return
          let last = 0
          for (const piece of (result as ReadFile).pieces) {
            assert.notEqual(piece.content, '')
            assert.ok(
              piece.content.isWellFormed() && piece.headings.every((heading) => heading.isWellFormed()),
            )
            assert.ok(piece.startByte >= last || name !== 'a.txt')
            assert.ok(piece.startByte < piece.endByte && piece.endByte <= bytes.length, JSON.stringify(piece))
            assert.ok(measure.countTokens(embeddedText(piece)) <= measure.maxTokens)
            last = piece.startByte
          }
        }),
        { numRuns: 150 },
      )
    })

  for (const name of ['a.txt', 'a.md', 'a.ts', 'a.csv', 'a.json'])
    test(`none of its words is lost (${name})`, async () => {
      const texts = fc
        .array(
          fc.oneof(
            syntax.filter((part) => !/[\\\0]/.test(part)),
            fc.constantFrom('one', 'two ', 'drei', '4711 '),
          ),
          { maxLength: 150 },
        )
        .map((parts) => parts.join(''))
      await fc.assert(
        fc.asyncProperty(texts, async (text) => {
          const { pieces } = searched(await read(name, text))
          const have = new Set(pieces.flatMap(({ content }) => wordsIn(content)))
          const bytes = Buffer.from(text)
          for (const { content, startByte, endByte } of pieces)
            assert.equal(bytes.subarray(startByte, endByte).toString(), content)
          // A word that is longer than a piece is cut.
          for (const word of wordsIn(text)) assert.ok(have.has(word) || word.length > 100, word)
        }),
        { numRuns: 150 },
      )
    })
})

/** What would take for ever if anything in it took longer the more there is. */
const HOSTILE: Readonly<Record<string, string>> = {
  'one line': 'word '.repeat(100_000),
  'one word': 'x'.repeat(1_000_000),
  'other words all along': Array.from({ length: 150_000 }, (_, i) => i.toString(36)).join(' '),
  'blank lines': '\n'.repeat(1_000_000),
  'blank space': ' '.repeat(1_000_000),
  'spaces and a word': `${' '.repeat(1_000_000)}x`,
  'lines of spaces': ' \t \n'.repeat(250_000),
  paragraphs: 'a\n\n'.repeat(325_000),
  'open brackets': '['.repeat(1_000_000),
  'open braces with keys': '{"a":'.repeat(100_000),
  'closed brackets': ']'.repeat(1_000_000),
  'empty brackets': '{},'.repeat(325_000),
  quotes: '"'.repeat(1_000_000),
  'quotes on lines': '"\n'.repeat(500_000),
  backslashes: '\\'.repeat(1_000_000),
  commas: ','.repeat(1_000_000),
  'open tags': '<div>'.repeat(100_000),
  'open tags with text': '<b>x'.repeat(250_000),
  'half tags': '<a '.repeat(325_000),
  'many attributes': `<a ${'b=c '.repeat(250_000)}>`,
  'closing tags': '</p>'.repeat(250_000),
  'tags that are never opened': `${'<i>'.repeat(3000)}${'</u>'.repeat(225_000)}`,
  'open comments': '<!--'.repeat(250_000),
  entities: '&amp;'.repeat(100_000),
  'half entities': '&am'.repeat(325_000),
  headings: '# a\n'.repeat(250_000),
  'heading marks': '#'.repeat(1_000_000),
  'a heading of spaces': `#${' '.repeat(1_000_000)}x`,
  'a heading of marks': `# x${' #'.repeat(500_000)}y`,
  fences: '```\n'.repeat(250_000),
  underlines: 'a\n---\n'.repeat(150_000),
  'a rule': `a\n${'-'.repeat(1_000_000)}x`,
  settings: `---\n${'a: b\n'.repeat(100_000)}`,
  comments: '// a\n'.repeat(100_000),
  parentheses: '('.repeat(1_000_000),
  'calls on lines': `${'f('.repeat(490)}\n`.repeat(1000),
  'names on lines': `${'a '.repeat(490)}(\n`.repeat(1000),
  modifiers: `${'public static '.repeat(70)}\n`.repeat(1000),
  'headers of mail': 'A: b\n'.repeat(100_000),
  'header that goes on': `Subject: ${' a\n'.repeat(250_000)}`,
  boundaries: `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n'.repeat(250_000)}`,
  'encoded words': `Subject: ${'=?utf-8?q?a?= '.repeat(70_000)}`,
  addresses: `To: ${'a@b, '.repeat(40_000)}\n\nx`,
  'open addresses': `To: ${'<'.repeat(50_000)}\n\nx`,
  'comments in addresses': `To: ${'('.repeat(50_000)}\n\nx`,
}

describe('a file of 1 MB that was made to take for ever is read, or refused', async () => {
  const shipped = await openMeasure(shippedModelFolder())
  for (const [what, text] of Object.entries(HOSTILE))
    test(what, { timeout: 60_000 }, async () => {
      for (const name of NAMES) {
        const result = await read(name, text, { measure: shipped }).catch((error: unknown) => error)
        assert.ok(result instanceof Error || typeof result === 'object')
      }
    })
})

test('this project’s documents and sources are read whole, each piece within 128 tokens of the model that ships', async () => {
  const shipped = await openMeasure(shippedModelFolder())
  for (const name of [
    'README.md',
    'docs/protocol.md',
    'docs/threat-model.md',
    'src/search/reading/cut.ts',
    'Makefile',
    'package-lock.json',
    'docs/screen.svg',
  ]) {
    const bytes = readFileSync(new URL(`../../../${name}`, import.meta.url))
    const result = await read(name, bytes, { measure: shipped })
    if (name.endsWith('.svg')) {
      assert.deepEqual(result, { problem: 'Pictures of this kind (.svg) are not read.' })
      continue
    }
    const { pieces } = searched(result)
    const have = new Set(pieces.flatMap(({ content }) => wordsIn(content)))
    for (const word of wordsIn(bytes.toString())) assert.ok(have.has(word), `${name}: ${word}`)
    for (const piece of pieces) assert.ok(shipped.countTokens(embeddedText(piece)) <= 128)
  }
})
