import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from './effects.ts'
import type { Message, Palette } from './message.ts'
import type { State } from './state.ts'
import { after, interfaceOf, keys, told, viewNoting } from './testing/interface.ts'

const VIEWS = [viewNoting('chat', { types: true }), viewNoting('files', { servers: ['fs'] })]
const start = (own: Partial<State> = {}) => interfaceOf(VIEWS, own)
const offer = (servers: string[]): Message => ({ type: 'offer', offer: { tools: [], methods: [], servers } })
const palette = (state: State) => state.overlays.at(-1) as Palette

test('a view gets a message when the gateway has come, and not again while it stays', () => {
  const connected: Message = { type: 'link', link: { state: 'connected' } }
  const { state } = after(start({ link: { state: 'connecting' } }), connected, connected)
  assert.deepEqual(told(state, 'chat'), [{ type: 'shown' }])
  const lost = after(state, { type: 'link', link: { state: 'lost', why: 'x' } }).state
  assert.deepEqual([lost.link.state, told(lost, 'chat').length], ['lost', 1])
})

test('a view whose server goes is left for the first there is, and stays where it is otherwise', () => {
  const files = start({ view: 'files' })
  assert.equal(after(files, offer(['fs', 'mail'])).state.view, 'files')
  const { state } = after(files, offer([]))
  assert.equal(state.view, 'chat')
  assert.deepEqual(told(state, 'chat'), [{ type: 'shown' }])
})

test('a view that does not exist can’t be opened', () => {
  const state = start({ offer: { tools: [], methods: [], servers: [] } })
  const next = after(state, { type: 'go', view: 'files' }).state
  assert.deepEqual([next.view, next.own], [state.view, state.own])
})

test('a view’s own effects answer to it, whichever view is shown meanwhile', () => {
  const asks = viewNoting('asks', {
    wants: (message) =>
      (message as { type: string }).type === 'shown'
        ? [{ type: 'request', method: 'm', reply: (outcome) => ({ type: 'answered', outcome }) }]
        : [],
  })
  const { state, effects } = after(
    interfaceOf([...VIEWS, asks]),
    { type: 'go', view: 'asks' },
    ...keys('M-1'),
  )
  const [request] = effects as [Extract<Effect<Message>, { type: 'request' }>]
  const message = request.reply({ ok: false, error: 'no' })
  assert.deepEqual(message, {
    type: 'view',
    id: 'asks',
    message: { type: 'answered', outcome: { ok: false, error: 'no' } },
  })
  assert.deepEqual(
    told(after(state, message).state, 'asks').at(-1),
    (message as { message: unknown }).message,
  )
})

test('what a view wants to ask or to say becomes a panel or a notice, and nothing is left to be done', () => {
  const wanting = (effect: Effect<unknown>) =>
    after(
      interfaceOf([viewNoting('one', { wants: ({ type }: never) => (type === 'act' ? [effect] : []) })]),
      {
        type: 'view',
        id: 'one',
        message: { type: 'act' },
      },
    )
  const reply = (given: unknown) => ({ type: 'said', given })
  const prompt = wanting({ type: 'prompt', prompt: { title: 't', editor: { text: 'a', cursor: 1 } }, reply })
  const answered = after(
    { ...prompt.state, settlesAt: undefined },
    { type: 'text', text: 'b' },
    ...keys('enter'),
  ).state
  assert.deepEqual(told(answered, 'one').at(-1), { type: 'said', given: 'ab' })
  const confirm = wanting({ type: 'confirm', confirmation: { title: 't', detail: [] }, reply })
  assert.deepEqual(
    told(after({ ...confirm.state, settlesAt: undefined }, ...keys('y')).state, 'one').at(-1),
    {
      type: 'said',
      given: true,
    },
  )
  const choose = wanting({ type: 'choose', choice: { title: 't', items: ['a', 'b'] }, reply })
  assert.deepEqual(
    told(after({ ...choose.state, settlesAt: undefined }, ...keys('down', 'enter')).state, 'one').at(-1),
    {
      type: 'said',
      given: 1,
    },
  )
  const say = wanting({ type: 'say', text: 'done', tone: 'ok' })
  assert.deepEqual(say.state.notice, { text: 'done', tone: 'ok', until: 7000 })
  assert.deepEqual(
    say.effects.map(({ type }) => type),
    ['later'],
  )
})

