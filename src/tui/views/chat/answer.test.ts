import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnswerInfo } from '../../../command/chat/conversations.ts'
import type { ChatPart } from '../../../contracts/chat.ts'
import type { LoopStep } from '../../../contracts/tool-loop.ts'
import { editorOf } from '../../model/editor.ts'
import type { Outcome } from '../../model/effects.ts'
import { sourceOf } from '../../text/flow.ts'
import { plainText } from '../../text/lines.ts'
import { AREA, TALKING } from '../testing/setting.ts'
import { draw } from './draw.ts'
import { update } from './model.ts'
import { type ChatEffect, type ChatState, type ChatStep, INITIAL, type ModelTurn } from './state.ts'

const ASKED = update(
  { ...INITIAL, draft: editorOf('Go') },
  { type: 'key', key: 'enter' },
  TALKING,
  AREA,
).state
const BEGUN: ChatPart = { conversation: 'c', message: 2 }

const told = (state: ChatState, part: ChatPart): ChatStep =>
  update(state, { type: 'part', asking: 1, part }, TALKING, AREA)
const all = (...parts: ChatPart[]): ChatState => parts.reduce((state, part) => told(state, part).state, ASKED)
const text = (words: string): ChatPart => ({ text: words })
const took = (step: LoopStep): ChatPart => ({ step })
const call = (id: string, name = 'fs_x'): ChatPart => took({ kind: 'call', id, name, arguments: '{}' })
const result = (id: string, own: object = {}): ChatPart =>
  took({ kind: 'result', id, isError: false, isCut: false, text: 'r', ...own })
const ended = (state: ChatState, outcome: Outcome<AnswerInfo>): ChatStep =>
  update(state, { type: 'answered', asking: 1, outcome }, TALKING, AREA)
const whole = (own: Partial<AnswerInfo> = {}): Outcome<AnswerInfo> => ({
  ok: true,
  value: { conversation: 'c', message: 2, text: '', state: 'whole', why: undefined, model: 'm', ...own },
})
const pieces = ({ turns }: ChatState): ModelTurn[] => turns.filter((turn) => turn.by === 'model')
const keysOf = (effects: readonly ChatEffect[], type: 'abort' | 'consent') =>
  effects.flatMap((effect) => (effect.type === type ? [effect.key] : []))
const screen = (state: ChatState): string => draw(state, AREA, TALKING).lines.map(plainText).join('\n')

test('an answer grows by its parts, and what comes after its end changes nothing', () => {
  const state = all(BEGUN, text('Good '), text('day'))
  const done = ended(state, whole({ text: 'Good day' })).state
  const [piece] = pieces(done)
  assert.deepEqual([sourceOf(piece?.flow as never), piece?.isWhole, piece?.ended], ['Good day', true, ''])
  assert.deepEqual([done.conversation, done.asked, done.answeredBy], ['c', [], 'm'])
  assert.deepEqual(told(done, text(' late')).state, done)
})

test('calls stand where they were made, each with what it gave', () => {
  const state = all(
    BEGUN,
    text('I look.'),
    call('a', 'fs_a'),
    call('b', 'fs_b'),
    result('b', { isError: true, text: 'no' }),
    result('a'),
    text('\n\nThere.'),
  )
  assert.deepEqual(
    pieces(state).map(({ flow, uses, isWhole }) => [
      sourceOf(flow),
      uses.map(({ name, state: of, result: gave }) => `${name} ${of} ${gave}`),
      isWhole,
    ]),
    [
      ['I look.', ['fs_a done r', 'fs_b failed no'], true],
      ['There.', [], false],
    ],
  )
})

test('a later call of the same name has the result that comes then', () => {
  const state = all(
    BEGUN,
    call('a'),
    result('a', { text: '1' }),
    text('More.'),
    call('a'),
    result('a', { text: '2' }),
  )
  assert.deepEqual(
    pieces(state).flatMap(({ uses }) => uses.map(({ result: gave }) => gave)),
    ['1', '2'],
  )
})

