import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputRequest } from '../../protocol/mcp.ts'
import { editorOf, NO_TEXT } from './editor.ts'
import { type Message, newPalette, type Overlay, type Palette, type Question } from './message.ts'
import { overlayEvent, questionOf } from './overlays.ts'
import type { State } from './state.ts'
import { interfaceOf, viewNoting } from './testing/interface.ts'

const START = interfaceOf([viewNoting('chat')], { typed: ['log', 'doctor'] })
const answered = (given: unknown): Message => ({ type: 'view', id: 'x', message: given })
const key = (overlay: Overlay, pressed: string, state: State = START) =>
  overlayEvent(state, overlay, { type: 'key', key: pressed })
const text = (overlay: Overlay, typed: string) => overlayEvent(START, overlay, { type: 'text', text: typed })
/** What the overlay is after keys, as long as it is there. */
const after = <T extends Overlay>(overlay: T, ...pressed: string[]): T =>
  pressed.reduce((before, one) => key(before, one).overlay as T, overlay)

const CONFIRM: Overlay = { type: 'confirm', title: 'Delete it?', detail: [], reply: answered }

test('only y is a yes: Enter waits, and any other way out is a no', () => {
  assert.deepEqual(key(CONFIRM, 'y').message, answered(true))
  assert.deepEqual(key(CONFIRM, 'enter'), { overlay: CONFIRM })
  for (const pressed of ['n', 'escape', 'C-c'])
    assert.deepEqual(key(CONFIRM, pressed).message, answered(false), pressed)
  assert.deepEqual(text(CONFIRM, 'y').message, answered(false), 'a paste is no answer')
})

test('a prompt gives its text with Enter, and nothing with Esc', () => {
  const prompt: Overlay = { type: 'prompt', title: 'Name?', editor: editorOf('a'), reply: answered }
  const typed = text(prompt, 'b\nc').overlay as Overlay
  assert.deepEqual(key(typed, 'enter').message, answered('ab c'))
  assert.deepEqual(key(typed, 'escape').message, answered(undefined))
})

test('a choice gives the place of what was found, not of what is shown', () => {
  const choice: Overlay = {
    type: 'choose',
    title: 'Which?',
    items: ['apple', 'pear', 'plum'],
    selected: 0,
    query: NO_TEXT,
    reply: answered,
  }
  const found = text(choice, 'plu').overlay as Overlay
  assert.deepEqual(key(found, 'enter').message, answered(2))
  assert.deepEqual(key(key(choice, 'down').overlay as Overlay, 'enter').message, answered(1))
  assert.deepEqual(key(text(choice, 'zzz').overlay as Overlay, 'enter').message, answered(undefined))
})

const FORM = {
  params: {
    message: 'A server asks.',
    requestedSchema: {
      type: 'object',
      properties: {
        name: { type: 'string', title: 'Name' },
        n: { type: 'integer', title: 'Number', default: 3 },
      },
      required: ['name'],
    },
  },
} as unknown as InputRequest
/** A question, and the answers that were given to it. */
function asked(request: InputRequest): { question: Question; given: unknown[] } {
  const given: unknown[] = []
  return { question: questionOf(request, (answer) => void given.push(answer)), given }
}

test('a question is answered with what its form says, by the types of its fields', () => {
  const { question, given } = asked(FORM)
  assert.deepEqual([question.message, question.values.map(({ text }) => text)], ['A server asks.', ['', '3']])
  const filled = text(after(question, 'tab'), 'Ada').overlay as Question
  key(after(filled, 'enter', 'enter'), 'y')
  assert.deepEqual(given, [{ action: 'accept', content: { name: 'Ada', n: 3 } }])
})

test('a field that is not right is gone to, and nothing is answered', () => {
  const { question, given } = asked(FORM)
  const wrong = text(after(question, 'tab', 'tab'), 'x').overlay as Question
  const told = key({ ...wrong, at: 2, values: [editorOf('Ada'), wrong.values[1] ?? NO_TEXT] }, 'y')
    .overlay as Question
  assert.deepEqual([told.at, told.problem], [1, '"Number" has a value that does not fit.'])
  assert.deepEqual(given, [])
})

test('a question that is left is a no where it wanted a yes alone, and is cancelled where it wanted more', () => {
  const plain = asked({ params: { message: 'May it?' } } as unknown as InputRequest)
  key(plain.question, 'escape')
  const form = asked(FORM)
  key(form.question, 'escape')
  assert.deepEqual([plain.given, form.given], [[{ action: 'decline' }], [{ action: 'cancel' }]])
})

test('Enter is no answer to a question, and says which keys are', () => {
  const { question, given } = asked({ params: { message: 'May it?' } } as unknown as InputRequest)
  assert.match((key(question, 'enter').overlay as Question).problem ?? '', /y allows it, n denies it/)
  key(question, 'n')
  assert.deepEqual(given, [{ action: 'decline' }])
})

test('Up in the palette brings back earlier lines, the newest first, and Down goes back', () => {
  const up = after(newPalette(), 'up')
  assert.equal(up.query.text, 'doctor')
  const older = after(up, 'up', 'up')
  assert.equal(older.query.text, 'log', 'there is nothing before the first')
  assert.deepEqual([after(older, 'down').query.text, after(older, 'down', 'down').query.text], ['doctor', ''])
})

test('what is typed in the palette is looked for among files, and Tab asks how it goes on', () => {
  const shown: Palette = { ...newPalette(), selected: 2, files: ['/a'], completions: ['x'] }
  const typed = text(shown, 'b')
  const { selected, files, completions } = typed.overlay as Palette
  assert.deepEqual([selected, files, completions], [0, [], []])
  assert.deepEqual(typed.effects, [{ type: 'find', query: 'b' }])
  assert.deepEqual(key(typed.overlay as Overlay, 'tab').effects, [{ type: 'complete', query: 'b' }])
})

test('the output of a job stays at its end unless one scrolls up', () => {
  const output = Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n')
  const state = { ...START, jobs: [{ id: 1, line: 'log', state: 'running' as const, output, isCut: false }] }
  const view: Overlay = { type: 'job', id: 1, top: undefined }
  const up = key(view, 'up', state).overlay as Extract<Overlay, { type: 'job' }>
  assert.equal(typeof up.top, 'number')
  assert.deepEqual(key(up, 'end', state).overlay, view)
  assert.deepEqual(key(view, 'C-c', state).effects, [{ type: 'abort', key: 'job 1' }])
  assert.deepEqual(key(view, 'escape', state), {}, 'it goes on in the background')
})