test('a notice goes after its time, unless another one has come', () => {
  const { state, effects } = after(start(), { type: 'said', text: 'one', tone: 'plain' })
  const [later] = effects as [Extract<Effect<Message>, { type: 'later' }>]
  assert.equal(later.ms, 6000)
  assert.equal(after(state, later.message).state.notice, undefined)
  const newer = after({ ...state, now: 2000 }, { type: 'said', text: 'two', tone: 'plain' }).state
  assert.equal(after(newer, later.message).state.notice?.text, 'two')
})

test('a theme that was chosen is kept, and the terminal’s own does not change it any longer', () => {
  const given = after(start(), { type: 'background', theme: 'light' }).state
  assert.equal(given.theme, 'light')
  const { state, effects } = after(given, { type: 'toggle-theme' })
  assert.deepEqual(effects, [
    { type: 'keep', folder: 'choices', name: 'looks', value: { mouse: true, theme: 'dark' } },
  ])
  assert.equal(after(state, { type: 'background', theme: 'light' }).state.theme, 'dark')
})

test('a notice says how to have the mouse back, and the choice is kept without a theme that was not chosen', () => {
  const { state, effects } = after(start(), { type: 'toggle-mouse' })
  assert.match(state.notice?.text ?? '', /Alt-M takes it/)
  assert.deepEqual(effects.at(-1), {
    type: 'keep',
    folder: 'choices',
    name: 'looks',
    value: { mouse: false },
  })
  assert.equal(after(state, ...keys('M-m')).state.mouse, true)
})

test('a line is run once it says something, and leaves the palette', () => {
  const open = after(start(), ...keys('C-p')).state
  const { state, effects } = after(open, { type: 'run', line: 'ls' })
  assert.deepEqual([state.overlays, effects], [[], [{ type: 'line', text: 'ls' }]])
  assert.deepEqual(after(open, { type: 'run', line: '  ' }).effects, [])
})

test('completions put in what they all begin with, and are shown where there are several', () => {
  const open = after(start(), ...keys('C-p'), { type: 'text', text: 'fs_' }).state
  const completed = (completions: string[], query = 'fs_') =>
    palette(after(open, { type: 'completed', query, completions, replaced: 'fs_' }).state)
  assert.deepEqual(
    [completed(['fs_read', 'fs_rename']).query.text, completed(['fs_read', 'fs_rename']).completions],
    ['fs_re', ['fs_read', 'fs_rename']],
  )
  assert.deepEqual(
    [completed(['fs_read ']).query, completed(['fs_read ']).completions],
    [{ text: 'fs_read ', cursor: 8 }, []],
  )
  assert.equal(completed([]).query.text, 'fs_')
  assert.equal(completed(['fs_read'], 'f').query.text, 'fs_', 'what was asked for before counts no longer')
})

test('files that are found for what is typed no longer are not shown', () => {
  const open = after(start(), ...keys('C-p'), { type: 'text', text: 'a' }).state
  assert.deepEqual(palette(after(open, { type: 'found-files', query: 'a', files: ['/a'] }).state).files, [
    '/a',
  ])
  assert.deepEqual(palette(after(open, { type: 'found-files', query: 'b', files: ['/b'] }).state).files, [])
})

test('a line to be filled in stands in the palette, opened where it was not', () => {
  for (const state of [start(), after(start(), ...keys('C-p')).state]) {
    const next = after(state, { type: 'fill', line: 'call ' }).state
    assert.deepEqual([next.overlays.length, palette(next).query], [1, { text: 'call ', cursor: 5 }])
  }
})

test('a terminal that has gone ends the program', () => {
  assert.deepEqual(after(start(), { type: 'gone' }).effects, [{ type: 'quit' }])
})

test('a question that was answered elsewhere is there no longer, and the others stay', () => {
  const request = {
    method: 'elicitation/create' as const,
    params: { message: 'May it?', requestedSchema: {} },
  }
  const ask = (name: string): Message => ({ type: 'asked', request, name, answer: () => {} })
  const both = after(start(), ask('one'), ask('two')).state
  const left = after(both, { type: 'withdrawn', name: 'one' }, { type: 'withdrawn', name: 'none' }).state
  assert.deepEqual(
    left.overlays.map((overlay) => overlay.type === 'question' && overlay.name),
    ['two'],
  )
})
