import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentContract } from '../testing/document.contract.ts'
import { readAndTold, sample } from '../testing/told.ts'
import { readDocx } from './reader.ts'
import { docxOf, p } from './testing/docx.ts'

documentContract([
  { name: 'pandoc.docx', bytes: sample('pandoc.docx'), format: 'docx', says: 'looks after the boiler' },
  { name: 'features.docx', bytes: sample('features.docx'), format: 'docx', says: 'Cats are welcome.' },
])

test('headings, lists, tables, code and notes are told apart', async () => {
  assert.deepEqual(await readAndTold(readDocx, sample('pandoc.docx')), [
    'title: The boiler and the boat',
    'paragraph: Ada Novák',
    'heading: Winter',
    'paragraph: Mr.\u00a0Novák looks after the boiler in October.',
    'note: He needs the key of the cellar.',
    'item: the pump',
    'item: its valve',
    'item: the gauge',
    'item: Drain',
    'item: Fill',
    'header: ["Part","Price"]',
    'row: ["pump","120 €"]',
    'row: ["valve","9 €"]',
    'heading: Where it is',
    'paragraph: Below the stairs.',
    'code: make heat\nmake water',
    'heading: Spring',
    'paragraph: The red boat has to be painted.',
    'paragraph: Ask Ada about the varnish.',
    'heading: Zahrada / 庭',
    'paragraph: Zalévat každý den. 毎日水をやる。',
  ])
})

test('what was deleted or hidden is left out and said; text boxes, comments and margins are read once', async () => {
  assert.deepEqual(await readAndTold(readDocx, sample('features.docx')), [
    'heading: Rules',
    'paragraph: Cats are welcome.',
    'note: Really?',
    'paragraph: The code is at the desk.',
    // LibreOffice writes the hidden section as text that is seen.
    'paragraph: Nobody sees this.',
    'paragraph: Before the box',
    'paragraph: In the box',
    'row: ["Floor and side","","Key"]',
    'note: Kept by Ada.',
    'row: ["2","left","B"]',
    'paragraph: One\ttwo\nthree   four',
    'note: House rules',
    'note: Page 1',
    'remark: It has hidden text, which is left out.',
    'remark: It has recorded changes; what was deleted is left out.',
  ])
})

test('what is there for older programs alone is read, and what is there for both is read once', async () => {
  const newer = `<mc:Choice Requires="wps"><w:drawing><w:txbxContent>${p('a box')}</w:txbxContent></w:drawing></mc:Choice>`
  const older = (text: string) =>
    `<mc:Fallback><w:pict><w:txbxContent>${p(text)}</w:txbxContent></w:pict></mc:Fallback>`
  const alternatives = (...all: string[]) =>
    `<w:p><w:r><mc:AlternateContent>${all.join('')}</mc:AlternateContent></w:r></w:p>`
  const body = [
    alternatives(newer, older('a box')),
    alternatives(older('an older box')),
    alternatives(newer.replace('a box', 'the newest'), newer, older('a box')),
  ]
  assert.deepEqual(await readAndTold(readDocx, docxOf(body.join(''))), [
    'paragraph: a box',
    'paragraph: an older box',
    'paragraph: the newest',
  ])
})

test('notes and comments stand where the text refers to them, and after it where nothing there does', async () => {
  const refersTo = (kind: string, id: number) => `<w:r><w:${kind}Reference w:id="${id}"/></w:r>`
  const note = (kind: string, id: number, text: string) => `<w:${kind} w:id="${id}">${text}</w:${kind}>`
  const bytes = docxOf(
    `<w:p><w:r><w:t>text</w:t></w:r>${refersTo('footnote', 1)}${refersTo('comment', 0)}</w:p>`,
    {
      footnotes: note('footnote', 1, p('a footnote').replace('</w:p>', `${refersTo('comment', 3)}</w:p>`)),
      endnotes: note('endnote', 1, p('an endnote')),
      comments: note('comment', 0, p('a comment')) + note('comment', 3, p('on the footnote')),
    },
  )
  assert.deepEqual(await readAndTold(readDocx, bytes), [
    'paragraph: text',
    'note: a footnote',
    'note: a comment',
    'note: an endnote',
    'note: on the footnote',
  ])
})
