/** Documents in the Files view: pages that are asked for, turned, and shown. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { lineWidth, plainText } from '../../text/lines.ts'
import { PLAIN_RENDERER } from '../../text/renderer.ts'
import { AREA, READING, WORLD } from '../testing/setting.ts'
import { draw } from './draw.ts'
import { update } from './model.ts'
import { type FilesEffect, type FilesState, INITIAL, openAt, previewOf } from './state.ts'
import { files } from './view.ts'

type Tool = Extract<FilesEffect, { type: 'tool' }>
const PATH = '/a.pdf'
const START: FilesState = {
  ...INITIAL,
  folders: { '/': [{ name: 'a.pdf', path: PATH, isFolder: false, size: 1 }] },
  selected: PATH,
}
const result = (own: Partial<CallToolResult>) => ({
  ok: true as const,
  value: { resultType: 'complete' as const, content: [], ...own },
})
const refusal = (text: string) => result({ isError: true, content: [{ type: 'text', text }] })
const NO_TEXT = refusal('It is not UTF-8 text.')
const next = (state: FilesState, message: Parameters<typeof update>[1], area = AREA) =>
  update(state, message, READING, area)
const callOf = ({ effects }: { effects: readonly FilesEffect[] }): Tool => {
  const [call] = effects.filter((effect) => effect.type === 'tool')
  assert.ok(call)
  return call
}
const paragraphs = (...texts: string[]) => texts.map((text) => ({ kind: 'paragraph', text, place: {} }))
const page = (blocks: object[], more: object = {}) =>
  result({ structuredContent: { blocks, parts: { kind: 'page', count: 3 }, ...more } })

/** The file as a text, which it is not; then what is asked of it as a document. */
function asking(state: FilesState = START) {
  const text = callOf(next(state, { type: 'preview' }))
  assert.equal(text.name, 'fs_read_text_file')
  return next(state, text.reply(NO_TEXT))
}
/** With this answer, in the whole view. */
function reading(answer: ReturnType<typeof page>, area = AREA): FilesState {
  const asked = asking({ ...START, isReading: true })
  return next(asked.state, callOf(asked).reply(answer), area).state
}
const press = (state: FilesState, key: string, area = AREA) => next(state, { type: 'key', key }, area)
const screen = (state: FilesState, area = AREA) =>
  draw(state, area, PLAIN_RENDERER)
    .lines.map((one) => plainText(one).trimEnd())
    .join('\n')

test('what is no text is read as a document, from its first page on', () => {
  const call = callOf(asking())
  assert.deepEqual(
    [call.name, call.arguments],
    ['fs_read_document', { path: PATH, pages: '1', as: 'blocks', offset: 0, limit: 131_072 }],
  )
  const shown = screen(reading(page(paragraphs('One.', 'Two.'), { title: 'The boiler' })))
  assert.match(shown, /^\/a\.pdf +page 1 of 3\nThe boiler\nOne\.\n\nTwo\.\n/)
})

test('a PDF that is all of letters is one too', () => {
  const text = callOf(next(START, { type: 'preview' }))
  const asked = next(START, text.reply(result({ structuredContent: { content: '%PDF-1.4\n1 0 obj' } })))
  assert.equal(callOf(asked).name, 'fs_read_document')
})

test('where the server reads no documents, why it is no text is shown', () => {
  const [read] = update(START, { type: 'preview' }, WORLD, AREA).effects as [Tool]
  const { state, effects } = update(START, read.reply(NO_TEXT), WORLD, AREA)
  assert.deepEqual(effects, [])
  assert.equal(previewOf(state, PATH).note, 'It is not UTF-8 text.')
})

test('why a document can’t be read stands where its text would be', () => {
  const asked = asking()
  const { state } = next(asked.state, callOf(asked).reply(refusal('It needs a password.')))
  assert.deepEqual(
    [previewOf(state, PATH).lines, previewOf(state, PATH).note],
    [undefined, 'It needs a password.'],
  )
})

