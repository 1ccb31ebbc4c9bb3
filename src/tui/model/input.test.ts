import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Overlay } from './message.ts'
import type { State } from './state.ts'
import { after, interfaceOf, keys, told, viewNoting } from './testing/interface.ts'

const VIEWS = [
  viewNoting('chat', { types: true }),
  viewNoting('files', { servers: ['fs'], keys: ['d', 'enter'] }),
  viewNoting('mail', { servers: ['mail'] }),
  viewNoting('system', { keys: ['q'] }),
]
const start = (own: Partial<State> = {}) => interfaceOf(VIEWS, { view: 'files', ...own })
const kinds = ({ overlays }: State) => overlays.map(({ type }) => type)

test('Alt and a digit go to a view wherever one is, counting those whose servers are there', () => {
  const typing = start({ view: 'chat' })
  assert.equal(after(typing, ...keys('M-2')).state.view, 'files')
  assert.equal(after(typing, ...keys('M-3')).state.view, 'system')
  assert.equal(after(typing, ...keys('M-4')).state.view, 'chat')
  assert.equal(after(typing, ...keys('f3')).state.view, 'files')
})

test('a digit alone goes to a view where letters are keys, and is text where they are not', () => {
  assert.equal(after(start(), { type: 'text', text: '3' }).state.view, 'system')
  const { state } = after(start({ view: 'chat' }), { type: 'text', text: '3' })
  assert.equal(state.view, 'chat')
  assert.deepEqual(told(state, 'chat'), [{ type: 'text', text: '3' }])
})

test('going to a view tells the one that is left, then the one that comes', () => {
  const { state } = after(start(), ...keys('M-3'))
  assert.deepEqual(told(state, 'files'), [{ type: 'hidden' }])
  assert.deepEqual(told(state, 'system'), [{ type: 'shown' }])
})

test('Tab goes round the views, both ways', () => {
  const round = (key: string, count: number) => after(start(), ...keys(...Array(count).fill(key))).state.view
  assert.deepEqual([round('tab', 1), round('tab', 2), round('tab', 3)], ['system', 'chat', 'files'])
  assert.deepEqual([round('S-tab', 1), round('S-tab', 2)], ['chat', 'system'])
})

test('a key is the view’s first; what it has no use for means what it means everywhere', () => {
  const used = after(start({ view: 'system' }), ...keys('q'))
  assert.deepEqual([told(used.state, 'system'), used.state.notice], [[{ type: 'key', key: 'q' }], undefined])
  assert.match(after(start(), ...keys('q')).state.notice?.text ?? '', /Ctrl-Q leaves/)
  assert.deepEqual(kinds(after(start(), ...keys('?')).state), ['help'])
})

test('Ctrl-C leaves only when it comes twice in a row', () => {
  const once = after(start(), ...keys('C-c'))
  assert.match(once.state.notice?.text ?? '', /Ctrl-C again/)
  assert.ok(!once.effects.some(({ type }) => type === 'quit'))
  assert.ok(after(once.state, ...keys('C-c')).effects.some(({ type }) => type === 'quit'))
  for (const between of [keys('up'), [{ type: 'text', text: 'x' } as const]])
    assert.ok(!after(once.state, ...between, ...keys('C-c')).effects.some(({ type }) => type === 'quit'))
})

test('Ctrl-Q leaves and Ctrl-Z stops, also over a panel', () => {
  const over = after(start(), ...keys('C-p')).state
  for (const state of [start(), over]) {
    assert.deepEqual(after(state, ...keys('C-q')).effects, [{ type: 'quit' }])
    assert.deepEqual(after(state, ...keys('C-z')).effects, [{ type: 'suspend' }])
  }
})

test('a colon opens the palette where it is no text, and what follows at once is typed there', () => {
  const { state } = after(start(), { type: 'text', text: ':ls /a' })
  const [palette] = state.overlays as [Extract<Overlay, { type: 'palette' }>]
  assert.deepEqual([palette.type, palette.query.text], ['palette', 'ls /a'])
  assert.deepEqual(told(state, 'files'), [])
})

