import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editorOf } from '../../model/editor.ts'
import { EMPTY_FLOW, grow } from '../../text/flow.ts'
import { AREA, TALKING } from '../testing/setting.ts'
import { actions, lucaFor, update } from './model.ts'
import { type ChatEffect, type ChatState, INITIAL, type ModelTurn, NEW_TURN, type Turn } from './state.ts'

const press = (state: ChatState, ...keys: string[]): ChatState =>
  keys.reduce((before, key) => update(before, { type: 'key', key }, TALKING, AREA).state, state)
const effectsOf = (state: ChatState, key: string): readonly ChatEffect[] =>
  update(state, { type: 'key', key }, TALKING, AREA).effects
const typing = (text: string, state = INITIAL): ChatState => ({ ...state, draft: editorOf(text) })

const person = (text: string): Turn => ({ by: 'person', text, files: [] })
const model = (text: string, own: Partial<ModelTurn> = {}): ModelTurn => ({
  ...NEW_TURN,
  flow: grow(EMPTY_FLOW, text),
  isWhole: true,
  ...own,
})
const TALKED: ChatState = {
  ...INITIAL,
  conversation: '3f2a91bc77',
  turns: [person('one'), model('1'), person('two'), model('2')],
}

test('Ctrl-C puts the draft aside, and Up brings it back', () => {
  const aside = press(typing('half a thought'), 'C-c')
  assert.deepEqual([aside.draft.text, aside.earlier], ['', ['half a thought']])
  assert.equal(press(aside, 'up').draft.text, 'half a thought')
})

test('Up and Down go through what was sent, and do not lose a draft that was begun', () => {
  const state = typing('new', { ...INITIAL, earlier: ['old', 'older'] })
  const up = press(state, 'up')
  assert.equal(up.draft.text, 'older')
  assert.equal(press(up, 'up').draft.text, 'old')
  assert.equal(press(up, 'down').draft.text, 'new')
  assert.equal(press(up, 'up', 'up', 'up').draft.text, 'old', 'there is nothing before the first')
})

test('a new conversation leaves the old one, and keeps the choice of model and tools', () => {
  const state = { ...TALKED, model: 'quick', givesTools: false }
  const fresh = press(state, 'M-n')
  assert.deepEqual(
    [fresh.turns, fresh.conversation, fresh.model, fresh.givesTools],
    [[], undefined, 'quick', false],
  )
  const kept = effectsOf(typing('unsent', state), 'M-n').find(({ type }) => type === 'keep')
  assert.ok(kept?.type === 'keep' && kept.name === '3f2a91bc77')
})

test('Alt-T decides whether the model gets tools', () => {
  assert.equal(press(INITIAL, 'M-t').givesTools, false)
  assert.equal(press(INITIAL, 'M-t', 'M-t').givesTools, true)
  assert.ok(actions(press(INITIAL, 'M-t')).some(({ title }) => title === 'let the model use tools'))
})

test('a conversation that has begun can be renamed and deleted', () => {
  const titles = (state: ChatState) => actions(state).map(({ title }) => title)
  assert.ok(titles(TALKED).includes('rename the conversation'))
  assert.ok(!titles(INITIAL).some((title) => /rename|delete/.test(title)))
})

test('Alt-L takes a model by name; an empty name is the default again, and Esc changes nothing', () => {
  const [prompt] = effectsOf(INITIAL, 'M-l') as [Extract<ChatEffect, { type: 'prompt' }>]
  const chosen = (state: ChatState, name: string | undefined) =>
    update(state, prompt.reply(name), TALKING, AREA).state.model
  assert.equal(chosen(INITIAL, ' quick '), 'quick')
  assert.equal(chosen({ ...INITIAL, model: 'quick' }, ' '), undefined)
  assert.equal(chosen({ ...INITIAL, model: 'quick' }, undefined), 'quick')
})

test('a file is attached once, by its path', () => {
  const attach = (state: ChatState, path: string | undefined) =>
    update(state, { type: 'attach', path }, TALKING, AREA).state
  const twice = attach(attach(INITIAL, 'docs/a.md'), '/docs/a.md')
  assert.deepEqual(twice.files, ['/docs/a.md'])
  assert.equal(attach(INITIAL, ' ').files.length, 0)
  assert.equal(attach(INITIAL, undefined), INITIAL)
})

test('Ctrl-O opens all results of the last answer that has any, and closes them again', () => {
  const use = { id: 'a', name: 'x', arguments: '{}', state: 'done' as const, result: 'r', isOpen: false }
  const turns = [
    person('one'),
    model('1', { message: 2, uses: [use] }),
    model('', { message: 2, uses: [use] }),
    person('two'),
    model('2', { message: 4 }),
  ]
  const openIn = (state: ChatState) =>
    state.turns.flatMap((turn) => (turn.by === 'model' ? turn.uses.map(({ isOpen }) => isOpen) : []))
  assert.deepEqual(openIn(press({ ...TALKED, turns }, 'C-o')), [true, true])
  assert.deepEqual(openIn(press({ ...TALKED, turns }, 'C-o', 'C-o')), [false, false])
  assert.deepEqual(press(INITIAL, 'C-o'), INITIAL)
})

test('the same question as a command has the draft, else the last message, the conversation and the model', () => {
  assert.equal(lucaFor(typing('a b')), "luca chat 'a b'")
  assert.equal(lucaFor({ ...TALKED, model: 'quick' }), 'luca chat --conversation 3f2a91bc --model quick two')
  assert.equal(lucaFor(INITIAL), 'luca chat …')
})
