import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { editorOf } from '../../model/editor.ts'
import { AREA, TALKING } from '../testing/setting.ts'
import { draw } from './draw.ts'
import { keepNow, withDraft } from './keeping.ts'
import { type ChatEffect, type ChatState, INITIAL } from './state.ts'

const STATE: ChatState = {
  ...INITIAL,
  conversation: 'c',
  draft: editorOf('unsent'),
  files: ['/a'],
  earlier: ['before'],
}
const kept = (state: ChatState) => keepNow(state) as Extract<ChatEffect, { type: 'keep' }>

test('what is typed is kept for its conversation, with the files that go with it, and comes back', () => {
  const { folder, name, value } = kept(STATE)
  assert.deepEqual([folder, name], ['drafts', 'c'])
  const back = withDraft({ ...INITIAL, conversation: 'c' }, JSON.parse(JSON.stringify(value)))
  assert.deepEqual([back.draft.text, back.files, back.earlier], ['unsent', ['/a'], ['before']])
  assert.equal(kept({ ...STATE, conversation: undefined }).name, 'new')
})

test('what comes back writes nothing over that was typed meanwhile', () => {
  const typed = { ...INITIAL, draft: editorOf('meanwhile'), files: ['/b'] }
  const back = withDraft(typed, kept(STATE).value)
  assert.deepEqual([back.draft.text, back.files, back.earlier], ['meanwhile', ['/b'], ['before']])
})

test('nothing is kept of nothing', () => {
  assert.equal(kept({ ...INITIAL, conversation: 'c' }).value, undefined)
})

test('whatever is on the disk is a draft, or none: nothing throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (given) => {
      draw(withDraft(INITIAL, given), AREA, TALKING)
    }),
  )
})
