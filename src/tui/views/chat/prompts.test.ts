import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Prompt } from '../../../protocol/mcp.ts'
import { editorOf } from '../../model/editor.ts'
import { AREA, TALKING } from '../testing/setting.ts'
import { update } from './model.ts'
import { argumentsIn } from './prompts.ts'
import { type ChatEffect, type ChatState, INITIAL } from './state.ts'

type Asked<T extends ChatEffect['type']> = Extract<ChatEffect, { type: T }>

const LETTER: Prompt = {
  name: 'mail_letter',
  description: 'Writes a letter.',
  arguments: [{ name: 'to', required: true }, { name: 'about' }],
}
const ALL: readonly Prompt[] = [LETTER, { name: 'mail_list' }, { name: 'fs_tidy' }]

const typing = (text: string): ChatState => ({ ...INITIAL, draft: editorOf(text) })
const press = (text: string, key: string) => update(typing(text), { type: 'key', key }, TALKING, AREA)
/** After the servers have said which prompts there are. */
function pressed(text: string, key: string, all = ALL) {
  const { state, effects } = press(text, key)
  const [asked] = effects as [Asked<'prompts'>]
  return update(state, asked.reply({ ok: true, value: all }), TALKING, AREA)
}
const said = (effects: readonly ChatEffect[]): string =>
  effects.flatMap((effect) => (effect.type === 'say' ? [effect.text] : [])).join()

test('a prompt of a server is sent as what it says, and what was typed can be recalled', () => {
  const { state, effects } = pressed('/mail_letter Ann about=rent', 'enter')
  const [asked] = effects as [Asked<'request'>]
  assert.deepEqual(
    [asked.method, asked.params],
    ['prompts/get', { name: 'mail_letter', arguments: { to: 'Ann', about: 'rent' } }],
  )
  const value = { messages: [{ role: 'user', content: { type: 'text', text: 'Write to Ann.' } }] }
  const sent = update(state, asked.reply({ ok: true, value: value as never }), TALKING, AREA)
  const [chat] = sent.effects as [Asked<'chat'>]
  assert.deepEqual(chat.ask, { text: 'Write to Ann.' })
  assert.deepEqual([sent.state.draft.text, sent.state.earlier], ['', ['/mail_letter Ann about=rent']])
})

test('a name that no prompt has is said, and the text stays', () => {
  const { state, effects } = pressed('/nope at all', 'enter')
  assert.match(said(effects), /There is no \/nope; Tab after \/ shows.*begins with \/\/ is sent/)
  assert.equal(state.draft.text, '/nope at all')
  assert.match(said(pressed('/nope', 'enter', []).effects), /no server has prompts/)
})

test('a text that begins with two slashes is sent with one', () => {
  const [chat] = press('//etc is a folder', 'enter').effects as [Asked<'chat'>]
  assert.deepEqual(chat.ask, { text: '/etc is a folder' })
})

test('Tab completes a name, and says what the prompt takes', () => {
  const one = pressed('/mail_le', 'tab')
  assert.equal(one.state.draft.text, '/mail_letter ')
  assert.equal(said(one.effects), '/mail_letter TO [ABOUT]: Writes a letter.')
  const two = pressed('/m', 'tab')
  assert.equal(two.state.draft.text, '/mail_l')
  assert.equal(said(two.effects), '/mail_letter  /mail_list')
  assert.deepEqual(press('a text', 'tab').effects, [], 'elsewhere it goes to the next view')
})

test('who has typed on meanwhile means something else', () => {
  const { effects } = press('/mail_le', 'tab')
  const [asked] = effects as [Asked<'prompts'>]
  const typed = typing('/mail_let')
  assert.deepEqual(update(typed, asked.reply({ ok: true, value: ALL }), TALKING, AREA).state, typed)
})

test('values go one after the other or by name, and the last one takes all that is left', () => {
  assert.deepEqual(argumentsIn(LETTER, 'Ann the rent of May'), { to: 'Ann', about: 'the rent of May' })
  assert.deepEqual(argumentsIn(LETTER, '"Ann Lee" rent'), { to: 'Ann Lee', about: 'rent' })
  assert.deepEqual(argumentsIn(LETTER, 'about="the rent" Ann'), { to: 'Ann', about: 'the rent' })
  assert.match(String(argumentsIn(LETTER, 'about=x')), /Something is missing: \/mail_letter TO \[ABOUT\]/)
  assert.match(String(argumentsIn({ name: 'fs_tidy' }, 'now')), /no place for "now": \/fs_tidy/)
  fc.assert(
    fc.property(fc.string(), (text) => {
      const given = argumentsIn(LETTER, text)
      return (
        typeof given === 'string' || Object.keys(given).every((name) => name === 'to' || name === 'about')
      )
    }),
  )
})
