import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readMarkdown } from '../../documents/text/markdown.ts'
import { readPlain } from '../../documents/text/plain.ts'
import { wordsIn } from '../../documents/text/testing/blocks.ts'
import { cut, embeddedText, type Piece } from './cut.ts'
import { byWord } from './tokens.ts'

/** A word is a token, and a long one several. */
const measure = (maxTokens: number) => ({
  maxTokens,
  countTokens: byWord((word) => Math.ceil(word.length / 8)),
})
const pieces = (text: string, maxTokens: number) => [...cut(text, readPlain(text), measure(maxTokens))]
const numbered = (count: number, between = ' ') =>
  Array.from({ length: count }, (_, i) => `w${i}`).join(between)

describe('pieces', () => {
  test('are paragraphs together, as long as they fit', () => {
    const paragraphs = ['one two three', 'four five six', 'seven eight nine', 'ten eleven']
    assert.deepEqual(
      pieces(paragraphs.join('\n\n'), 7).map(({ content }) => content),
      ['one two three\n\nfour five six', 'seven eight nine\n\nten eleven'],
    )
  })

  test('cut what is too long at the ends of lines, sentences and clauses before they do at words', () => {
    // So few tokens that nothing is repeated.
    const all = (text: string) => pieces(text, 7).map(({ content }) => content)
    assert.deepEqual(all('a b c d e f\ng h i j k l'), ['a b c d e f', 'g h i j k l'])
    assert.deepEqual(all('A b c d e. F g h i j! K l m n o?'), ['A b c d e.', 'F g h i j!', 'K l m n o?'])
    assert.deepEqual(all('a b c d e, f g h i j, k l m n o'), ['a b c d e,', 'f g h i j,', 'k l m n o'])
    assert.deepEqual(all('a b c d e f g h i j'), ['a b c d e f g', 'h i j'])
    for (const content of all('我们一起去海边了吧。'.repeat(20))) assert.ok(content.endsWith('。'), content)
  })

  test('begin with the end of the one before, where both belong to one text', () => {
    const text = numbered(100)
    const found = pieces(text, 40)
    for (const [i, piece] of found.entries()) {
      const before = found[i - 1]
      if (!before) continue
      assert.ok(piece.start < before.end)
      assert.ok(wordsIn(before.content.slice(piece.start - before.start)).length <= 5)
    }
  })

  test('know their headings, which count as a part of them', () => {
    const text = `# House\n\n## Roof\n\n${numbered(60)}\n\n## Cellar\n\nshort`
    const found = [...cut(text, readMarkdown(text), measure(30))]
    assert.ok(found.filter(({ headings }) => headings.join() === 'House,Roof').length >= 2)
    assert.equal(found.at(-1)?.headings.at(0), 'House')
    for (const piece of found) assert.ok(measure(30).countTokens(embeddedText(piece)) <= 30)
  })

  test('take short sections together, below what they have in common', () => {
    const text = '# House\n\n## Roof\n\nred\n\n## Cellar\n\ndamp\n'
    const found = [...cut(text, readMarkdown(text), measure(60))]
    assert.deepEqual(found, [{ headings: ['House'], content: text.trim(), start: 0, end: text.length - 1 }])
  })

  test('leave out headings that would take too much of them, the outermost first', () => {
    const text = 'text'
    const blocks = [{ headings: [numbered(20), 'inner'], start: 0, end: 4 }]
    assert.deepEqual([...cut(text, blocks, measure(20))][0]?.headings, ['inner'])
  })

  test('do not put together what blank space lies between, nor count it as nothing', () => {
    assert.equal(pieces(`one${'\n'.repeat(100_000)}two`, 50).length, 2)
    const spaced = pieces(`one${' '.repeat(1_000_000)}two`, 50)
    assert.ok(spaced.every(({ content }) => content.length <= 50 * 32))
    assert.deepEqual(
      spaced.flatMap(({ content }) => wordsIn(content)),
      ['one', 'two'],
    )
  })

  test('never cut a character in two', () => {
    for (const piece of pieces('🙂'.repeat(5000), 10)) assert.ok(piece.content.isWellFormed())
    for (const piece of pieces(`a${'🙂'.repeat(5000)}`, 7)) assert.ok(piece.content.isWellFormed())
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
  const each = (check: (text: string, found: Piece[], maxTokens: number) => void) =>
    fc.assert(
      fc.property(texts, fc.integer({ min: 8, max: 60 }), fc.boolean(), (text, maxTokens, isMarkdown) => {
        check(
          text,
          [...cut(text, (isMarkdown ? readMarkdown : readPlain)(text), measure(maxTokens))],
          maxTokens,
        )
      }),
    )

  test('have each of its words', () => {
    each((text, found) => {
      const have = new Set<number>()
      for (const { start, end } of found) for (let at = start; at < end; at++) have.add(at)
      for (const { index } of text.matchAll(/\S/gu))
        assert.ok(have.has(index), `${index} of ${JSON.stringify(text)}`)
    })
  })

  test('fit, are what stands at their place, come in order, and repeat less than they have', () => {
    each((text, found, maxTokens) => {
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
