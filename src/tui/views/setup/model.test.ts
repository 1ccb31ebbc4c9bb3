import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../model/effects.ts'
import { WORLD } from '../testing/setting.ts'
import { INITIAL, isDone, type SetupMessage, type SetupState, STEPS, update } from './model.ts'

type Asked<T extends Effect<SetupMessage>['type']> = Extract<Effect<SetupMessage>, { type: T }>
const press = (state: SetupState, key: string) => update(state, { type: 'key', key })

test('what is missing is asked for when the view is shown', () => {
  const { effects } = update(INITIAL, { type: 'shown' })
  assert.deepEqual(
    effects.map((effect) => ('method' in effect ? effect.method : effect.type)),
    ['admin/token/list', 'mcp.llm.models'],
  )
  const [tokens, models] = effects as [Asked<'request'>, Asked<'v1'>]
  const known = [
    tokens.reply({ ok: true, value: { tokens: [{}, {}] } as never }),
    models.reply({ ok: true, value: { data: [{ id: 'a' }] } }),
  ].reduce((state, message) => update(state, message).state, INITIAL)
  assert.deepEqual([known.tokens, known.models], [2, 1])
  const unknown = update(known, tokens.reply({ ok: true, value: { tokens: 'x' } as never })).state
  assert.equal(unknown.tokens, undefined, 'an answer that is not understood leaves it open')
})

test('a step is done, is not, or is unknown', () => {
  const done = (state: SetupState, world = WORLD) => STEPS.map((name) => isDone(name, state, world))
  assert.deepEqual(done(INITIAL), [true, undefined, undefined, true, undefined])
  assert.deepEqual(done({ ...INITIAL, tokens: 0, models: 0 }), [true, false, undefined, true, false])
  assert.deepEqual(done({ ...INITIAL, tokens: 1, models: 1 }), [true, true, undefined, true, true])
  const away = { ...WORLD, link: { state: 'connecting' as const }, offer: { ...WORLD.offer, servers: [] } }
  assert.deepEqual(done(INITIAL, away), [false, undefined, undefined, false, undefined])
})

test('Enter does the step that is chosen', () => {
  const done = STEPS.map((_, selected) => press({ ...INITIAL, selected }, 'enter').effects[0])
  assert.deepEqual(
    done.map((effect) => effect?.type),
    ['reconnect', 'prompt', 'line', 'go', 'go'],
  )
  assert.deepEqual([press(INITIAL, 'down').state.selected, press(INITIAL, 'up').state.selected], [1, 0])
  assert.equal(press(INITIAL, 'end').state.selected, STEPS.length - 1)
})

test('a token is made for a name, is shown, and is gone once one looks away', () => {
  const [prompt] = press({ ...INITIAL, selected: 1 }, 'enter').effects as [Asked<'prompt'>]
  for (const name of [undefined, '  ']) assert.deepEqual(update(INITIAL, prompt.reply(name)).effects, [])
  const [request] = update(INITIAL, prompt.reply(' phone ')).effects as [Asked<'request'>]
  assert.deepEqual([request.method, request.params], ['admin/token/create', { name: 'phone' }])
  const value = { name: 'phone', token: 'lb_x' }
  const made = update(INITIAL, request.reply({ ok: true, value: value as never }))
  assert.deepEqual(made.state.made, value)
  assert.equal(made.effects[0]?.type, 'request', 'they are counted anew')
  assert.equal(update(made.state, { type: 'hidden' }).state.made, undefined)
  assert.equal(press(made.state, 'escape').state.made, undefined)
  const failed = update(INITIAL, request.reply({ ok: false, error: 'no' }))
  assert.deepEqual(
    [failed.state.made, failed.effects],
    [undefined, [{ type: 'say', text: 'no', tone: 'error' }]],
  )
})
