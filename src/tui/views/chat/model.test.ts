import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editorOf } from '../../model/editor.ts'
import { EMPTY_FLOW, grow } from '../../text/flow.ts'
import { AREA, READING, WORLD } from '../testing/setting.ts'
import { actions, lucaFor, update } from './model.ts'
import { type ChatEffect, type ChatState, INITIAL, type ModelTurn, type Turn } from './state.ts'

const press = (state: ChatState, ...keys: string[]): ChatState =>
  keys.reduce((before, key) => update(before, { type: 'key', key }, WORLD, AREA).state, state)
const effectsOf = (state: ChatState, key: string): readonly ChatEffect[] =>
  update(state, { type: 'key', key }, WORLD, AREA).effects
const typing = (text: string, state = INITIAL): ChatState => ({ ...state, draft: editorOf(text) })

const person = (text: string): Turn => ({ by: 'person', text, attachments: [{ path: '/a', text: 'b' }] })
const model = (text: string, own: Partial<ModelTurn> = {}): ModelTurn => ({
  by: 'model',
  flow: grow(EMPTY_FLOW, text),
  uses: [],
  ended: '',
  isWhole: true,
  ...own,
})
const TALKED: ChatState = {
  ...INITIAL,
  name: 'n',
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

test('Enter sends nothing while an answer comes, and says how to stop it', () => {
  const busy = typing('more', { ...TALKED, busySince: 1 })
  assert.deepEqual(press(busy, 'enter').turns, busy.turns)
  assert.match(JSON.stringify(effectsOf(busy, 'enter')), /Esc stops it/)
  assert.equal(press(busy, 'enter').draft.text, 'more')
})

test('Alt-E takes the last message back into the draft, with its attachments', () => {
  const edited = press(TALKED, 'M-e')
  assert.deepEqual([edited.draft.text, edited.turns.length, edited.attachments.length], ['two', 2, 1])
  assert.equal(press({ ...TALKED, busySince: 1 }, 'M-e').turns.length, 4)
})

test('a new conversation keeps the old one on disk, and the choice of model and tools', () => {
  const state = { ...TALKED, model: 'quick', givesTools: false }
  const fresh = press(state, 'M-n')
  assert.deepEqual([fresh.turns, fresh.name, fresh.model, fresh.givesTools], [[], undefined, 'quick', false])
  const kept = effectsOf(state, 'M-n').find(({ type }) => type === 'keep') as { name: string }
  assert.equal(kept.name, 'n')
})

test('Alt-T decides whether the model gets tools', () => {
  assert.equal(press(INITIAL, 'M-t').givesTools, false)
  assert.equal(press(INITIAL, 'M-t', 'M-t').givesTools, true)
  assert.ok(actions(press(INITIAL, 'M-t')).some(({ title }) => title === 'let the model use tools'))
})

test('Alt-L takes a model by name; an empty name is the default again, and Esc changes nothing', () => {
  const [prompt] = effectsOf(INITIAL, 'M-l') as [Extract<ChatEffect, { type: 'prompt' }>]
  const chosen = (state: ChatState, name: string | undefined) =>
    update(state, prompt.reply(name), WORLD, AREA).state.model
  assert.equal(chosen(INITIAL, ' quick '), 'quick')
  assert.equal(chosen({ ...INITIAL, model: 'quick' }, ' '), undefined)
  assert.equal(chosen({ ...INITIAL, model: 'quick' }, undefined), 'quick')
})

test('a file is attached once by its path, and one that can’t be read is reported and left out', () => {
  const [read] = update(INITIAL, { type: 'attach', path: 'docs/a.md' }, WORLD, AREA).effects as [
    Extract<ChatEffect, { type: 'tool' }>,
  ]
  assert.deepEqual(read.arguments, { path: '/docs/a.md' })
  const answer = (text: string, isError = false) =>
    read.reply({ ok: true, value: { resultType: 'complete', content: [{ type: 'text', text }], isError } })
  const twice = [answer('first'), answer('second')].reduce(
    (state, message) => update(state, message, WORLD, AREA).state,
    INITIAL,
  )
  assert.deepEqual(twice.attachments, [{ path: '/docs/a.md', text: 'second' }])
  const failed = update(INITIAL, answer('There is no such file.', true), WORLD, AREA)
  assert.deepEqual(failed.state.attachments, [])
  assert.deepEqual(failed.effects, [{ type: 'say', text: 'There is no such file.', tone: 'error' }])
})

test('what is no text is attached as the text of the document that it is', () => {
  const [asText] = update(INITIAL, { type: 'attach', path: 'a.pdf' }, READING, AREA).effects as [
    Extract<ChatEffect, { type: 'tool' }>,
  ]
  const answer = (text: string, own: object = {}) => ({
    ok: true as const,
    value: { resultType: 'complete' as const, content: [{ type: 'text' as const, text }], ...own },
  })
  for (const noText of [answer('It is not UTF-8 text.', { isError: true }), answer('%PDF-1.4')]) {
    const [asDocument] = update(INITIAL, asText.reply(noText), READING, AREA).effects as [typeof asText]
    assert.deepEqual(
      [asDocument.name, asDocument.arguments],
      ['fs_read_document', { path: '/a.pdf', limit: 1_000_000 }],
    )
    const whole = update(INITIAL, asDocument.reply(answer('The lease.')), READING, AREA)
    assert.deepEqual(whole.state.attachments, [{ path: '/a.pdf', text: 'The lease.' }])
    assert.deepEqual(whole.effects, [])
    const long = answer('', { structuredContent: { content: 'The lease', nextOffset: 9 } })
    const [said] = update(INITIAL, asDocument.reply(long), READING, AREA).effects
    assert.ok(said?.type === 'say' && /Only the first 1000000 characters/.test(said.text))
    const failed = update(INITIAL, asDocument.reply(answer('Locked.', { isError: true })), READING, AREA)
    assert.deepEqual(failed.effects, [{ type: 'say', text: 'Locked.', tone: 'error' }])
  }
})

test('Ctrl-O opens all results of the last answer that has any, and closes them again', () => {
  const use = { id: 'a', name: 'x', arguments: '{}', state: 'done' as const, result: 'r', isOpen: false }
  const state = { ...TALKED, turns: [person('one'), model('1', { uses: [use] }), person('two'), model('2')] }
  const openIn = ({ turns }: ChatState) => (turns[1] as ModelTurn).uses.map(({ isOpen }) => isOpen)
  assert.deepEqual(openIn(press(state, 'C-o')), [true])
  assert.deepEqual(openIn(press(state, 'C-o', 'C-o')), [false])
})

test('the same question as a command has the draft, else the last message, and the model', () => {
  assert.equal(lucaFor(typing('a b')), "luca llm 'a b'")
  assert.equal(lucaFor({ ...TALKED, model: 'quick' }), `luca llm two '{"model":"quick"}'`)
  assert.equal(lucaFor(INITIAL), 'luca llm …')
})

test('on an empty conversation Enter opens the newest one that is kept', () => {
  const state = { ...INITIAL, newest: { name: 'before', about: 'x' } }
  const [effect] = effectsOf(state, 'enter') as [Extract<ChatEffect, { type: 'recall' }>]
  assert.deepEqual([effect.type, effect.name], ['recall', 'before'])
  assert.deepEqual(effectsOf(INITIAL, 'enter'), [])
})
