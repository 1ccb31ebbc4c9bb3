import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { documentContract } from '../testing/document.contract.ts'
import { readAndTold, sample } from '../testing/told.ts'
import { readOdp } from './presentation.ts'
import { readOdt } from './text.ts'

const slides = (count: number) => ({ kind: 'slide' as const, count })
documentContract([
  { name: 'pandoc.odt', bytes: sample('pandoc.odt'), format: 'odt', says: 'looks after the boiler' },
  {
    name: 'libreoffice.odt',
    bytes: sample('libreoffice.odt'),
    format: 'odt',
    says: 'looks after the boiler',
  },
  { name: 'features.odt', bytes: sample('features.odt'), format: 'odt', says: 'Cats are welcome.' },
  { name: 'features.odp', bytes: sample('features.odp'), format: 'odp', parts: slides(2), says: 'Rope' },
  {
    name: 'libreoffice.odp',
    bytes: sample('libreoffice.odp'),
    format: 'odp',
    parts: slides(6),
    says: 'Novák',
  },
])

describe('a text', () => {
  test('has headings, lists, tables, code and notes told apart, whichever program wrote it', async () => {
    const told = [
      'title: The boiler and the boat',
      'paragraph: Ada Novák',
      'heading: Winter',
      'paragraph: Mr. Novák looks after the boiler in October.',
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
    ]
    assert.deepEqual(await readAndTold(readOdt, sample('pandoc.odt')), told)
    assert.deepEqual(await readAndTold(readOdt, sample('libreoffice.odt')), told)
  })

  test('says what was deleted or hidden; text boxes, comments and margins are read once', async () => {
    assert.deepEqual(await readAndTold(readOdt, sample('features.odt')), [
      'heading: Rules',
      'paragraph: Cats are welcome.',
      'note: Really?',
      'paragraph: The code is at the desk.',
      'paragraph: Before the box',
      'paragraph: In the box',
      'row: ["Floor and side","","Key"]',
      'note: Kept by Ada.',
      'row: ["2","left","B"]',
      'paragraph: One\ttwo\nthree   four',
      'note: House rules',
      'note: Page',
      'remark: It has hidden text, which is left out.',
      'remark: It has recorded changes; what was deleted is left out.',
    ])
  })
})

describe('a presentation', () => {
  test('has each slide with its title first and what the speaker says last', async () => {
    assert.deepEqual(
      await readAndTold(readOdp, sample('libreoffice.odp'), { parts: { first: 3, last: 5 } }),
      [
        'paragraph: Where it is',
        'paragraph: Below the stairs.',
        'paragraph: make heat',
        'paragraph: make water',
        'heading: Spring',
        'paragraph: The red boat has to be painted.',
        'note: Ask Ada about the varnish.',
        'heading: Zahrada / 庭',
        'paragraph: Zalévat každý den. 毎日水をやる。',
      ],
    )
  })

  test('has its groups read, with what is said of pictures, and names a slide that is hidden', async () => {
    assert.deepEqual(await readAndTold(readOdp, sample('features.odp')), [
      'item: Rope',
      'item: ten metres',
      'paragraph: What to bring',
      'note: An arrow to the boat',
      'paragraph: In a group',
      'note: Say that knots matter.',
      'remark: Slide 2 is hidden.',
      'paragraph: Prices',
    ])
  })
})
