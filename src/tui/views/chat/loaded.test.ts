import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type MessageInfo, pageIn } from '../../../command/chat/conversations.ts'
import { sourceOf } from '../../text/flow.ts'
import { AREA, TALKING } from '../testing/setting.ts'
import { draw } from './draw.ts'
import { turnsOf } from './loaded.ts'
import { INITIAL, type ModelTurn, type Turn } from './state.ts'

const message = (own: Partial<MessageInfo>): MessageInfo => ({
  id: 1,
  role: 'assistant',
  text: '',
  time: '',
  state: 'whole',
  why: undefined,
  files: [],
  calls: [],
  model: undefined,
  summary: undefined,
  ...own,
})
const call = (at: number, own: object = {}) => ({
  name: 'fs_x',
  arguments: '{}',
  at,
  result: 'r',
  isError: false,
  untrusted: undefined,
  ...own,
})
const piecesOf = (own: Partial<MessageInfo>) => turnsOf([message(own)]) as ModelTurn[]
const shown = (turns: readonly ModelTurn[]) =>
  turns.map(({ flow, uses }) => [sourceOf(flow), uses.map(({ state, result }) => `${state} ${result}`)])

test('a question has the files that went with it', () => {
  assert.deepEqual(turnsOf([message({ role: 'user', text: 'Hello', files: ['/a'] })]), [
    { by: 'person', text: 'Hello', files: ['/a'] },
  ])
})

test('calls stand where they were made in an answer', () => {
  const pieces = piecesOf({
    text: 'I look.\n\nThere is one.',
    calls: [call(7), call(7, { isError: true, result: 'no' }), call(22, { result: undefined })],
  })
  assert.deepEqual(shown(pieces), [
    ['I look.', ['done r', 'failed no']],
    ['There is one.', ['failed It is not known whether it took effect.']],
  ])
  assert.ok(pieces.every(({ message: id, isWhole }) => id === 1 && isWhole))
  assert.deepEqual(shown(piecesOf({ text: 'After.', calls: [call(0)] })), [
    ['', ['done r']],
    ['After.', []],
  ])
})

test('an answer that is not whole says why, and how to ask again', () => {
  const ended = (own: Partial<MessageInfo>) => piecesOf({ text: 'a', ...own }).at(-1)?.ended ?? ''
  assert.equal(ended({}), '')
  assert.equal(ended({ text: '' }), 'The answer was empty.')
  assert.equal(ended({ state: 'stopped' }), 'Stopped.')
  assert.match(
    ended({ state: 'broken_off', why: 'The model failed.' }),
    /^The model failed\. Alt-R asks again/,
  )
  assert.equal(ended({ state: 'running' }), 'It is still being answered.')
})

test('the summary that the model is told stands after the message that it goes up to', () => {
  const [piece] = piecesOf({ text: 'a', summary: 'They met.' })
  assert.equal(piece?.summary, 'They met.')
})

test('whatever a gateway says of a conversation is shown, or left out: nothing throws', () => {
  const odd = fc.record(
    {
      id: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.jsonValue()),
      role: fc.constantFrom('user', 'assistant', 'other', 7),
      text: fc.jsonValue(),
      state: fc.oneof(fc.constantFrom('running', 'whole', 'stopped'), fc.jsonValue()),
      calls: fc.oneof(
        fc.array(fc.record({ name: fc.string(), at: fc.integer({ min: 0, max: 99 }) })),
        fc.jsonValue(),
      ),
      files: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(odd, fc.jsonValue())), (messages) => {
      const page = pageIn({ conversation: { id: 'c' }, messages })
      const turns: Turn[] = turnsOf(page?.messages ?? [])
      draw({ ...INITIAL, turns }, AREA, TALKING)
    }),
  )
})
