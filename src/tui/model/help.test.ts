import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../text/lines.ts'
import { VIEWS } from '../views/index.ts'
import { helpLines } from './help.ts'
import { openViews } from './state.ts'
import { interfaceOf } from './testing/interface.ts'

const STATE = interfaceOf(VIEWS)
const helpOf = (view: string, columns = 70) => helpLines({ ...STATE, view }, columns).map(plainText)

test('the help of every view has each of its hints, with its key as it stands on a keyboard', () => {
  for (const view of openViews(STATE)) {
    const lines = helpOf(view.id)
    assert.equal(lines[0], view.title)
    for (const { key, what } of view.hints(view.initial, STATE)) {
      const spelled = key
        .replace(/^\^(?=.)/, 'Ctrl-')
        .replace(/^M-(.)/, (_, letter) => `Alt-${letter.toUpperCase()}`)
      assert.ok(
        lines.some((line) => line.trimStart().startsWith(spelled) && line.includes(what)),
        `${view.id}: ${spelled} ${what}`,
      )
    }
  }
})

test('a hint in short is spelled out', () => {
  const own = { ...STATE.own, chat: { ...(STATE.own.chat as object), asked: [{ number: 1, since: 1 }] } }
  const text = helpLines({ ...STATE, own, view: 'chat' }, 70)
    .map(plainText)
    .join('\n')
  assert.match(text, /^ {2}Ctrl-O +tool results$/m)
  assert.match(helpOf('chat').join('\n'), /^ {2}Alt-L +model$/m)
})

test('the keys that work everywhere stand in the help of every view', () => {
  for (const { id } of openViews(STATE)) {
    const text = helpOf(id).join('\n')
    for (const key of ['Ctrl-P or :', 'Alt-1 … Alt-9', 'F1 or ?', 'Alt-M', 'Ctrl-C', 'Ctrl-Q'])
      assert.ok(text.includes(key), `${id}: ${key}`)
  }
})

test('no line of the help is wider than its panel', () => {
  for (const columns of [50, 56, 70])
    assert.ok(helpOf('chat', columns).every((line) => line.length <= columns))
})
