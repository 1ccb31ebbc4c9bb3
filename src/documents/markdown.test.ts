import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { lexer, type Tokens } from 'marked'
import type { Block, Document } from './document.ts'
import { markdownOf, textOf } from './markdown.ts'
import { pageOf } from './page.ts'
import { all } from './testing/all.ts'
import { plainText, rowText } from './text.ts'

const documentOf = (blocks: readonly Block[], parts?: Document['parts']): Document => ({
  ...(parts && { parts }),
  async *blocks() {
    yield* blocks
  },
})
const row = (...cells: string[]): Block => ({ kind: 'row', text: rowText(cells), cells, place: {} })
const written = async (blocks: readonly Block[], parts?: Document['parts']) =>
  (await all(markdownOf(documentOf(blocks, parts)))).join('')
const tokensOf = (text: string) => lexer(text).filter(({ type }) => type !== 'space')

/** What means something in Markdown, and what people write. */
const planted = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '|',
        '\\',
        '\n',
        '\n\n',
        '# ',
        '- ',
        '1. ',
        '```',
        '~~~',
        '> ',
        '---',
        '===',
        '[page 1]',
        '[a]: b',
        '***',
        '<div>',
        ' ',
        'a',
      ),
      fc.string({ maxLength: 6 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => plainText(parts.join('')))
  .filter((text) => text.trim() !== '')

describe('a document as Markdown', () => {
  test('has its headings, lists, tables, code, notes and parts', async () => {
    assert.equal(
      await written(
        [
          { kind: 'heading', text: 'Costs', level: 2, place: { part: 1 } },
          { kind: 'paragraph', text: 'All of\nthem.', place: { part: 1 } },
          { kind: 'item', text: 'rope', level: 1, place: { part: 1 } },
          { kind: 'item', text: 'hemp', level: 2, place: { part: 1 } },
          { ...row('name', 'price'), place: { part: 2 } },
          { ...row('rope', '5|6'), place: { part: 2 } },
          { kind: 'code', text: 'a\n```\nb\n', place: { part: 2 } },
          { kind: 'note', text: 'See below.', place: { part: 2 } },
          { kind: 'remark', text: 'Page 3 has no text.', place: { part: 3 } },
        ],
        { kind: 'page', count: 3 },
      ),
      '[page 1]\n\n## Costs\n\nAll of\nthem.\n\n- rope\n  - hemp\n\n[page 2]\n\n| name | price |\n| --- | --- |\n| rope | 5\\|6 |\n\n````\na\n```\nb\n````\n\n> See below.\n\n[page 3]\n\n(Page 3 has no text.)',
    )
  })

  test('has many empty cells of a row as one mark', async () => {
    const empty = (count: number) => Array<string>(count).fill('')
    assert.equal(
      await written([row('a', ...empty(16_000), 'b'), row(...empty(20), 'c')]),
      `| a | … | b |\n| --- | --- | --- |\n|${'  |'.repeat(20)} c |`,
    )
  })

  test('is one table whatever is planted in its cells', async () => {
    const tables = fc.integer({ min: 1, max: 4 }).chain((columns) =>
      fc.array(fc.array(planted, { minLength: columns, maxLength: columns }), {
        minLength: 1,
        maxLength: 4,
      }),
    )
    await fc.assert(
      fc.asyncProperty(tables, async (rows) => {
        const tokens = tokensOf(await written(rows.map((cells) => row(...cells))))
        assert.deepEqual(
          tokens.map(({ type }) => type),
          ['table'],
        )
        const table = tokens[0] as Tokens.Table
        assert.equal(table.rows.length, rows.length - 1)
        for (const cells of [table.header, ...table.rows]) assert.equal(cells.length, rows[0]?.length)
      }),
    )
  })

  test('has a paragraph, a heading, a note or code for one, whatever is planted in it', async () => {
    const kinds = { paragraph: 'paragraph', heading: 'heading', note: 'blockquote', code: 'code' } as const
    for (const [kind, type] of Object.entries(kinds))
      await fc.assert(
        fc.asyncProperty(planted, async (text) => {
          const block: Block = { kind: kind as keyof typeof kinds, text, level: 1, place: {} }
          assert.deepEqual(
            tokensOf(await written([block])).map((token) => token.type),
            [type],
          )
        }),
      )
  })
})

describe('a document in pages', () => {
  const blocks: Block[] = Array.from({ length: 50 }, (_, i) => ({
    kind: 'paragraph',
    text: `paragraph 🙂 ${i} ${'word '.repeat(i).trim()}`,
    place: {},
  }))

  test('is all of its text, whatever the length of its pages', async () => {
    const document = documentOf(blocks)
    for (const as of ['markdown', 'text'] as const) {
      const whole = (await all(as === 'text' ? textOf(document) : markdownOf(document))).join('')
      for (const limit of [100, 333, 1000, 100_000]) {
        let content = ''
        for (let offset: number | undefined = 0; offset !== undefined; ) {
          const page = await pageOf(document, { as, offset, limit })
          assert.ok((page.content ?? '').isWellFormed() && (page.content ?? '').length <= limit + 1)
          content += page.content
          offset = page.next
        }
        assert.equal(content, whole)
      }
    }
  })

  test('is all of its blocks, and each page has one at least', async () => {
    const found: Block[] = []
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const page = await pageOf(documentOf(blocks), { as: 'blocks', offset, limit: 100 })
      found.push(...(page.blocks ?? []))
      offset = page.next
    }
    assert.deepEqual(found, blocks)
  })

  test('reads no further than it must', async () => {
    let read = 0
    const endless: Document = {
      async *blocks() {
        for (;;) yield { kind: 'paragraph', text: `paragraph ${read++}`, place: {} }
      },
    }
    assert.match((await pageOf(endless, { as: 'text', offset: 0, limit: 100 })).content ?? '', /^paragraph 0/)
    assert.ok(read < 20)
  })
})
