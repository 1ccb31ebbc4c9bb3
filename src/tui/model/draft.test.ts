import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { draftIn, draftName } from './draft.ts'

test('a draft has a name of its own for each conversation, which leads out of no folder', () => {
  assert.equal(draftName(undefined), 'new')
  assert.equal(draftName('3f2a91bc'), '3f2a91bc')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (id) => !draftName(id).includes('/')))
})

test('a draft is what is understood of it, also of what earlier versions kept', () => {
  const nothing = { text: '', files: [], earlier: [] }
  assert.deepEqual(draftIn({ text: 'a', files: ['/b', 3], earlier: ['c', {}] }), {
    text: 'a',
    files: ['/b'],
    earlier: ['c'],
  })
  assert.deepEqual(draftIn({ turns: [], draft: 'old', earlier: 'x' }), { ...nothing, text: 'old' })
  assert.deepEqual(draftIn(undefined), nothing)
  fc.assert(fc.property(fc.jsonValue(), (value) => typeof draftIn(value).text === 'string'))
})