test('the person is asked about a call that waits for them, and no longer once it has ended', () => {
  const asks = told(all(BEGUN, call('a', 'fs_delete')), took({ kind: 'asks', id: 'a' }))
  assert.deepEqual(keysOf(asks.effects, 'consent'), ['chat consent 1 a'])
  assert.match(screen(asks.state), /waiting for your consent/)
  const [consent] = asks.effects
  assert.ok(consent?.type === 'consent' && consent.tool === 'fs_delete')
  assert.deepEqual(keysOf(told(asks.state, result('a')).effects, 'abort'), ['chat consent 1 a'])
  const stopped = ended(asks.state, whole({ state: 'stopped' }))
  assert.deepEqual(keysOf(stopped.effects, 'abort'), ['chat consent 1 a'])
  assert.deepEqual(pieces(stopped.state)[0]?.uses[0]?.state, 'failed')
  assert.deepEqual(
    told(all(BEGUN), took({ kind: 'asks', id: 'none' })).effects,
    [],
    'of a call that nobody knows nothing is asked',
  )
})

test('which tools were shown is said where these were not all, and why', () => {
  const shown = (step: Partial<Extract<LoopStep, { kind: 'shown' }>>) =>
    screen(all(BEGUN, took({ kind: 'shown', tools: ['fs_x'], of: 30, ...step }), text('Yes.')))
  assert.match(shown({}), /with 1 of 30 tools, chosen by the question: fs_x[\s\S]*tools 1 of 30/)
  assert.match(shown({ tools: [], because: 'unable' }), /without tools: this model can’t call tools/)
  assert.match(shown({ tools: [], because: 'budget' }), /of 30 none fits/)
  assert.doesNotMatch(shown({ of: 1 }), /chosen by/)
})

test('what was cut, left out or summarised to fit is said', () => {
  const shortened = took({ kind: 'shortened', results: 2, turns: 1 })
  const state = all(BEGUN, call('a'), result('a', { isCut: true }), shortened)
  assert.match(
    screen(state),
    /results of tools are cut[\s\S]*2 older results are told in one line[\s\S]*1 older message is left out/,
  )
  const waits = all(BEGUN, { waits: 'summary' })
  assert.match(screen(waits), /Older messages are summarised first/)
  assert.doesNotMatch(screen(told(waits, text('Now.')).state), /summarised/)
})

test('an answer that is empty, stopped or broken off says so', () => {
  const endOf = (own: Partial<AnswerInfo>) => pieces(ended(all(BEGUN), whole(own)).state).at(-1)?.ended ?? ''
  assert.equal(endOf({}), 'The answer was empty.')
  assert.equal(endOf({ state: 'stopped' }), 'Stopped.')
  assert.match(endOf({ state: 'broken_off', why: 'The model failed.' }), /^The model failed\. Alt-R/)
})

test('a gateway that tells no parts gives the answer at its end', () => {
  const { state } = ended(all(BEGUN), whole({ text: 'All of it.' }))
  assert.equal(sourceOf(pieces(state)[0]?.flow as never), 'All of it.')
})

test('an answer whose gateway went away may go on, and is looked for once it is back', () => {
  const lost = ended(all(BEGUN, text('So far')), {
    ok: false,
    error: 'The gateway closed the connection.',
  }).state
  assert.match(pieces(lost)[0]?.ended ?? '', /closed the connection\. The answer may go on/)
  const [looked] = update(lost, { type: 'shown' }, TALKING, AREA).effects.filter(
    ({ type }) => type === 'tool',
  )
  assert.ok(looked?.type === 'tool' && looked.name === 'chat_get_conversation')
})

test('parts of an answer that is not followed any longer change nothing', () => {
  const left = update(all(BEGUN), { type: 'key', key: 'M-n' }, TALKING, AREA)
  assert.deepEqual(keysOf(left.effects, 'abort'), ['chat answer 1'])
  assert.deepEqual(told(left.state, text('late')).state, left.state)
  assert.deepEqual(ended(left.state, whole()).state, left.state)
})
