import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { AREA, SEARCHING, WORLD } from '../testing/setting.ts'
import { actions, lucaFor, update } from './model.ts'
import {
  type FilesEffect,
  type FilesState,
  fileRead,
  INITIAL,
  previewOf,
  Rows,
  selectedRow,
} from './state.ts'

type Asked<T extends FilesEffect['type']> = Extract<FilesEffect, { type: T }>
const file = (path: string) => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  path,
  isFolder: false,
  size: 1,
})
const folder = (path: string) => ({ ...file(path), isFolder: true })
const START: FilesState = {
  ...INITIAL,
  folders: { '/': [folder('/docs'), file('/a.txt')], '/docs': [file('/docs/b.md')] },
  selected: '/docs',
}

const next = (state: FilesState, message: Parameters<typeof update>[1], world = WORLD) =>
  update(state, message, world, AREA)
const press = (state: FilesState, ...keys: string[]): FilesState =>
  keys.reduce((before, key) => next(before, { type: 'key', key }).state, state)
const only = <T extends FilesEffect['type']>(effects: readonly FilesEffect[], type: T): Asked<T>[] =>
  effects.filter((effect): effect is Asked<T> => effect.type === type)
const effectsOf = (state: FilesState, key: string, world = WORLD) =>
  next(state, { type: 'key', key }, world).effects
const rowsOf = (state: FilesState) => {
  const rows = new Rows(state)
  return Array.from({ length: rows.count }, (_, i) => rows.at(i)?.path)
}
const result = (own: Partial<CallToolResult>) => ({
  ok: true as const,
  value: { resultType: 'complete' as const, content: [], ...own },
})

test('a folder opens below itself, is listed then, and closes again', () => {
  const open = next(START, { type: 'key', key: 'enter' })
  assert.deepEqual(rowsOf(open.state), ['/', '/docs', '/docs/b.md', '/a.txt'])
  assert.deepEqual(
    only(open.effects, 'v1').map(({ method, params }) => [method, params]),
    [['mcp.fs.list', ['/docs']]],
  )
  assert.deepEqual(rowsOf(press(open.state, 'enter')), ['/', '/docs', '/a.txt'])
})

test('Left goes to the folder of a file, and closes an open folder', () => {
  const inside = { ...press(START, 'enter'), selected: '/docs/b.md' }
  const up = press(inside, 'left')
  assert.equal(selectedRow(up).path, '/docs')
  assert.deepEqual(rowsOf(press(up, 'left')), ['/', '/docs', '/a.txt'])
})

test('a file is read once one stays on it, and an answer for another one is not shown', () => {
  const moved = next(START, { type: 'key', key: 'down' })
  assert.equal(only(moved.effects, 'later')[0]?.message.type, 'preview')
  const [read] = only(next(moved.state, { type: 'preview' }).effects, 'tool') as [Asked<'tool'>]
  assert.deepEqual(read.arguments, { path: '/a.txt', offset: 0, length: 128 * 1024 })
  const answer = read.reply(result({ structuredContent: { content: 'one\ntwo', nextOffset: 9 } }))
  const shown = previewOf(next(moved.state, answer).state, '/a.txt')
  assert.deepEqual([shown.lines, shown.note], [['one', 'two'], 'the first 128 KiB'])
  assert.equal(next(START, answer).state.preview, undefined)
})

test('a file that can’t be read says why where its text would be', () => {
  const state = press(START, 'down')
  const [read] = only(next(state, { type: 'preview' }).effects, 'tool') as [Asked<'tool'>]
  for (const answer of [
    read.reply({ ok: false, error: 'It is gone.' }),
    read.reply(result({ content: [{ type: 'text', text: 'It is gone.' }], isError: true })),
  ]) {
    const { lines, note } = previewOf(next(state, answer).state, '/a.txt')
    assert.deepEqual([lines, note], [undefined, 'It is gone.'])
  }
})

test('Enter gives a file the whole view, and Esc gives the tree back', () => {
  const reading = press(START, 'down', 'enter')
  assert.equal(fileRead(reading), '/a.txt')
  assert.equal(fileRead(press(reading, 'escape')), undefined)
})

test('the top folder is not moved, copied or deleted', () => {
  const top = { ...START, selected: '/' }
  for (const key of ['c', 'm', 'd']) assert.deepEqual(effectsOf(top, key), [], key)
  const titles = actions(top, WORLD).map(({ title }) => title)
  assert.ok(!titles.some((title) => /^(copy|move|put) /.test(title)))
})

test('d moves into the trash without a question, and deletes only there, with one', () => {
  const [made] = only(effectsOf(START, 'd'), 'tool') as [Asked<'tool'>]
  assert.deepEqual([made.name, made.consent], ['fs_create_directory', 'given'])
  const moving = next(START, made.reply(result({})))
  assert.equal(only(moving.effects, 'tool')[0]?.name, 'fs_move_file')
  const inTrash = { ...START, folders: { '/': [file('/.trash')] }, selected: '/.trash' }
  const [gone] = only(effectsOf(inTrash, 'd'), 'tool') as [Asked<'tool'>]
  assert.deepEqual([gone.name, gone.consent], ['fs_delete_file', 'person'])
})

test('a new name is taken from the folder that is chosen, or from the top', () => {
  const [prompt] = only(effectsOf(START, 'n'), 'prompt') as [Asked<'prompt'>]
  const made = (text: string | undefined) =>
    only(next(START, prompt.reply(text)).effects, 'tool').map(({ arguments: given }) => given.path)
  assert.deepEqual(made('new.txt'), ['/docs/new.txt'])
  assert.deepEqual(made('/new.txt'), ['/new.txt'])
  assert.deepEqual([made('  '), made(undefined)], [[], []])
})

test('a new file never takes the place of one that is there', () => {
  const [prompt] = only(effectsOf(START, 'n'), 'prompt') as [Asked<'prompt'>]
  const { effects } = next(START, prompt.reply('b.md'))
  assert.deepEqual(only(effects, 'tool'), [])
  assert.match(only(effects, 'say')[0]?.text ?? '', /There is "\/docs\/b\.md" already/)
})

test('a file goes to the chat by its path, a folder does not', () => {
  assert.deepEqual(effectsOf(press(START, 'down'), 'a'), [
    { type: 'go', view: 'chat', message: { type: 'attach', path: '/a.txt' } },
  ])
  assert.deepEqual(effectsOf(START, 'a'), [])
})

test('what is chosen is shown as a command that does the same', () => {
  assert.equal(lucaFor(START), 'luca ls /docs')
  assert.equal(lucaFor({ ...START, selected: '/a.txt' }), 'luca cat /a.txt')
  const typed = next(press(START, '/'), { type: 'text', text: 'b' }).state
  assert.equal(lucaFor(typed), `luca call fs_search_files '{"path":"/","pattern":"**/*b*"}'`)
  const asked = next(press(START, '/'), { type: 'text', text: 'who pays' }, SEARCHING).state
  assert.equal(lucaFor(asked), `luca call fs_search_files '{"path":"/","pattern":"**/*who pays*"}'`)
  const open = next(START, { type: 'key', key: '/' }, SEARCHING).state
  assert.equal(
    lucaFor(next(open, { type: 'text', text: 'who pays' }, SEARCHING).state),
    `luca search 'who pays'`,
  )
})
