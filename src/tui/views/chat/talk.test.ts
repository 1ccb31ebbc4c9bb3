import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editorOf } from '../../model/editor.ts'
import type { ViewEvent } from '../../model/view.ts'
import { EMPTY_FLOW, grow } from '../../text/flow.ts'
import { AREA, TALKING, WORLD } from '../testing/setting.ts'
import { update } from './model.ts'
import {
  type ChatEffect,
  type ChatMessage,
  type ChatState,
  type ChatStep,
  INITIAL,
  NEW_TURN,
  type Turn,
} from './state.ts'

type Asked<T extends ChatEffect['type']> = Extract<ChatEffect, { type: T }>

const next = (state: ChatState, message: ChatMessage | ViewEvent, world = TALKING): ChatStep =>
  update(state, message, world, AREA)
const press = (state: ChatState, key: string, world = TALKING): ChatStep =>
  next(state, { type: 'key', key }, world)
const say = (text: string, state = INITIAL): ChatStep => press({ ...state, draft: editorOf(text) }, 'enter')
const only = <T extends ChatEffect['type']>({ effects }: ChatStep, type: T): Asked<T>[] =>
  effects.filter((effect): effect is Asked<T> => effect.type === type)
const asked = (step: ChatStep) => only(step, 'chat')[0]?.ask
const calls = (step: ChatStep) => only(step, 'tool').map(({ name, arguments: given }) => [name, given])
const arrive = (state: ChatState, asking = 1): ChatStep =>
  next(state, { type: 'part', asking, part: { conversation: 'c', message: 10 * asking } })
const end = (state: ChatState, asking = 1): ChatState =>
  next(state, {
    type: 'answered',
    asking,
    outcome: {
      ok: true,
      value: {
        conversation: 'c',
        message: 10 * asking,
        text: 'Hi',
        state: 'whole',
        why: undefined,
        model: 'm',
      },
    },
  }).state

const person = (text: string, files: readonly string[] = []): Turn => ({ by: 'person', text, files })
const model = (text: string, message: number): Turn => ({
  ...NEW_TURN,
  message,
  flow: grow(EMPTY_FLOW, text),
  isWhole: true,
})
const TALKED: ChatState = {
  ...INITIAL,
  conversation: 'c',
  turns: [person('one'), model('1', 2), person('two', ['/b']), model('2', 4)],
}

test('a question begins a conversation, and the next one goes on with it', () => {
  const first = say('Hello', { ...INITIAL, files: ['/a.txt'] })
  assert.deepEqual(asked(first), { text: 'Hello', files: ['/a.txt'] })
  assert.deepEqual([first.state.draft.text, first.state.files, first.state.earlier], ['', [], ['Hello']])
  const second = say('And?', end(arrive(first.state).state))
  assert.deepEqual(asked(second), { text: 'And?', conversation: 'c' })
})

test('nothing is sent of a message that is empty', () => {
  assert.deepEqual(say('  \n').effects, [])
  assert.deepEqual(say('  \n').state.turns, [])
})

test('where no conversations are kept, that is said in a sentence, and the text stays', () => {
  const typed = { ...INITIAL, draft: editorOf('Hello') }
  const { state, effects } = press(typed, 'enter', WORLD)
  assert.equal(state.draft.text, 'Hello')
  assert.match(JSON.stringify(effects), /keeps no conversations for you/)
})

test('a second question is sent once the first has arrived, and waits for its answer there', () => {
  const first = say('One')
  const early = say('Two', first.state)
  assert.match(JSON.stringify(early.effects), /is on its way/)
  assert.equal(early.state.draft.text, 'Two')
  const second = say('Two', arrive(first.state).state)
  assert.deepEqual(asked(second), { text: 'Two', conversation: 'c' })
  assert.equal(second.state.turns.length, 4)
  const waiting = next(second.state, { type: 'part', asking: 2, part: { waits: 'question' } }).state
  assert.deepEqual(
    waiting.turns.map((turn) => turn.by === 'model' && turn.waits),
    [false, undefined, false, 'question'],
  )
  const grown = next(waiting, { type: 'part', asking: 1, part: { text: 'Of one.' } }).state
  assert.notEqual(grown.turns[1], waiting.turns[1])
  assert.equal(grown.turns[3], waiting.turns[3])
})

