import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentContract } from '../testing/document.contract.ts'
import { readAndTold, sample } from '../testing/told.ts'
import { readDocx } from './reader.ts'

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
