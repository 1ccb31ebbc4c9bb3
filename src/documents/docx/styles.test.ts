import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { all } from '../testing/all.ts'
import { readDocx } from './reader.ts'
import { docxOf, p } from './testing/docx.ts'

const style = (id: string, name: string, content = '') =>
  `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/>${content}</w:style>`
const based = (on: string) => `<w:basedOn w:val="${on}"/>`
const list = (number: string | undefined, level?: number) =>
  `<w:numPr>${level === undefined ? '' : `<w:ilvl w:val="${level}"/>`}${number === undefined ? '' : `<w:numId w:val="${number}"/>`}</w:numPr>`
const inList = (number: string | undefined, level?: number) => `<w:pPr>${list(number, level)}</w:pPr>`

const STYLES = [
  style('Points', 'List Bullet', inList('3')),
  style('Points2', 'List Bullet 2', inList('4')),
  style('Plain', 'Plain', based('Points') + inList('0')),
  style('Same', 'Same', based('Points')),
  style('Third', 'Third', based('Points') + inList('3', 2)),
  style('Deeper', 'Deeper', based('Points') + inList(undefined, 1)),
  style('OnlyLevel', 'Only Level', inList(undefined, 1)),
  style('Back', 'Back', based('Plain') + inList('5')),
].join('')

async function kinds(...paragraphs: string[]): Promise<string[]> {
  const document = await readDocx(docxOf(paragraphs.join(''), { styles: STYLES }), { name: 'a.docx' })
  return (await all(document.blocks())).map(({ kind, level }) =>
    level === undefined ? kind : `${kind} ${level}`,
  )
}
const of = (id: string, properties = '') => p('text', `<w:pStyle w:val="${id}"/>${properties}`)

describe('a paragraph of a Word document', () => {
  test('is an item as the nearest of its styles says that says anything', async () => {
    assert.deepEqual(await kinds(of('Points'), of('Same'), of('Plain'), of('Back')), [
      'item 1',
      'item 1',
      'paragraph',
      'item 1',
    ])
  })

  test('has the level of its style', async () => {
    assert.deepEqual(await kinds(of('Points2'), of('Third'), of('Deeper'), of('OnlyLevel')), [
      'item 2',
      'item 3',
      'item 2',
      'paragraph',
    ])
  })

  test('goes before its style', async () => {
    assert.deepEqual(
      await kinds(
        of('Points', list('0')),
        of('Plain', list('7')),
        of('Points', list('3', 4)),
        of('Third', list(undefined, 0)),
        p('text', list('7', 1)),
        p('text', list(undefined, 1)),
      ),
      ['paragraph', 'item 1', 'item 5', 'item 1', 'item 2', 'paragraph'],
    )
  })
})