test('the model and the tools are told where they are others than before', () => {
  const chosen = say('x', { ...INITIAL, model: 'quick', givesTools: false })
  assert.deepEqual(asked(chosen), { text: 'x', model: 'quick', tools: [] })
  const same = say('y', end(arrive(chosen.state).state))
  assert.deepEqual(asked(same), { text: 'y', conversation: 'c' })
  const back = say('z', { ...end(arrive(chosen.state).state), model: undefined, givesTools: true })
  assert.deepEqual(asked(back), { text: 'z', conversation: 'c', model: '', tools: 'auto' })
})

test('a question that the server does not take is in the draft again, with its files, and the reason is said', () => {
  const { state } = say('Hello', { ...INITIAL, files: ['/nope'] })
  const refused: ChatMessage = {
    type: 'answered',
    asking: 1,
    outcome: { ok: false, error: 'There is no "/nope".' },
  }
  const back = next(state, refused)
  assert.deepEqual([back.state.turns, back.state.draft.text, back.state.files], [[], 'Hello', ['/nope']])
  assert.deepEqual(only(back, 'say'), [{ type: 'say', text: 'There is no "/nope".', tone: 'error' }])
  const typed = next({ ...state, draft: editorOf('meanwhile') }, refused).state
  assert.deepEqual([typed.draft.text, typed.earlier], ['meanwhile', ['Hello']])
})

test('Esc stops what is answered; a question that is on its way, once it has arrived', () => {
  const { state } = say('Hello')
  const early = press(state, 'escape')
  assert.deepEqual(calls(early), [])
  assert.deepEqual(calls(arrive(early.state)), [['chat_stop', { conversation: 'c' }]])
  assert.deepEqual(calls(press(arrive(state).state, 'escape')), [['chat_stop', { conversation: 'c' }]])
})

test('asking again forks the conversation before the question, and asks it there', () => {
  const again = press(TALKED, 'M-r')
  assert.deepEqual(calls(again), [['chat_fork_conversation', { conversation: 'c', message: 2 }]])
  assert.deepEqual(again.state.turns.slice(0, 3), TALKED.turns.slice(0, 3))
  const [fork] = only(again, 'tool')
  const value = { resultType: 'complete' as const, content: [], structuredContent: { id: 'd' } }
  const forked = next(again.state, fork?.reply({ ok: true, value }) as ChatMessage)
  assert.deepEqual(asked(forked), { text: 'two', conversation: 'd', files: ['/b'] })
  const failed = next(again.state, fork?.reply({ ok: false, error: 'Gone.' }) as ChatMessage)
  assert.deepEqual([failed.state.turns.length, failed.state.draft.text], [2, 'two'])
})

test('asking the first question again begins a conversation', () => {
  const again = press({ ...TALKED, turns: TALKED.turns.slice(0, 2) }, 'M-r')
  assert.deepEqual(asked(again), { text: 'one' })
  assert.deepEqual(press(INITIAL, 'M-r').effects, [])
})

test('the last question is edited with its files, and nothing is forked before it is sent', () => {
  const edited = press(TALKED, 'M-e')
  assert.deepEqual(calls(edited), [])
  const { draft, files, turns } = edited.state
  assert.deepEqual([draft.text, files, turns.length], ['two', ['/b'], 2])
  assert.deepEqual(calls(press(edited.state, 'enter')), [
    ['chat_fork_conversation', { conversation: 'c', message: 2 }],
  ])
  const slash = press({ ...INITIAL, turns: [person('/etc is what?')] }, 'M-e').state
  assert.equal(slash.draft.text, '//etc is what?', 'it is no command')
})

test('while an answer comes nothing is asked again or edited', () => {
  const { state } = arrive(say('Hello').state)
  for (const key of ['M-r', 'M-e']) assert.deepEqual(press(state, key), { state, effects: [] })
})

test('what was sent is no draft any longer: of no conversation that begins next, nor of one that was left', () => {
  const forgotten = (step: ChatStep) =>
    only(step, 'keep').flatMap(({ name, value }) => (value === undefined ? [name] : []))
  const first = say('Hello')
  assert.deepEqual(forgotten(arrive(first.state)), ['new'])
  const second = say('And?', end(arrive(first.state).state))
  assert.deepEqual(forgotten(arrive(second.state, 2)), [])
  assert.deepEqual(forgotten(press(press(TALKED, 'M-e').state, 'enter')), ['c'])
})
