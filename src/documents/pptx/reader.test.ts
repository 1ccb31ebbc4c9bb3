import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentContract } from '../testing/document.contract.ts'
import { readAndTold, sample } from '../testing/told.ts'
import { readPptx } from './reader.ts'

const slides = (count: number) => ({ kind: 'slide' as const, count })
documentContract([
  { name: 'pandoc.pptx', bytes: sample('pandoc.pptx'), format: 'pptx', parts: slides(6), says: 'Novák' },
  { name: 'features.pptx', bytes: sample('features.pptx'), format: 'pptx', parts: slides(2), says: 'Rope' },
])

test('slides come in their order, each with its title first and what the speaker says last', async () => {
  assert.deepEqual(await readAndTold(readPptx, sample('pandoc.pptx'), { parts: { first: 3, last: 5 } }), [
    'paragraph: Where it is',
    'paragraph: Below the stairs.',
    'paragraph: make heat\nmake water',
    'heading: Spring',
    'paragraph: The red boat has to be painted.',
    'note: Ask Ada about the varnish.',
    'heading: Zahrada / 庭',
    'paragraph: Zalévat každý den. 毎日水をやる。',
  ])
})

test('groups are read, and a slide that is hidden is named', async () => {
  assert.deepEqual(await readAndTold(readPptx, sample('features.pptx')), [
    'item: Rope',
    'item: ten metres',
    'paragraph: What to bring',
    'paragraph: In a group',
    'note: Say that knots matter.',
    'remark: Slide 2 is hidden.',
    'paragraph: Prices',
  ])
})
