/** Searching in the Files view: names and what files say, in one box. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { lineWidth, plainText } from '../../text/lines.ts'
import { PLAIN_RENDERER } from '../../text/renderer.ts'
import { AREA, SEARCHING, WORLD } from '../testing/setting.ts'
import { draw } from './draw.ts'
import { update } from './model.ts'
import {
  type FilesEffect,
  type FilesMessage,
  type FilesState,
  INITIAL,
  previewOf,
  selectedRow,
} from './state.ts'
import { files } from './view.ts'

type Tool = Extract<FilesEffect, { type: 'tool' }>
const file = (path: string) => ({ name: path.slice(1), path, isFolder: false, size: 1 })
const START: FilesState = {
  ...INITIAL,
  folders: { '/': [{ ...file('/docs'), isFolder: true }, file('/a.txt')], '/docs': [file('/docs/roof.md')] },
  selected: '/docs',
}
const next = (state: FilesState, message: Parameters<typeof update>[1], world = SEARCHING) =>
  update(state, message, world, AREA)
const press = (state: FilesState, ...keys: string[]): FilesState =>
  keys.reduce((before, key) => next(before, { type: 'key', key }).state, state)
const typed = (state: FilesState, text: string, world = SEARCHING) =>
  next(state, { type: 'text', text }, world)
const result = (own: Partial<CallToolResult>) => ({
  ok: true as const,
  value: { resultType: 'complete' as const, content: [], ...own },
})
const hit = (path: string, more: object = {}) => ({
  path,
  startLine: 12,
  endLine: 14,
  startByte: 300,
  headings: ['Insurance', 'Hail'],
  snippet: 'damage by hail is paid',
  matches: [{ start: 10, end: 14 }],
  foundBy: ['meaning'],
  words: [],
  copies: [],
  copyCount: 0,
  ...more,
})
const names = (...paths: string[]) => result({ content: [{ type: 'text', text: paths.join('\n') }] })
const texts = (hits: object[], more: object = {}) =>
  result({ structuredContent: { hits, more: false, missing: { files: 0, passages: 0 }, ...more } })

/** The calls that follow once the next letter has not come. */
const callsOf = ({ state, effects }: ReturnType<typeof next>): Tool[] =>
  effects
    .flatMap((effect) => (effect.type === 'later' ? [effect.message] : []))
    .flatMap((message) => next(state, message).effects)
    .filter((effect) => effect.type === 'tool')
const opened = (state: FilesState = START) => press(state, '/')
/** What a search shows once both have been answered. */
function answered(
  text: string,
  byName: CallToolResult | undefined,
  bySaying: CallToolResult | undefined,
  start = START,
) {
  const asked = typed(opened(start), text)
  const [one, other] = callsOf(asked)
  let { state } = asked
  if (one && byName) state = next(state, one.reply({ ok: true, value: byName })).state
  if (other && bySaying) state = next(state, other.reply({ ok: true, value: bySaying })).state
  return state
}
const screen = (state: FilesState, area = AREA) =>
  draw(state, area, PLAIN_RENDERER).lines.map(plainText).join('\n')

