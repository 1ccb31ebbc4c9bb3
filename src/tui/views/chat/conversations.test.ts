import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConversationInfo, ConversationPage, MessageInfo } from '../../../command/chat/conversations.ts'
import { editorOf } from '../../model/editor.ts'
import type { Outcome } from '../../model/effects.ts'
import type { ViewEvent } from '../../model/view.ts'
import { plainText } from '../../text/lines.ts'
import { AREA, TALKING, WORLD } from '../testing/setting.ts'
import { draw } from './draw.ts'
import { update } from './model.ts'
import { type ChatEffect, type ChatMessage, type ChatState, type ChatStep, INITIAL } from './state.ts'

type Asked<T extends ChatEffect['type']> = Extract<ChatEffect, { type: T }>

const next = (state: ChatState, message: ChatMessage | ViewEvent, world = TALKING): ChatStep =>
  update(state, message, world, AREA)
const press = (state: ChatState, key: string): ChatStep => next(state, { type: 'key', key })
const only = <T extends ChatEffect['type']>({ effects }: ChatStep, type: T): Asked<T>[] =>
  effects.filter((effect): effect is Asked<T> => effect.type === type)
const called = (step: ChatStep) => only(step, 'tool').map(({ name }) => name)
/** After the first tool that a step calls has given this. */
const after = (step: ChatStep, structuredContent: unknown): ChatStep =>
  next(
    step.state,
    only(step, 'tool')[0]?.reply({
      ok: true,
      value: { resultType: 'complete', content: [], structuredContent },
    }) as ChatMessage,
  )
const screen = (state: ChatState, world = TALKING): string =>
  draw(state, AREA, world).lines.map(plainText).join('\n')

const info = (id: string, title = id): ConversationInfo => ({
  id,
  title,
  changed: '',
  messages: 2,
  model: undefined,
  usesTools: true,
})
const message = (id: number, own: Partial<MessageInfo> = {}): Partial<MessageInfo> => ({
  id,
  role: id % 2 === 1 ? 'user' : 'assistant',
  text: `message ${id}`,
  state: 'whole',
  ...own,
})
const OPEN: ChatState = { ...INITIAL, conversation: 'c', isReading: true, hasBegun: true }
const page = (messages: Partial<MessageInfo>[], own: object = {}, of: object = {}) => ({
  conversation: { ...info('c', 'Title'), ...of },
  messages,
  ...own,
})
function opened(given: object, state = OPEN): ChatStep {
  const looked = next({ ...state, hasBegun: true }, { type: 'shown' })
  return after(looked, given)
}

test('when the room is opened first, what is on this machine and the newest conversation are looked for', () => {
  const first = next(INITIAL, { type: 'shown' })
  assert.deepEqual(
    [called(first), only(first, 'import').length, only(first, 'recall')[0]?.name],
    [['chat_list_conversations'], 1, 'new'],
  )
  const found = after(first, { conversations: [info('c', 'Apples')] }).state
  assert.match(screen(found), /Enter opens: Apples {2}\(2 messages\)/)
  assert.deepEqual(called(press(found, 'enter')), ['chat_get_conversation'])
  const second = next(found, { type: 'shown' })
  assert.deepEqual(only(second, 'import'), [])
})

test('where there is no server of conversations the room says so, and looks for nothing', () => {
  assert.deepEqual(next(INITIAL, { type: 'shown' }, WORLD).effects, [])
  assert.match(screen(INITIAL, WORLD).replace(/\s+/g, ' '), /keeps no conversations for you/)
})

test('a conversation is opened as it is kept, with its model, its tools and what was typed in it', () => {
  const step = opened(page([message(1), message(2)], {}, { model: 'quick', tools: [] }))
  const { state } = step
  assert.deepEqual(
    [state.turns.length, state.model, state.givesTools, state.earlier, state.isReading],
    [2, 'quick', false, ['message 1'], false],
  )
  const [recall] = only(step, 'recall')
  const back = next(state, recall?.reply({ text: 'unsent' }) as ChatMessage).state
  assert.equal(back.draft.text, 'unsent')
  const other = next({ ...state, conversation: 'd' }, recall?.reply({ text: 'unsent' }) as ChatMessage).state
  assert.equal(other.draft.text, '')
})

test('an answer that still comes is joined from its beginning', () => {
  const step = opened(page([message(1), message(2, { state: 'running', text: 'So f' })]))
  assert.deepEqual(only(step, 'chat')[0]?.ask, { join: 'c' })
  assert.equal(step.state.asked.length, 1)
  const told = next(step.state, { type: 'part', asking: 1, part: { text: 'So far.' } }).state
  assert.match(screen(told), /message 1[\s\S]*So far\./)
})

test('of several answers that are waited for the last one is followed, and all are read again after it', () => {
  const step = opened(
    page([message(1), message(2, { state: 'running' }), message(3), message(4, { state: 'waiting' })]),
  )
  assert.match(screen(step.state), /It is still being answered/)
  const value = { conversation: 'c', message: 4, text: 'Done.', state: 'whole', why: undefined, model: 'm' }
  const done = next(step.state, { type: 'answered', asking: 1, outcome: { ok: true, value } })
  assert.deepEqual(called(done), ['chat_get_conversation'])
})

test('a conversation with which others went on is read anew, and one without news stays as it is', () => {
  const { state } = opened(page([message(1), message(2)]))
  assert.deepEqual(opened(page([message(1), message(2)]), state).state, state)
  const more = opened(page([message(1), message(2), message(3), message(4)]), {
    ...state,
    draft: editorOf('meanwhile'),
  }).state
  assert.deepEqual([more.turns.length, more.draft.text], [4, 'meanwhile'])
})

