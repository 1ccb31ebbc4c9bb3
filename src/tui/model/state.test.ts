import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editorOf } from './editor.ts'
import { newPalette } from './message.ts'
import { areaOf, currentView, isTooSmall, openViews, paletteEntries, type State } from './state.ts'
import { interfaceOf, viewNoting } from './testing/interface.ts'

const TOOL = { name: 'fs_read_text_file', description: '', inputSchema: {} }
const VIEWS = [
  viewNoting('chat'),
  viewNoting('files', { servers: ['fs'] }),
  viewNoting('mail', { servers: ['mail'] }),
]
const START = interfaceOf(VIEWS, {
  offer: { tools: [TOOL], methods: ['mcp.fs.read_text_file', 'mcp.notes.add'], servers: ['fs'] },
  commands: [{ name: 'log', usage: 'luca log', summary: 'show the log' }],
})
const finding = (text: string, own: Partial<State> = {}) =>
  paletteEntries({
    ...START,
    ...own,
    overlays: [{ ...newPalette(), query: editorOf(text), files: ['/log.txt'] }],
  })
const kinds = (text: string) => finding(text).map(({ kind }) => kind)

test('a view is open where one of its servers is there', () => {
  assert.deepEqual(
    openViews(START).map(({ id }) => id),
    ['chat', 'files'],
  )
  assert.equal(currentView({ ...START, view: 'mail' }).id, 'chat', 'one that is not open is not shown')
})

test('the palette finds actions, views, tools, commands, files and methods, each by its kind', () => {
  const found = new Set(kinds(''))
  for (const kind of ['chat', 'files', 'view', 'luca', 'tool', 'command', 'method', 'file'])
    assert.ok(found.has(kind), kind)
  assert.equal(finding('')[0]?.title, 'act in chat', 'what can be done here comes first')
})

test('a method that is a tool by another name is not found twice', () => {
  const methods = finding('').filter(({ kind }) => kind === 'method')
  assert.deepEqual(
    methods.map(({ title }) => title),
    ['mcp.notes.add'],
  )
})

test('a line that can be run comes first, and other words only after what they find', () => {
  for (const line of ['log', 'log --follow', 'luca log', 'fs_read_text_file {}', 'mcp.notes.add x'])
    assert.equal(kinds(line)[0], 'run', line)
  assert.deepEqual(finding('luca log')[0]?.message, { type: 'run', line: 'log' })
  assert.equal(kinds('theme')[0], 'luca')
  assert.equal(kinds('theme').at(-1), 'run')
})

test('nothing is found without a palette, and nothing is run of an empty line', () => {
  assert.deepEqual(paletteEntries(START), [])
  assert.ok(!kinds('  ').includes('run'))
})

test('a view has the window without three lines, and a window below 60 × 20 shows none', () => {
  assert.deepEqual(areaOf({ columns: 80, rows: 24 }), { columns: 80, rows: 21 })
  const small = (columns: number, rows: number) => isTooSmall({ columns, rows })
  assert.deepEqual([small(60, 20), small(59, 20), small(60, 19)], [false, true, true])
})