describe('one box', () => {
  test('finds names and what files say, each once the next letter has not come', () => {
    const asked = typed(opened(), 'who [pays]*')
    assert.deepEqual(
      asked.effects.map((effect) => (effect.type === 'later' ? effect.message.type : effect.type)),
      ['abort', 'abort', 'search', 'search'],
    )
    assert.deepEqual(
      callsOf(asked).map(({ name, arguments: given }) => [name, given.pattern ?? given.query]),
      [
        ['fs_search_files', '**/*who ?pays??*'],
        ['fs_search_documents', 'who [pays]*'],
      ],
    )
  })

  test('finds names alone where the server can do no more', () => {
    const asked = typed(next(START, { type: 'key', key: '/' }, WORLD).state, 'a', WORLD)
    assert.equal(asked.effects.filter(({ type }) => type === 'later').length, 1)
    assert.ok(!screen(asked.state).includes('indexed'))
  })

  test('shows names first, then passages with their headings and what was asked for', () => {
    const shown = screen(answered('hail', names('/hail.txt').value, texts([hit('/docs/roof.md')]).value))
    assert.match(shown, /1 found by name, 1 by what files say/)
    assert.match(shown, /\/hail\.txt\n\n\/docs\/roof\.md:12 +Insurance › Hail\n {2}damage by hail is paid/)
  })

  test('an answer for other letters is dropped, and so is one that was stopped', () => {
    const first = typed(opened(), 'b')
    const [byName, bySaying] = callsOf(first)
    const more = typed(first.state, 'x').state
    for (const late of [byName?.reply(names('/b')), bySaying?.reply(texts([hit('/b')]))])
      assert.equal(next(more, late as FilesMessage).state, more)
    assert.match(screen(more), /^Search: bx\s+searching …/)
    const stopped = byName?.reply({ ok: false, error: 'Stopped.', cancelled: true })
    assert.equal(next(first.state, stopped as FilesMessage).state, first.state)
    assert.deepEqual(next(more, { type: 'search', what: 'texts', query: 'b', columns: 80 }).effects, [])
  })

  test('keeps what a person has gone to, whatever comes in before it', () => {
    const asked = typed(opened(), 'a')
    const [byName, bySaying] = callsOf(asked) as [Tool, Tool]
    const one = next(asked.state, bySaying.reply(texts([hit('/1'), hit('/2')]))).state
    const gone = press(one, 'down')
    const both = next(gone, byName.reply(names('/x', '/y'))).state
    assert.equal(press(both, 'enter').target?.path, '/2')
    // Without a move, the first is opened.
    assert.equal(press(next(one, byName.reply(names('/a.txt'))).state, 'enter').selected, '/a.txt')
  })

  test('Tab shows one kind alone: all names, or all passages', () => {
    const many = names(...Array.from({ length: 9 }, (_, i) => `/n${i}`)).value
    const both = answered('n', many, texts([hit('/docs/roof.md')]).value)
    assert.match(screen(both), /\/n4\nand 4 more names: Tab shows them/)
    const byName = screen(press(both, 'tab'))
    assert.ok(byName.includes('/n8') && !byName.includes('roof.md'))
    const bySaying = screen(press(both, 'tab', 'tab'))
    assert.ok(!bySaying.includes('/n0') && bySaying.includes('roof.md'))
    assert.equal(screen(press(both, 'tab', 'tab', 'tab')), screen(both))
    const alone = answered('n', names('').value, texts([hit('/docs/roof.md')]).value)
    assert.equal(screen(press(alone, 'tab')), screen(alone))
  })

  test('says that nothing was found only once both have answered', () => {
    assert.doesNotMatch(screen(answered('x', names('').value, undefined)), /Nothing was found/)
    assert.match(screen(answered('x', names('').value, texts([]).value)), /Nothing was found/)
  })

  test('says how much is not found yet, and why something failed', () => {
    const missing = { files: 40, passages: 0, isLooking: true }
    assert.match(
      screen(answered('x', undefined, texts([hit('/a')], { missing }).value)),
      /40 files are still to be read/,
    )
    const failed = {
      ...result({ content: [{ type: 'text', text: 'It has no word.' }] }).value,
      isError: true,
    }
    assert.match(screen(answered('?', undefined, failed)), /It has no word\./)
  })

  test('what is in the trash is found by name only from within it', () => {
    const paths = names('/a.txt', '/.trash/1/a').value
    assert.doesNotMatch(screen(answered('a', paths, undefined)), /\.trash/)
    const within = typed(opened({ ...START, selected: '/.trash/1' }), 'a')
    const [byName] = callsOf(within) as [Tool]
    assert.match(screen(next(within.state, byName.reply({ ok: true, value: paths })).state), /\.trash\/1\/a/)
  })

  test('Esc leaves it, and stops what runs', () => {
    const { state, effects } = next(typed(opened(), 'a').state, { type: 'key', key: 'escape' })
    assert.equal(state.search, undefined)
    assert.deepEqual(
      effects.map(({ type }) => type),
      ['abort', 'abort'],
    )
  })
})

