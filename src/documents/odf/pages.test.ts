import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { all } from '../testing/all.ts'
import { documentContract } from '../testing/document.contract.ts'
import { sample } from '../testing/told.ts'
import { odtOf } from './testing/odt.ts'
import { readOdt } from './text.ts'

documentContract([
  {
    name: 'pages.odt',
    bytes: sample('pages.odt'),
    format: 'odt',
    parts: { kind: 'page', count: 7 },
    says: 'is in room 12',
  },
])

/** Each block with its page. */
async function paged(bytes: Buffer, range?: { first: number; last: number }) {
  const document = await readOdt(bytes, { name: 'a.odt', ...(range && { parts: range }) })
  return {
    count: document.parts?.count,
    blocks: (await all(document.blocks())).map(({ text, place: { part } }) =>
      part === undefined ? text : `${part} ${text}`,
    ),
  }
}
const SOFT = '<text:soft-page-break/>'
const style = (name: string, breaks: string, more = '') =>
  `<style:style style:name="${name}" ${more}><style:paragraph-properties ${breaks}/></style:style>`
const STYLES = [
  style('Before', 'fo:break-before="page"'),
  style('After', 'fo:break-after="page"'),
  style('Column', 'fo:break-before="column"'),
  style('Below', '', 'style:parent-style-name="Before"'),
  style('Not', 'fo:break-before="auto"', 'style:parent-style-name="Before"'),
  style('Other', '', 'style:master-page-name="Landscape"'),
].join('')
const p = (text: string, name = 'Standard') => `<text:p text:style-name="${name}">${text}</text:p>`
const odt = (body: string, pages: number | undefined) =>
  odtOf(body, {
    styles: STYLES,
    attributes: 'text:use-soft-page-breaks="true"',
    ...(pages !== undefined && { meta: `<meta:document-statistic meta:page-count="${pages}"/>` }),
  })

describe('the pages of a text of OpenDocument', () => {
  test('are those that LibreOffice saw when it was saved', async () => {
    const { count, blocks } = await paged(sample('pages.odt'))
    assert.equal(count, 7)
    // As they are in the PDF that LibreOffice makes of it.
    assert.deepEqual(
      blocks.map((block) => block.slice(0, 14)),
      [
        ...['1 Heating', '1 Paragraph 1.', '1 Paragraph 2.', '2 Paragraph 3.', '4 Water', '4 The water. T'],
        ...[1, 2, 3, 4].map((valve) => `4 Valve ${valve} | is`),
        ...[5, 6, 7, 8, 9].map((valve) => `5 Valve ${valve} | is`),
        ...['5 Valve 10 | i', '6 Valve 11 | i', '6 Valve 12 | i', '6 After the ta', '7 At the end.'],
      ],
    )
    assert.deepEqual((await paged(sample('pages.odt'), { first: 7, last: 9 })).blocks, ['7 At the end.'])
  })

  test('begin where the text flows over, and where a style says so', async () => {
    const body = [
      p('one', 'Other'),
      p(`begins on one, ${SOFT}ends on two`),
      p('still two', 'Column'),
      p('three', 'Below'),
      p('still three', 'Not'),
      p('ends three', 'After'),
      p('four', 'Before'),
      p('', 'Before'),
      p('six', 'Other'),
    ].join('')
    const blocks = [
      '1 one',
      '1 begins on one, ends on two',
      '2 still two',
      '3 three',
      '3 still three',
      '3 ends three',
      '4 four',
      '6 six',
    ]
    assert.deepEqual(await paged(odt(body, 6)), { count: 6, blocks })
    assert.deepEqual(await paged(odt(body, undefined)), { count: 6, blocks })
  })

  test('are not known where the program saw others, or they only begin on purpose', async () => {
    for (const bytes of [odt(p(`a${SOFT}b`), 3), odt(p('a') + p('b', 'Before'), 2), odt(p('a'), 1)])
      assert.equal((await paged(bytes)).count, undefined)
  })
})
