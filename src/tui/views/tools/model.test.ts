import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { AREA, WORLD as SERVED } from '../testing/setting.ts'
import {
  INITIAL,
  lucaFor,
  selectedTool,
  type ToolsMessage,
  type ToolsState,
  toolsShown,
  update,
} from './model.ts'

const TOOLS = [
  {
    name: 'fs_read',
    description: 'Reads.',
    inputSchema: { properties: { path: { type: 'string' } }, required: ['path'] },
  },
  { name: 'fs_stat', description: 'Looks.', inputSchema: { properties: { n: { type: 'integer' }, m: {} } } },
  { name: 'time_now', description: 'Tells the time.', inputSchema: {} },
]
const WORLD = { ...SERVED, offer: { ...SERVED.offer, tools: TOOLS }, now: 1000 }

const next = (state: ToolsState, message: Parameters<typeof update>[1], world = WORLD) =>
  update(state, message, world, AREA)
const press = (state: ToolsState, ...keys: string[]): ToolsState =>
  keys.reduce((before, key) => next(before, { type: 'key', key }).state, state)
const type = (state: ToolsState, text: string): ToolsState => next(state, { type: 'text', text }).state
/** A form of a tool, with a text in its first field. */
const formOf = (name: string, text = ''): ToolsState =>
  type(next(INITIAL, { type: 'reveal', name }).state, text)
const sent = (state: ToolsState) => {
  const { state: running, effects } = next(state, { type: 'key', key: 'C-s' })
  const call = effects.find((effect) => effect.type === 'tool')
  return { running, call: call as Extract<(typeof effects)[number], { type: 'tool' }> | undefined }
}
const result = (own: Partial<CallToolResult>): CallToolResult => ({
  resultType: 'complete',
  content: [],
  ...own,
})

test('the choice is of a tool, not of a row: it stays where the catalogue grows', () => {
  const chosen = press(INITIAL, 'down')
  assert.equal(selectedTool(chosen, WORLD)?.name, 'fs_stat')
  const more = {
    ...WORLD,
    offer: { ...WORLD.offer, tools: [{ ...TOOLS[0], name: 'a_new' } as never, ...TOOLS] },
  }
  assert.equal(selectedTool(chosen, more)?.name, 'fs_stat')
  const fewer = { ...WORLD, offer: { ...WORLD.offer, tools: [TOOLS[2] as never] } }
  assert.equal(selectedTool(chosen, fewer)?.name, 'time_now')
})

test('a filter shows the tools that fit, and Esc shows all again', () => {
  const filtered = type(press(INITIAL, '/'), 'time')
  assert.deepEqual(
    toolsShown(filtered, WORLD).map(({ name }) => name),
    ['time_now'],
  )
  assert.equal(press(filtered, 'enter', 'enter').form?.tool.name, 'time_now')
  assert.equal(toolsShown(press(filtered, 'escape'), WORLD).length, 3)
})

test('a tool is called with what its form says, and consent is asked of the person', () => {
  const { running, call } = sent(formOf('fs_read', '/a'))
  assert.deepEqual([call?.name, call?.arguments, call?.consent], ['fs_read', { path: '/a' }, 'person'])
  assert.equal(running.call?.result, undefined)
})

test('a form that is not right is not sent, and goes to the field that is wrong', () => {
  const wrong = press(formOf('fs_stat', 'many'), 'tab')
  const { running, call } = sent(wrong)
  assert.equal(call, undefined)
  assert.deepEqual([running.form?.at, running.form?.problem], [0, '"n" must be a whole number.'])
  assert.equal(type(running, '1').form?.problem, undefined, 'it goes once one types on')
})

test('Enter goes through the fields, and calls at the last', () => {
  const form = formOf('fs_stat', '3')
  assert.equal(press(form, 'enter').form?.at, 1)
  assert.ok(press(form, 'enter', 'enter').call)
  assert.equal(press(form, 'up').form?.at, 2, 'the button comes before the first field')
})

test('a result is a tree where it has a structure, else its lines', () => {
  const { running, call } = sent(formOf('fs_read', '/a'))
  const answered = (value: CallToolResult) =>
    next(running, call?.reply({ ok: true, value }) as ToolsMessage, { ...WORLD, now: 1250 }).state.call
      ?.result
  const tree = answered(result({ structuredContent: { a: 1 } }))
  assert.deepEqual([tree?.value, tree?.lines, tree?.ok, tree?.ms], [{ a: 1 }, undefined, true, 250])
  const text = answered(result({ content: [{ type: 'text', text: 'one\ntwo' }], isError: true }))
  assert.deepEqual([text?.lines, text?.ok], [['one', 'two'], false])
})

test('an answer to a call that was left is not shown for the next one', () => {
  const first = sent(formOf('fs_read', '/a'))
  const left = next(first.running, { type: 'key', key: 'escape' })
  assert.deepEqual(left.effects, [{ type: 'abort', key: 'tools call' }])
  const again = next(left.state, { type: 'key', key: 'C-s' }, { ...WORLD, now: 2000 }).state
  const late = first.call?.reply({ ok: true, value: result({}) }) as ToolsMessage
  assert.equal(next(again, late).state.call?.result, undefined)
})

test('Esc goes back a step at a time: result, form, list', () => {
  const { running, call } = sent(formOf('fs_read', '/a'))
  const done = next(running, call?.reply({ ok: false, error: 'no' }) as ToolsMessage).state
  assert.deepEqual(done.call?.result?.lines, ['no'])
  const form = press(done, 'escape')
  assert.deepEqual([form.call, form.form?.fields[0]?.value.text], [undefined, '/a'])
  assert.equal(press(form, 'escape').form, undefined)
})

test('a tool is shown as it is declared, and the same key leaves that', () => {
  const shown = press(INITIAL, 'i')
  assert.deepEqual(shown.declared?.value, { inputSchema: TOOLS[0]?.inputSchema })
  assert.equal(press(shown, 'i').declared, undefined)
})

test('what is done is shown as a command that does the same', () => {
  assert.equal(lucaFor(INITIAL, undefined), 'luca tools')
  assert.equal(lucaFor(INITIAL, 'fs_read'), 'luca call fs_read')
  assert.equal(lucaFor(formOf('fs_read', '/a b'), 'fs_read'), `luca call fs_read '{"path":"/a b"}'`)
  assert.equal(lucaFor(formOf('fs_stat', 'x'), 'fs_stat'), 'luca call fs_stat …')
})