describe('opening a passage', () => {
  const found = (path: string, more: object) => answered('x', undefined, texts([hit(path, more)]).value)
  /** Opens what was found, and answers the reading of it. */
  function reading(path: string, more: object, answer: (given: Record<string, unknown>) => object) {
    const gone = press(found(path, more), 'enter')
    const { effects } = next(gone, { type: 'preview' })
    const [call] = effects.filter((effect) => effect.type === 'tool') as [Tool]
    return next(gone, call.reply(result({ structuredContent: answer(call.arguments) }))).state
  }

  test('goes to the file at its line', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i + 1}`)
    const before = lines.slice(0, 49).join('\n').length + 1
    const state = reading('/docs/roof.md', { startLine: 50, startByte: before }, () => ({
      content: lines.join('\n'),
    }))
    assert.equal(selectedRow(state).path, '/docs/roof.md')
    const [head, , first] = draw(state, AREA, PLAIN_RENDERER).lines.map(plainText)
    assert.match(head ?? '', /50–67 of 100, found at line 50/)
    assert.equal(first?.trimEnd(), 'line 50')
  })

  test('shows the passage of a file that is no text, at any size', () => {
    const more = { startLine: 0, endLine: 0, startByte: 0, snippet: 'Notice is given three months before.' }
    const gone = press(found('/docs/roof.md', more), 'enter')
    const [call] = next(gone, { type: 'preview' }).effects.filter((effect) => effect.type === 'tool') as [
      Tool,
    ]
    const answer = result({ isError: true, content: [{ type: 'text', text: 'It is not UTF-8 text.' }] })
    const { state } = next(gone, call.reply(answer))
    for (const [columns, rows] of [
      [40, 12],
      [80, 24],
      [120, 40],
      [200, 60],
    ] as const) {
      const { lines } = draw(state, { columns, rows }, PLAIN_RENDERER)
      assert.ok(lines.every((one) => lineWidth(one) <= columns))
      const shown = lines.map(plainText).join(' ').replace(/\s+/g, ' ')
      assert.match(shown, /what was found in it.*Notice is given three months before\./)
    }
  })

  test('goes to where it was found in a text whose lines are not known', () => {
    const startByte = 200_000
    const state = reading('/a.txt', { startLine: 0, endLine: 0, startByte }, ({ offset }) => ({
      content: `${'x'.repeat(startByte - Number(offset) - 1)}\nfound`,
    }))
    const [head, , first] = draw(state, AREA, PLAIN_RENDERER).lines.map(plainText)
    assert.match(head ?? '', /where it was found/)
    assert.match(first ?? '', /^found/)
  })

  test('waits for it until its folder was listed', () => {
    const start = { ...START, folders: { '/': START.folders['/'] ?? [] } }
    const gone = press(answered('x', undefined, texts([hit('/docs/roof.md')]).value, start), 'enter')
    const early = next(gone, { type: 'preview' })
    assert.deepEqual([early.effects, early.state.target?.line], [[], 12])
    const entries = [file('/docs/roof.md')]
    const listed = next(early.state, {
      type: 'listed',
      path: '/docs',
      outcome: { ok: true, value: entries },
    }).state
    const [call] = next(listed, { type: 'preview' }).effects
    assert.ok(call?.type === 'tool' && call.arguments.path === '/docs/roof.md')
  })

  test('reads around what stands far into a long file, and counts its lines from there', () => {
    const line = `${'é'.repeat(49)}\n`
    const size = Buffer.byteLength(line)
    const text = Buffer.from(line.repeat(20_000))
    const startByte = 9_999 * size
    const state = reading('/a.txt', { startLine: 10_000, startByte }, ({ offset, length }) => {
      const from = Number(offset)
      return {
        content: text
          .subarray(from, from + Number(length))
          .toString()
          .replace(/^\uFFFD/, ''),
        nextOffset: 1,
      }
    })
    const preview = previewOf(state, '/a.txt')
    assert.equal((preview.firstLine ?? 1) + preview.top, 10_000)
    assert.match(screen(state), /10000–10017/)
  })

  test('a line of many kilobytes before it is cut as the view cuts it', () => {
    const long = 'word '.repeat(400)
    const state = reading('/a.txt', { startLine: 2, startByte: long.length + 1 }, () => ({
      content: `${long}\nhere\nmore`,
    }))
    const { lines, top } = previewOf(state, '/a.txt')
    assert.equal(lines?.[top], 'here')
  })

  test('who goes elsewhere and comes back sees the file from its beginning', () => {
    const state = reading('/a.txt', { startLine: 3, startByte: 4 }, () => ({ content: 'a\nb\nc' }))
    const away = next(press(state, 'escape', 'up'), { type: 'preview' }).state
    const back = next(press(away, 'down'), { type: 'preview' })
    assert.equal(back.state.target, undefined)
  })
})

describe('what is indexed', () => {
  const NOTHING = {
    folders: [],
    state: 'idle',
    files: 0,
    waiting: 0,
    leftOut: 0,
    passages: 0,
    withoutMeaning: 0,
  }
  const status = (more: object) => result({ structuredContent: { ...NOTHING, ...more } })
  const knowing = (more: object) => {
    const shown = next(START, { type: 'shown' })
    const [ask] = shown.effects.filter((effect) => effect.type === 'tool') as [Tool]
    return next(shown.state, ask.reply(status(more)))
  }
  const BUSY = { folders: [{ path: '/docs' }], state: 'reading', files: 3, waiting: 5 }

  test('is asked for where the server knows it, and again while there is something to do', () => {
    assert.deepEqual(
      next(START, { type: 'shown' }, WORLD).effects.filter(({ type }) => type === 'tool'),
      [],
    )
    const { state, effects } = knowing(BUSY)
    assert.deepEqual(
      effects.map(({ type }) => type),
      ['later'],
    )
    assert.match(screen(state), /It is indexed; reading: 3 of 8\s+│?\s*files/)
    assert.deepEqual(next(state, { type: 'hidden' }).effects, [{ type: 'abort', key: 'index-status' }])
    for (const idle of [{}, { ...BUSY, state: 'idle', waiting: 0 }, { ...BUSY, state: 'paused' }])
      assert.deepEqual(knowing(idle).effects, [])
  })

  test('nothing is: the folder and the search offer it, and only a yes begins', () => {
    const { state } = knowing({})
    assert.match(screen(state), /Press i to have its files found/)
    const searching = press(state, '/')
    assert.match(screen(searching), /nothing is indexed yet\. Alt-I has files found/)
    assert.ok(files.hints(searching, SEARCHING).some(({ key }) => key === 'M-i'))
    for (const [from, key] of [
      [state, 'i'],
      [searching, 'M-i'],
    ] as const) {
      const [confirm] = next(from, { type: 'key', key }).effects
      assert.ok(confirm?.type === 'confirm' && confirm.confirmation.title === 'Index /docs?')
      assert.deepEqual(next(from, confirm.reply(false)).effects, [])
      const [add] = next(from, confirm.reply(true)).effects
      assert.ok(add?.type === 'tool' && add.name === 'fs_index_add' && add.arguments.path === '/docs')
      const said = next(from, add.reply(result({}))).effects
      assert.deepEqual(
        said.map(({ type }) => type),
        ['say', 'tool'],
      )
    }
  })

  test('a folder within one that is indexed is stopped with that one', () => {
    const { state } = knowing({ ...BUSY, folders: [{ path: '/' }] })
    const [confirm] = next(state, { type: 'key', key: 'i' }).effects
    assert.ok(confirm?.type === 'confirm')
    assert.match(confirm.confirmation.title, /Stop searching all served files\?/)
    const [remove] = next(state, confirm.reply(true)).effects
    assert.ok(remove?.type === 'tool' && remove.name === 'fs_index_remove' && remove.arguments.path === '/')
  })

  test('a failure is shown', () => {
    const failed = {
      ...result({ content: [{ type: 'text', text: 'The disk is full.' }] }).value,
      isError: true,
    }
    const { effects } = next(START, {
      type: 'index-changed',
      do: 'add',
      path: '/docs',
      outcome: { ok: true, value: failed },
    })
    assert.deepEqual(effects[0], { type: 'say', text: 'The disk is full.', tone: 'error' })
  })
})

test('whatever is found, and however it is named, no line is wider than the view', () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('漢字'.repeat(80), '👨‍👩‍👧 שלום', `long-${'name-'.repeat(60)}`, 'a\nb\tc\u001b[31m', 'é́́́́́́'),
  )
  fc.assert(
    fc.property(
      fc.array(odd, { maxLength: 5 }),
      fc.array(
        fc.record({ path: odd, snippet: odd, headings: fc.array(odd, { maxLength: 3 }), end: fc.nat(20) }),
        { maxLength: 5 },
      ),
      fc.constantFrom([60, 17], [80, 21], [120, 37], [200, 57]),
      (paths, hits, [columns = 0, rows = 0]) => {
        const found = hits.map(({ end, ...one }) => hit('/x', { ...one, matches: [{ start: 0, end }] }))
        const state = answered('x', names(...paths.map((path) => `/${path}`)).value, texts(found).value)
        const { lines } = draw(state, { columns, rows }, PLAIN_RENDERER)
        assert.equal(lines.length, rows)
        const places = lines.filter(({ spans }) => spans[0]?.role === 'accent')
        for (const line of places) assert.ok(lineWidth(line) <= columns, plainText(line))
      },
    ),
  )
})
