import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../text/lines.ts'
import { VIEWS } from '../views/index.ts'
import { newPalette, type Overlay } from './message.ts'
import { pictureOf } from './picture.ts'
import type { State } from './state.ts'
import { interfaceOf, viewNoting } from './testing/interface.ts'

const START = interfaceOf(VIEWS)
const shown = (own: Partial<State>) => pictureOf({ ...START, ...own }).lines.map(plainText)
const SIZES = [
  [60, 20],
  [80, 24],
  [200, 60],
] as const
const CONFIRM: Overlay = {
  type: 'confirm',
  title: 'Delete it?',
  detail: ['/a'],
  reply: () => ({ type: 'nothing' }),
}
const SAID = {
  text: 'The file could not be saved, since its disk is full. '.repeat(4).trim(),
  tone: 'error',
} as const

test('a picture fills its window and no more, in every view and with every overlay', () => {
  for (const [columns, rows] of SIZES)
    for (const { id } of VIEWS)
      for (const overlays of [
        [],
        [{ type: 'help', top: 0 }],
        [{ type: 'jobs', selected: 0 }],
        [CONFIRM],
      ] as State['overlays'][]) {
        const lines = shown({ columns, rows, view: id, overlays })
        assert.equal(lines.length, rows)
        assert.ok(
          lines.every((line) => line.length <= columns),
          `${id} at ${columns}×${rows}`,
        )
      }
})

test('the bar has the open views by their numbers, and how the gateway is', () => {
  assert.match(shown({})[0] ?? '', /1 Chat .*2 Files .*● connected $/)
  assert.match(shown({ link: { state: 'connecting' } })[0] ?? '', /○ connecting/)
  const without = shown({ offer: { tools: [], methods: [], servers: [] } })[0]
  assert.doesNotMatch(without ?? '', /Files/)
  assert.match(
    shown({ jobs: [{ id: 1, line: 'x', state: 'running', output: '', isCut: false }] })[0] ?? '',
    /1 job /,
  )
})

test('in a narrow window a sign stands for the state of the gateway', () => {
  const [bar = ''] = shown({ columns: 60, rows: 20 })
  assert.match(bar, /● $/)
  assert.doesNotMatch(bar, /connected/)
})

test('where the gateway is away, the view says why and what to do, and Setup stays', () => {
  const lost = { link: { state: 'lost', why: 'No gateway answers at /run/x.sock.' } } as const
  const text = shown(lost).join('\n')
  assert.match(
    text,
    /does not answer[\s\S]*No gateway answers at \/run\/x\.sock\.[\s\S]*luca up[\s\S]*luca doctor/,
  )
  assert.doesNotMatch(shown({ ...lost, view: 'setup' }).join('\n'), /luca doctor\b.*looks for/)
})

test('a notice is shown whole, above the keys, and the view goes without the lines that it takes', () => {
  const lines = shown({ notice: { ...SAID, until: 1e9 } })
  assert.equal(lines.join(' ').replaceAll(/\s+/g, ' ').split('its disk is full.').length - 1, 4)
  assert.match(lines.at(-1) ?? '', /\^Q leave/)
  assert.equal(lines.length, START.rows)
})

test('a notice never covers what is done here as a command: it stands beside it, or above', () => {
  const view = { ...viewNoting('one'), luca: () => `luca ${'x'.repeat(40)}` }
  const lastLines = (text: string) =>
    pictureOf(interfaceOf([view], { notice: { text, tone: 'ok', until: 1e9 } }))
      .lines.map((line) => plainText(line).trim())
      .slice(-3, -1)
  const [empty, beside] = lastLines('saved')
  assert.equal(empty, '')
  assert.match(beside ?? '', /^saved +\$ luca x{40}$/)
  const above = 'made the folder of all that is kept'
  assert.deepEqual(lastLines(above), [above, `$ luca ${'x'.repeat(40)}`])
})

test('the keys of a question are its own, and there are none until it takes keys', () => {
  const overlays = [CONFIRM]
  assert.match(shown({ overlays }).at(-1) ?? '', /^ y yes +n no/)
  assert.equal(shown({ overlays, settlesAt: 5 }).at(-1)?.trim(), '')
})

test('the way back and the keys that work everywhere stay where hints do not fit', () => {
  const narrow = shown({ columns: 60, rows: 20, overlays: [newPalette()] }).at(-1) ?? ''
  assert.match(narrow, /Esc back/)
  assert.doesNotMatch(narrow, /earlier lines/)
  assert.match(shown({ columns: 60, rows: 20 }).at(-1) ?? '', /\^P find +F1 help +\^Q leave/)
})

test('a window that is too small says which size is needed, and how to leave', () => {
  const text = shown({ columns: 50, rows: 10 }).join(' ').replaceAll(/\s+/g, ' ')
  assert.match(text, /50 × 10 cells\. luca needs 60 × 20: .*Ctrl-Q .*"luca plain"/)
  assert.equal(pictureOf({ ...START, columns: 50, rows: 10 }).cursor, undefined)
})
