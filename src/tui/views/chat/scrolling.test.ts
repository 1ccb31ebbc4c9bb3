import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMPTY_FLOW, grow } from '../../text/flow.ts'
import { plainText } from '../../text/lines.ts'
import { PLAIN_RENDERER, type Renderer } from '../../text/renderer.ts'
import { Transcript } from './scrolling.ts'
import { type ChatState, INITIAL, type Turn } from './state.ts'

const said = (text: string): Turn => ({ by: 'person', text, files: [] })
const answered = (text: string, isWhole = true): Turn => ({
  by: 'model',
  flow: grow(EMPTY_FLOW, text),
  uses: [],
  ended: '',
  isWhole,
})
const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}\n${i % 9 === 8 ? '\n' : ''}`).join('')
const conversation = (...turns: Turn[]): ChatState => ({ ...INITIAL, turns })
const LONG = conversation(
  said('first'),
  answered(numbered(0, 3000)),
  said('second'),
  answered(numbered(0, 40), false),
)

const transcript = (state: ChatState, renderer: Renderer = PLAIN_RENDERER, columns = 60) =>
  new Transcript(state, columns, renderer)
const whole = (state: ChatState): string[] => transcript(state).sight(undefined, 100_000).lines.map(plainText)

test('a long conversation is scrolled through from its end to its beginning, and back, and every line is seen', () => {
  const all = whole(LONG)
  const shown = transcript(LONG)
  const rows = 17
  let top = shown.moved(undefined, -rows, rows)
  const pages = [shown.sight(undefined, rows).lines]
  for (;;) {
    const { lines, below } = shown.sight(top, rows)
    pages.unshift(lines)
    assert.equal(below, Math.min(all.length - rows, rows * (pages.length - 1)))
    const next = shown.moved(top, -rows, rows)
    if (next?.turn === 0 && next.line === 0) break
    top = next
  }
  const seen = pages.flat().map(plainText)
  assert.deepEqual(seen, all.slice(-seen.length))
  assert.ok(all.length - seen.length <= rows)
  assert.deepEqual(shown.sight({ turn: 0, page: 0, line: 0 }, rows).lines.map(plainText), all.slice(0, rows))
  assert.equal(shown.moved(top, all.length, rows), undefined)
})

test('scrolling up and down by as much shows the same again', () => {
  const all = whole(LONG)
  const rows = 20
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -400, max: 400 }), { maxLength: 12 }), (moves) => {
      const shown = transcript(LONG)
      let top: ReturnType<Transcript['moved']>
      let at = all.length - rows
      for (const by of moves) {
        top = shown.moved(top, by, rows)
        at = Math.max(0, Math.min(all.length - rows, at + by))
        const { lines, below } = shown.sight(top, rows)
        assert.deepEqual(lines.map(plainText), all.slice(at, at + rows))
        assert.equal(below, all.length - rows - at)
      }
    }),
  )
})

test('what is in sight stays there while the answer grows', () => {
  const before = transcript(LONG)
  const top = before.moved(undefined, -30, 20)
  const seen = before.sight(top, 20).lines.map(plainText)
  const turns = LONG.turns.with(3, answered(numbered(0, 5000), false))
  assert.deepEqual(
    transcript({ ...LONG, turns })
      .sight(top, 20)
      .lines.map(plainText),
    seen,
  )
})

test('a place that is no longer there shows what is nearest', () => {
  const top = { turn: 1, page: 40, line: 5000 }
  assert.equal(transcript(conversation(said('short'))).sight(top, 20).lines.length, 2)
  assert.equal(transcript(conversation()).sight(top, 20).lines.length, 0)
  assert.equal(transcript(conversation()).moved(top, -5, 20), undefined)
})

test('to show the end of a long answer, no more than its end is laid out', () => {
  let characters = 0
  const counting: Renderer = {
    ...PLAIN_RENDERER,
    markdown(text, columns) {
      characters += text.length
      return PLAIN_RENDERER.markdown(text, columns)
    },
  }
  const state = conversation(said('much'), answered(numbered(0, 100_000)))
  const { lines } = transcript(state, counting).sight(undefined, 40)
  assert.equal(lines.length, 40)
  assert.ok(characters < 20_000, String(characters))
})
