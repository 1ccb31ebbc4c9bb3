import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { all } from '../testing/all.ts'
import { documentContract } from '../testing/document.contract.ts'
import { readDocx } from './reader.ts'
import { cell, docxOf, p, row, table } from './testing/docx.ts'

const LAID_OUT = '<w:lastRenderedPageBreak/>'
const BROKEN = '<w:br w:type="page"/>'
const runs = (...content: string[]) => `<w:p><w:r>${content.join('')}</w:r></w:p>`
const t = (text: string) => `<w:t>${text}</w:t>`
const saidPages = (pages: number) => `<Pages>${pages}</Pages>`

/** Each block with its page. */
async function paged(body: string, pages?: number, range?: { first: number; last: number }) {
  const bytes = docxOf(body, {}, pages === undefined ? '' : saidPages(pages))
  const document = await readDocx(bytes, { name: 'a.docx', ...(range && { parts: range }) })
  return {
    count: document.parts?.count,
    blocks: (await all(document.blocks())).map(({ text, place: { part } }) =>
      part === undefined ? text : `${part} ${text}`,
    ),
  }
}

/** As Word writes it: where a page begins on purpose, it says so again where it saw it begin. */
const SIX = [
  p('one'),
  runs(BROKEN),
  runs(LAID_OUT, t('two')),
  p('still two'),
  runs(t('begins on two, '), LAID_OUT, t('ends on three')),
  runs(LAID_OUT, BROKEN),
  runs(LAID_OUT, t('five')),
  p('ends a section', '<w:sectPr/>'),
  runs(LAID_OUT, t('six')),
].join('')

documentContract([
  {
    name: 'six-pages.docx',
    bytes: docxOf(SIX, { header: p('on each page') }, saidPages(6)),
    format: 'docx',
    parts: { kind: 'page', count: 6 },
    says: 'ends on three',
  },
])

describe('the pages of a Word document', () => {
  test('are those that Word saw when it was saved; a block is on the one where it begins', async () => {
    assert.deepEqual(await paged(SIX, 6), {
      count: 6,
      blocks: [
        '1 one',
        '2 two',
        '2 still two',
        '2 begins on two, ends on three',
        '5 five',
        '5 ends a section',
        '6 six',
      ],
    })
  })

  test('are read alone where they are asked for', async () => {
    assert.deepEqual((await paged(SIX, 6, { first: 2, last: 4 })).blocks, [
      '2 two',
      '2 still two',
      '2 begins on two, ends on three',
    ])
    assert.deepEqual((await paged(SIX, 6, { first: 6, last: 6 })).blocks, ['6 six'])
  })

  test('are not known where Word saw others than it marked, marked none, or pages only begin on purpose', async () => {
    for (const [body, pages] of [
      [SIX, 5],
      [SIX, 7],
      [p('one') + runs(BROKEN) + p('two'), 2],
      [p('one') + p('two', '<w:pageBreakBefore/>'), undefined],
      [p('one'), 1],
    ] as const) {
      const { count, blocks } = await paged(body, pages)
      assert.equal(count, undefined)
      assert.ok(blocks.every((block) => !/^\d/.test(block)))
    }
  })

  test('begin on purpose before what has no mark of Word, such as an empty paragraph', async () => {
    const body = [
      p('one'),
      runs(BROKEN),
      '<w:p/>',
      p('two'),
      p('three', '<w:pageBreakBefore/>'),
      p('still three', '<w:pageBreakBefore w:val="0"/>'),
      runs(t('ends on '), LAID_OUT, t('four')),
      p('still four', '<w:pPrChange><w:pPr><w:pageBreakBefore/></w:pPr></w:pPrChange>'),
    ].join('')
    assert.deepEqual(await paged(body, 4), {
      count: 4,
      blocks: ['1 one', '2 two', '3 three', '3 still three', '3 ends on four', '4 still four'],
    })
  })

  test('are not known where the document is damaged behind, and what is before is read', async () => {
    const document = await readDocx(docxOf(`${SIX}<w:p></w:r>`), { name: 'a.docx' })
    const texts: string[] = []
    await assert.rejects(
      async () => {
        for await (const { text } of document.blocks()) texts.push(text)
      },
      { name: 'DocumentProblem', kind: 'damaged' },
    )
    assert.equal(document.parts, undefined)
    assert.equal(texts[0], 'one')
  })

  test('go on in all cells of a row at once, and not within a text box', async () => {
    const over = cell(runs(t('over '), LAID_OUT, t('the edge')))
    const box = `<w:p><w:r><w:pict><w:txbxContent>${runs(LAID_OUT, t('in the box'))}</w:txbxContent></w:pict></w:r></w:p>`
    const body = table(row(over + over), row(cell(p('below')) + cell(p('it')))) + box + p('after')
    assert.deepEqual(await paged(body, 2), {
      count: 2,
      blocks: ['1 over the edge | over the edge', '2 below | it', '2 in the box', '2 after'],
    })
  })

  test('are counted through a table of contents and what was deleted, which are left out', async () => {
    const contents = `<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr><w:sdtContent>${runs(t('Chapter'), LAID_OUT, t('3'))}</w:sdtContent></w:sdt>`
    const deleted = `<w:p><w:del><w:r>${LAID_OUT}<w:delText>gone</w:delText></w:r></w:del></w:p>`
    assert.deepEqual((await paged(contents + p('two') + deleted + p('three'), 3)).blocks.slice(0, 2), [
      '2 two',
      '3 three',
    ])
  })
})