test('text that is keys is taken key by key', () => {
  const { state } = after(start(), { type: 'text', text: 'dd' })
  assert.deepEqual(told(state, 'files'), [
    { type: 'key', key: 'd' },
    { type: 'key', key: 'd' },
  ])
})

test('F1 opens help over whatever there is, and closes it', () => {
  const over = after(start(), ...keys('C-p', 'f1')).state
  assert.deepEqual(kinds(over), ['palette', 'help'])
  assert.deepEqual(kinds(after(over, ...keys('f1')).state), ['palette'])
})

test('a paste is one line in a panel, within bounds that are shown', () => {
  const open = after(start(), ...keys('C-p')).state
  const short = after(open, { type: 'paste', text: 'a\r\nb', cut: false }).state
  assert.deepEqual(
    [(short.overlays[0] as { query: { text: string } }).query.text, short.notice],
    ['a b', undefined],
  )
  const exact = after(open, { type: 'paste', text: 'x'.repeat(4096), cut: false }).state
  assert.equal(exact.notice, undefined)
  const long = after(open, { type: 'paste', text: 'x'.repeat(4097), cut: false }).state
  assert.equal((long.overlays[0] as { query: { text: string } }).query.text.length, 4096)
  assert.match(long.notice?.text ?? '', /first 4096 characters/)
})

test('a paste into a view keeps its lines; one that was cut is reported', () => {
  const { state } = after(start({ view: 'chat' }), { type: 'paste', text: 'a\nb', cut: true })
  assert.deepEqual(told(state, 'chat'), [{ type: 'paste', text: 'a\nb' }])
  assert.deepEqual([state.notice?.tone, /1 MiB/.test(state.notice?.text ?? '')], ['warning', true])
})

test('a click on a title goes there, one below it is the view’s own, and under a panel there is none', () => {
  // Six columns for the name of the program, then each title with four around it.
  assert.equal(after(start(), { type: 'click', row: 0, column: 6 }).state.view, 'chat')
  assert.equal(after(start(), { type: 'click', row: 0, column: 13 }).state.view, 'chat')
  assert.equal(after(start({ view: 'chat' }), { type: 'click', row: 0, column: 14 }).state.view, 'files')
  assert.equal(after(start(), { type: 'click', row: 0, column: 5 }).state.view, 'files')
  const click = (row: number, state = start()) =>
    told(after(state, { type: 'click', row, column: 3 }).state, 'files')
  assert.deepEqual(click(5), [{ type: 'click', row: 4, column: 3 }])
  assert.deepEqual([click(21).length, click(22).length], [1, 0])
  assert.deepEqual(click(5, after(start(), ...keys('C-p')).state), [])
})

test('the wheel moves in what is on top', () => {
  assert.deepEqual(told(after(start(), { type: 'wheel', by: -1 }).state, 'files'), [
    { type: 'wheel', by: -1 },
  ])
  const open = after(start(), ...keys('C-p'), { type: 'wheel', by: 1 }).state
  assert.equal((open.overlays[0] as { selected: number }).selected, 1)
  assert.deepEqual(told(open, 'files'), [])
})

test('where the window is too small to see anything, only leaving works', () => {
  const small = start({ columns: 59 })
  assert.equal(after(small, ...keys('d')).state.own, small.own)
  assert.deepEqual(after(small, { type: 'text', text: 'd:x' }).state.overlays, [])
  assert.equal(after(small, { type: 'click', row: 5, column: 3 }).state.own, small.own)
  assert.deepEqual(after(small, ...keys('C-q')).effects, [{ type: 'quit' }])
  assert.equal(told(after(start({ columns: 60, rows: 20 }), ...keys('d')).state, 'files').length, 1)
})