describe('pages', () => {
  test('are turned by n and p, as often as they are pressed, and a late answer is not shown', () => {
    const state = reading(page(paragraphs('One.')))
    assert.deepEqual(press(state, 'p').effects, [])
    const second = press(state, 'n')
    const third = press(second.state, 'n')
    assert.deepEqual(
      [second, third].map((one) => callOf(one).arguments.pages),
      ['2', '3'],
    )
    assert.deepEqual(press(third.state, 'n').effects, [])
    const late = next(third.state, callOf(second).reply(page(paragraphs('Two.')))).state
    assert.match(screen(late), /One\./)
    const there = next(late, callOf(third).reply(page(paragraphs('Three.')))).state
    assert.match(screen(there), /page 3 of 3[\s\S]*Three\./)
    // Such as of a page that was read again because its file changed.
    const later = next(there, callOf(second).reply(page(paragraphs('Two.')))).state
    assert.match(screen(later), /page 3 of 3[\s\S]*Three\./)
    assert.equal(callOf(press(there, 'p')).arguments.pages, '2')
  })

  test('go on at their end with PgDn, and with PgUp at their beginning to the end of the one before', () => {
    const long = page(paragraphs(...Array.from({ length: 30 }, (_, i) => `Line ${i}.`)))
    const state = reading(long)
    const end = press(state, 'end').state
    assert.deepEqual(press(state, 'pagedown').effects, [])
    const second = press(end, 'pagedown')
    const there = next(second.state, callOf(second).reply(long)).state
    assert.match(screen(there), /page 2 of 3\n\nLine 0\./)
    const first = press(there, 'pageup')
    assert.match(screen(next(first.state, callOf(first).reply(long)).state), /page 1 of 3[\s\S]*Line 29\./)
  })

  test('that are long come in sections, which are turned as pages are', () => {
    const state = reading(page(paragraphs('One.'), { nextOffset: 700 }))
    assert.match(screen(state), /page 1 of 3, a part of it/)
    const on = press(state, 'n')
    const { pages, offset } = callOf(on).arguments
    assert.deepEqual([pages, offset], ['1', 700])
    const end = next(on.state, callOf(on).reply(page(paragraphs('Its end.')))).state
    assert.match(screen(end), /page 1 of 3, its end/)
    assert.equal(callOf(press(end, 'n')).arguments.pages, '2')
    assert.equal(callOf(press(end, 'p')).arguments.offset, 0)
  })

  test('have their keys in the hints where there are several, and none edits', () => {
    const keysOf = (state: FilesState) => files.hints(state, READING).map(({ key }) => key)
    assert.deepEqual(keysOf(reading(page(paragraphs('x')))), ['↑↓', 'n', 'p', 'Esc'])
    const alone = reading(page(paragraphs('x'), { parts: { kind: 'page', count: 1 } }))
    assert.deepEqual(keysOf(alone), ['↑↓', 'Esc'])
    assert.equal(files.luca(alone), `luca call fs_read_document '{"path":"/a.pdf","pages":"1"}'`)
  })

  test('that stay are read again as they are, when something has changed', () => {
    const state = press(
      reading(page(paragraphs(...Array.from({ length: 30 }, (_, i) => `Line ${i}.`)))),
      'down',
    ).state
    const again = next(state, { type: 'preview' })
    assert.equal(callOf(again).name, 'fs_read_document')
    assert.equal(previewOf(again.state, PATH).top, 1)
  })
})

describe('what was found', () => {
  const found = (part: object, snippet: string, word = snippet) => ({
    ...openAt(START, {
      path: PATH,
      startLine: 0,
      endLine: 0,
      part: { kind: 'page', number: 2, ...part },
      startByte: 0,
      headings: [],
      snippet,
      marks: [{ start: snippet.indexOf(word), end: snippet.length }],
      foundBy: [],
      isRecognised: false,
      words: [],
      copies: [],
      copyCount: 0,
    }).state,
  })
  const lines = Array.from({ length: 40 }, (_, i) => `Line ${i} of it.`)

  test('is opened on its page, where the first word of it stands that was asked for', () => {
    for (const [word, line] of [
      ['…', 15],
      ['LINE 15', 15],
      ['16 of', 16],
      ['17', 17],
    ] as const) {
      const state = found({}, '…LINE 15, of it. Line 16 of | it. Line 17', word)
      const asked = next(state, { type: 'preview' })
      const call = callOf(asked)
      assert.deepEqual([call.name, call.arguments.pages], ['fs_read_document', '2'])
      const { state: there } = next(asked.state, call.reply(page(paragraphs(...lines))))
      assert.match(screen(there), new RegExp(`page 2 of 3\\n\\nLine ${line} of it\\.`), word)
    }
  })

  test('is opened at its cell', () => {
    const rows = lines.map((text, i) => ({ kind: 'row', text, cells: [text], place: { cell: `A${i + 1}` } }))
    const state = found({ cell: 'A21' }, 'nothing that is there')
    const asked = next(state, { type: 'preview' })
    const { state: there } = next(asked.state, callOf(asked).reply(page(rows)))
    assert.match(screen(there), /page 2 of 3\n\nLine 20 of it\./)
  })

  test('is shown itself where its page can’t be read', () => {
    const state = found({}, 'Notice is given.')
    const asked = next(state, { type: 'preview' })
    const { state: there } = next(asked.state, callOf(asked).reply(refusal('It is damaged.')))
    assert.match(screen(there), /what was found in it[\s\S]*Notice is given\./)
  })
})

test('rows stand in columns where these fit, else one after the other, and nothing is wider than the view', () => {
  const cells = [
    ['', 'Town', 'People'],
    ['', 'Paris', '2102650'],
    ['', 'A town\nof a long name', ''],
  ]
  const rows = cells.map((row, i) => ({
    kind: 'row',
    text: row.join(' | '),
    cells: row,
    isHeader: i === 0,
    place: {},
  }))
  const blocks = [
    { kind: 'heading', text: 'Towns', level: 1, place: {} },
    ...rows,
    { kind: 'item', text: 'one\ntwo', level: 2, place: {} },
    { kind: 'code', text: 'a\n\tb', place: {} },
    { kind: 'remark', text: 'This page has no text.', place: {} },
  ]
  const wide = { columns: 60, rows: 20 }
  const state = reading(page(blocks), wide)
  assert.match(
    screen(state, wide),
    /Towns\n\nTown +│ People\nParis +│ 2102650\nA town of a long name │\n\n {2}• one\n {4}two\n\na\n {4}b\n\nThis page/,
  )
  const narrow = { columns: 16, rows: 20 }
  const { lines } = draw(state, narrow, PLAIN_RENDERER)
  assert.ok(lines.every((line) => lineWidth(line) <= narrow.columns))
  assert.match(lines.map((line) => plainText(line).trimEnd()).join('\n'), /Town │ People\nParis │ 2102650/)
})
