import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { editorOf } from '../../model/editor.ts'
import { EMPTY_FLOW, grow, sourceOf } from '../../text/flow.ts'
import { AREA, WORLD } from '../testing/setting.ts'
import { draw } from './draw.ts'
import { keepNow, restored } from './keeping.ts'
import { type ChatState, INITIAL, type ModelTurn } from './state.ts'
import { ask } from './talk.ts'

const USE = { id: 'a', name: 'fs_x', arguments: '{}', result: 'r', isOfOthers: true, isOpen: true }
const STATE: ChatState = {
  ...INITIAL,
  name: 'n',
  model: 'quick',
  draft: editorOf('unsent'),
  earlier: ['before'],
  turns: [
    { by: 'person', text: 'Hello', attachments: [{ path: '/a', text: 'b' }] },
    {
      by: 'model',
      flow: grow(EMPTY_FLOW, 'Good *day*'),
      uses: [{ ...USE, state: 'done' }],
      ended: '',
      isWhole: true,
    },
  ],
}
/** As it is read from the disk. */
const kept = (state: ChatState): unknown =>
  JSON.parse(JSON.stringify((keepNow(state)[0] as { value: unknown }).value))

test('a conversation is read as it was kept: words, files, calls, draft and model', () => {
  const back = restored(kept(STATE))
  assert.deepEqual(back?.turns[0], STATE.turns[0])
  const answer = back?.turns[1] as ModelTurn
  assert.deepEqual([sourceOf(answer.flow), answer.isWhole, answer.ended], ['Good *day*', true, ''])
  assert.deepEqual(answer.uses, [{ ...USE, state: 'done', isOpen: false }])
  assert.deepEqual([back?.draft.text, back?.earlier, back?.model], ['unsent', ['before'], 'quick'])
})

test('an answer and a call that were cut off say so when they are read', () => {
  const [first, answer] = STATE.turns as [ChatState['turns'][number], ModelTurn]
  const cut: ModelTurn = { ...answer, isWhole: false, uses: [{ ...USE, state: 'running' }] }
  const back = restored(kept({ ...STATE, turns: [first, cut] }))?.turns[1] as ModelTurn
  assert.match(back.ended, /The session ended here/)
  assert.ok(back.isWhole)
  assert.deepEqual(
    [back.uses[0]?.state, back.uses[0]?.result],
    ['failed', 'It is not known whether it took effect.'],
  )
})

test('a conversation without a word is not kept, and one with only a draft is', () => {
  assert.deepEqual(keepNow(INITIAL), [])
  assert.deepEqual(keepNow({ ...INITIAL, name: 'n' }), [])
  assert.equal(keepNow({ ...INITIAL, name: 'n', draft: editorOf('x') }).length, 1)
})

test('whatever is on the disk is a conversation, or none: nothing throws', () => {
  const turn = fc.record(
    {
      by: fc.constantFrom('person', 'model', 'other', 7),
      text: fc.jsonValue(),
      attachments: fc.oneof(fc.array(fc.jsonValue()), fc.constant('x')),
      uses: fc.oneof(fc.array(fc.jsonValue()), fc.constant('x')),
      ended: fc.jsonValue(),
      isWhole: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const value = fc.record(
    { turns: fc.oneof(fc.array(turn), fc.jsonValue()), draft: fc.jsonValue(), earlier: fc.jsonValue() },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(value, fc.jsonValue()), (given) => {
      const back = restored(given)
      if (!back) return
      const state = { ...INITIAL, ...back, name: 'n' }
      keepNow(state)
      ask(state, WORLD)
      draw(state, AREA, WORLD)
    }),
  )
})
