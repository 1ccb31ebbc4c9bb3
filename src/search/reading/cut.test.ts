import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { all } from '../../documents/testing/all.ts'
import type { ReadText } from '../../documents/text/block.ts'
import { readMarkdown } from '../../documents/text/markdown.ts'
import { readPlain } from '../../documents/text/plain.ts'
import { wordsIn } from '../../documents/text/testing/blocks.ts'
import { cut, embeddedText, type Piece } from './cut.ts'
import { sectionsOf } from './sections.ts'
import { byWord } from './tokens.ts'

/** A word is a token, and a long one several. */
const measure = (maxTokens: number) => ({
  maxTokens,
  countTokens: byWord((word) => Math.ceil(word.length / 8)),
})
const cutBy = (text: string, read: ReadText, maxTokens: number) =>
  all(cut(text, sectionsOf(text, read, true), measure(maxTokens)))
const pieces = (text: string, maxTokens: number) => cutBy(text, readPlain, maxTokens)
const numbered = (count: number, between = ' ') =>
  Array.from({ length: count }, (_, i) => `w${i}`).join(between)

describe('pieces', () => {
  test('are paragraphs together, as long as they fit', async () => {
    const paragraphs = ['one two three', 'four five six', 'seven eight nine', 'ten eleven']
    assert.deepEqual(
      (await pieces(paragraphs.join('\n\n'), 7)).map(({ content }) => content),
      ['one two three\n\nfour five six', 'seven eight nine\n\nten eleven'],
    )
  })

  test('cut what is too long at the ends of lines, sentences and clauses before they do at words', async () => {
    // So few tokens that nothing is repeated.
    const cut7 = async (text: string) => (await pieces(text, 7)).map(({ content }) => content)
    assert.deepEqual(await cut7('a b c d e f\ng h i j k l'), ['a b c d e f', 'g h i j k l'])
    assert.deepEqual(await cut7('A b c d e. F g h i j! K l m n o?'), [
      'A b c d e.',
      'F g h i j!',
      'K l m n o?',
    ])
    assert.deepEqual(await cut7('a b c d e, f g h i j, k l m n o'), ['a b c d e,', 'f g h i j,', 'k l m n o'])
    assert.deepEqual(await cut7('a b c d e f g h i j'), ['a b c d e f g', 'h i j'])
    for (const content of await cut7('我们一起去海边了吧。'.repeat(20)))
      assert.ok(content.endsWith('。'), content)
  })

  test('begin with the end of the one before, where both belong to one text', async () => {
    const text = numbered(100)
    const found = await pieces(text, 40)
    for (const [i, piece] of found.entries()) {
      const before = found[i - 1]
      if (!before) continue
      assert.ok(piece.start < before.end)
      assert.ok(wordsIn(before.content.slice(piece.start - before.start)).length <= 5)
    }
  })

  test('know their headings, which count as a part of them', async () => {
    const text = `# House\n\n## Roof\n\n${numbered(60)}\n\n## Cellar\n\nshort`
    const found = await cutBy(text, readMarkdown, 30)
    assert.ok(found.filter(({ headings }) => headings.join() === 'House,Roof').length >= 2)
    assert.equal(found.at(-1)?.headings.at(0), 'House')
    for (const piece of found) assert.ok(measure(30).countTokens(embeddedText(piece)) <= 30)
  })

  test('take short sections together, below what they have in common', async () => {
    const text = '# House\n\n## Roof\n\nred\n\n## Cellar\n\ndamp\n'
    const found = await cutBy(text, readMarkdown, 60)
    assert.deepEqual(found, [{ headings: ['House'], content: text.trim(), start: 0, end: text.length - 1 }])
  })

  test('leave out headings that would take too much of them, the outermost first', async () => {
    const text = 'text'
    const blocks = [{ headings: [numbered(20), 'inner'], start: 0, end: 4 }]
    assert.deepEqual((await all(cut(text, blocks, measure(20))))[0]?.headings, ['inner'])
  })

  test('do not put together what blank space lies between, nor count it as nothing', async () => {
    assert.equal((await pieces(`one${'\n'.repeat(100_000)}two`, 50)).length, 2)
    const spaced = await pieces(`one${' '.repeat(1_000_000)}two`, 50)
    assert.ok(spaced.every(({ content }) => content.length <= 50 * 32))
    assert.deepEqual(
      spaced.flatMap(({ content }) => wordsIn(content)),
      ['one', 'two'],
    )
  })

  test('never cut a character in two', async () => {
    for (const piece of await pieces('🙂'.repeat(5000), 10)) assert.ok(piece.content.isWellFormed())
    for (const piece of await pieces(`a${'🙂'.repeat(5000)}`, 7)) assert.ok(piece.content.isWellFormed())
  })
})

/** Texts with all that cutting looks at. */
const texts = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.constantFrom(' ', '\n', '\n\n', '. ', ', ', '。', '🙂', '# a\n', 'word', 'ünder', '  \t', '你好'),
        fc.string({ unit: 'grapheme', maxLength: 12 }),
        fc.nat(60).map((length) => 'x'.repeat(length)),
      ),
      { maxLength: 120 },
    ),
    fc.nat(3),
  )
  .map(([parts, times]) => parts.join('').repeat(1 + times))

describe('whatever a text is, its pieces', () => {
  const each = async (check: (text: string, found: Piece[], maxTokens: number) => void) =>
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.integer({ min: 8, max: 60 }),
        fc.boolean(),
        async (text, maxTokens, isMarkdown) => {
          check(text, await cutBy(text, isMarkdown ? readMarkdown : readPlain, maxTokens), maxTokens)
        },
      ),
    )

  test('have each of its words', async () => {
    await each((text, found) => {
      const have = new Set<number>()
      for (const { start, end } of found) for (let at = start; at < end; at++) have.add(at)
      for (const { index } of text.matchAll(/\S/gu))
        assert.ok(have.has(index), `${index} of ${JSON.stringify(text)}`)
    })
  })

  test('fit, are what stands at their place, come in order, and repeat less than they have', async () => {
    await each((text, found, maxTokens) => {
      let last = { start: -1, end: 0 }
      for (const piece of found) {
        assert.ok(measure(maxTokens).countTokens(embeddedText(piece)) <= maxTokens, JSON.stringify(piece))
        assert.equal(piece.content, text.slice(piece.start, piece.end))
        assert.equal(piece.content, piece.content.trim())
        assert.notEqual(piece.content, '')
        assert.ok(piece.content.isWellFormed())
        assert.ok(piece.start > last.start && piece.end > last.end)
        last = piece
      }
    })
  })
})

test('pieces are of one part of a document each, and know which it is', async () => {
  const section = (content: string, part: number) => ({
    headings: [],
    start: 0,
    end: 0,
    content,
    place: { part },
  })
  const sections = [section('one', 1), section('two', 1), section('three', 2)]
  assert.deepEqual(
    (await all(cut('', sections, measure(50)))).map(({ content, place }) => [content, place?.part]),
    [
      ['one\ntwo', 1],
      ['three', 2],
    ],
  )
})

test('a piece of a sheet is at its first cell, though the name of the sheet comes before it', async () => {
  const section = (content: string, cell?: string) => ({
    headings: ['Costs'],
    start: 0,
    end: 0,
    content,
    place: { part: 1, name: 'Costs', ...(cell !== undefined && { cell }) },
  })
  const sections = [section('Costs'), section('rent', 'B7'), section('heating', 'B8')]
  const [{ place } = assert.fail(), ...others] = await all(cut('', sections, measure(50)))
  assert.deepEqual([place, others], [{ part: 1, name: 'Costs', cell: 'B7' }, []])
})