test('what is read late of another conversation, or while one is answered here, changes nothing', () => {
  const { state } = opened(page([message(1), message(2)]))
  const outcome: Outcome<ConversationPage> = { ok: false, error: 'x' }
  for (const one of [
    { ...state, conversation: 'd' },
    { ...state, asked: [{ number: 1, since: 0 }] },
    { ...state, branch: { after: 2 } },
  ])
    assert.deepEqual(next(one, { type: 'opened', conversation: 'c', outcome }), { state: one, effects: [] })
})

test('a conversation that can’t be opened is said, and another can be begun', () => {
  const failed = next(OPEN, { type: 'opened', conversation: 'c', outcome: { ok: false, error: 'Gone.' } })
  assert.deepEqual([failed.state.conversation, failed.state.isReading], [undefined, false])
  assert.match(JSON.stringify(failed.effects), /Gone\./)
})

test('older messages are asked for beyond the first, and what is in sight stays', () => {
  const many = Array.from({ length: 20 }, (_, n) => message(n + 21))
  const { state } = opened(page(many, { older: 21 }))
  let step = press(state, 'pageup')
  for (let n = 0; n < 20 && called(step).length === 0; n++) step = press(step.state, 'pageup')
  assert.deepEqual(only(step, 'tool')[0]?.arguments, {
    conversation: 'c',
    before: 21,
    limit: 20,
    results: true,
  })
  assert.deepEqual(called(press(step.state, 'pageup')), [], 'they are asked for once')
  const seen = screen(step.state)
  const all = after(step, page([message(19), message(20)])).state
  assert.deepEqual([all.turns.length, all.older, all.top?.turn], [22, undefined, 2])
  assert.equal(screen(all).replace(/─+.*/g, ''), seen.replace(/─+.*/g, ''))
})

test('Alt-G lists the conversations, and goes to the chosen one; what is answered here goes on', () => {
  const busy: ChatState = { ...INITIAL, conversation: 'c', asked: [{ number: 1, since: 0 }] }
  const listed = after(press(busy, 'M-g'), { conversations: [info('d', 'Pears'), info('e', 'Apples')] })
  const [choose] = only(listed, 'choose')
  assert.deepEqual(choose?.choice.items, ['Pears  (2 messages)', 'Apples  (2 messages)'])
  const gone = next(listed.state, choose?.reply(1) as ChatMessage)
  assert.equal(gone.state.conversation, 'e')
  assert.deepEqual(only(gone, 'abort'), [{ type: 'abort', key: 'chat answer 1' }])
  assert.deepEqual([called(gone), only(gone, 'keep')[0]?.name], [['chat_get_conversation'], 'c'])
  assert.deepEqual(next(listed.state, choose?.reply(undefined) as ChatMessage).effects, [])
  assert.match(JSON.stringify(after(press(INITIAL, 'M-g'), { conversations: [] }).effects), /no earlier/)
})

test('Alt-S finds conversations by what was said in them', () => {
  const [prompt] = only(press(INITIAL, 'M-s'), 'prompt')
  const searched = next(INITIAL, prompt?.reply(' plumber ') as ChatMessage)
  assert.equal(only(searched, 'tool')[0]?.arguments.text, 'plumber')
  const hit = { conversation: info('d', 'House'), message: 4, text: 'the plumber comes' }
  const [choose] = only(after(searched, { hits: [hit] }), 'choose')
  assert.deepEqual(choose?.choice.items, ['House  (2 messages)  the plumber comes'])
  assert.match(JSON.stringify(after(searched, { hits: [] }).effects), /Nothing was found/)
  assert.deepEqual(next(INITIAL, prompt?.reply(' ') as ChatMessage).effects, [])
})

test('a conversation is renamed', () => {
  const state = { ...OPEN, title: 'Old' }
  const [prompt] = only(next(state, { type: 'rename' }), 'prompt')
  assert.equal(prompt?.prompt.editor.text, 'Old')
  const renaming = next(state, prompt?.reply('New') as ChatMessage)
  assert.deepEqual(only(renaming, 'tool')[0]?.arguments, { conversation: 'c', title: 'New' })
  assert.equal(after(renaming, info('c', 'New')).state.title, 'New')
})

test('a conversation is deleted after a yes, with what was typed in it', () => {
  const state: ChatState = { ...OPEN, isReading: false, title: 'T', draft: editorOf('x') }
  const [confirm] = only(next(state, { type: 'delete' }), 'confirm')
  assert.deepEqual(next(state, confirm?.reply(false) as ChatMessage).effects, [])
  const deleting = next(state, confirm?.reply(true) as ChatMessage)
  assert.deepEqual(
    only(deleting, 'tool').map(({ name, consent }) => [name, consent]),
    [['chat_delete_conversation', 'given']],
  )
  const gone = after(deleting, { id: 'c', title: 'T' })
  assert.deepEqual([gone.state.conversation, gone.state.draft.text], [undefined, ''])
  assert.deepEqual(only(gone, 'keep'), [{ type: 'keep', folder: 'drafts', name: 'c', value: undefined }])
})

test('what was taken over from files of earlier versions is said, and so is what was not', () => {
  const imported = (taken: number, problems: string[] = []) =>
    next(INITIAL, { type: 'imported', outcome: { ok: true, value: { taken, problems } } })
  assert.deepEqual(imported(0).effects, [])
  assert.match(JSON.stringify(imported(3).effects), /3 earlier conversations were taken over/)
  assert.deepEqual(called(imported(3)), ['chat_list_conversations'])
  assert.match(JSON.stringify(imported(0, ['One was not.']).effects), /One was not\./)
})
