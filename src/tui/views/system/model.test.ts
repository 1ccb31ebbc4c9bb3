import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord } from '../../../command/log/record.ts'
import { statusIn } from '../../model/answers.ts'
import type { Effect } from '../../model/effects.ts'
import { plainText } from '../../text/lines.ts'
import { AREA } from '../testing/setting.ts'
import { servers } from './lists.ts'
import { INITIAL, SECTIONS, type SystemMessage, type SystemState, update } from './model.ts'

type Asked<T extends Effect<SystemMessage>['type']> = Extract<Effect<SystemMessage>, { type: T }>
const tell = (state: SystemState, message: Parameters<typeof update>[1]) => update(state, message, AREA)
const press = (state: SystemState, key: string) => tell(state, { type: 'key', key })
const asked = (effects: readonly Effect<SystemMessage>[]) =>
  effects.map((effect) => ('method' in effect ? effect.method : 'verb' in effect ? effect.verb : effect.type))
const records = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ message: `record ${from + i}` }) as unknown as LogRecord)
const APPROVAL = {
  id: 'a',
  who: 'phone',
  tool: 'fs_delete',
  arguments: '{"path":"/x"}',
  waitingSeconds: 1,
  what: 'delete "/x"',
  text: '> Dear Eva,\n> yes.',
  warning: undefined,
}
const waiting: SystemState = {
  ...INITIAL,
  section: 'waiting',
  approvals: { is: 'known', value: [{ ...APPROVAL, id: 'first' }, APPROVAL] },
}

test('while it is in sight it asks again and again for what changes, and not once it is away', () => {
  const shown = tell(INITIAL, { type: 'shown' })
  assert.deepEqual(asked(shown.effects), ['admin/status', 'unit/status', 'works', 'later'])
  assert.deepEqual(asked(tell(shown.state, { type: 'look' }).effects), [
    'admin/status',
    'unit/status',
    'works',
    'later',
  ])
  const hidden = tell(shown.state, { type: 'hidden' })
  assert.deepEqual(tell(hidden.state, { type: 'look' }).effects, [])
})

test('models are asked for once, since asking wakes their server', () => {
  const state: SystemState = { ...INITIAL, section: 'models', isShown: true }
  assert.deepEqual(asked(tell(state, { type: 'look' }).effects), ['later'])
  assert.deepEqual(asked(press(state, 'r').effects), ['mcp.llm.models', 'mcp.licence.check'])
})

test('keys go round the sections, and each asks for what it shows', () => {
  let state = INITIAL
  const seen: string[] = []
  for (const _ of SECTIONS) {
    seen.push(state.section)
    state = press({ ...state, selected: 3 }, 'right').state
    assert.equal(state.selected, 0)
  }
  assert.deepEqual([seen, state.section], [[...SECTIONS], 'servers'])
  assert.equal(press(INITIAL, 'left').state.section, 'log')
})

test('the log is followed while it is looked at', () => {
  const users: SystemState = { ...INITIAL, section: 'users' }
  const log = press(users, 'right')
  assert.deepEqual(asked(log.effects), ['log'])
  assert.deepEqual(press(log.state, 'right').effects.filter(({ type }) => type === 'abort').length, 1)
  assert.deepEqual(asked(tell({ ...log.state, isShown: true }, { type: 'hidden' }).effects), ['abort'])
  const again = tell({ ...log.state, isShown: false }, { type: 'shown' })
  assert.deepEqual(asked(again.effects), ['later', 'log'])
  assert.ok(!asked(tell({ ...log.state, isShown: true }, { type: 'shown' }).effects).includes('log'))
})

test('of a long log the newest 5000 records are kept, and what is in sight stays there', () => {
  const state: SystemState = {
    ...INITIAL,
    section: 'log',
    log: { records: records(4999), note: '', top: 10 },
  }
  const full = tell(state, { type: 'logged', records: records(1, 4999) }).state.log
  assert.deepEqual([full.records.length, full.top], [5000, 10])
  const more = tell(state, { type: 'logged', records: records(4, 4999) }).state.log
  assert.deepEqual([more.records.length, more.top], [5000, 7])
  const many = tell(state, { type: 'logged', records: records(100, 4999) }).state.log
  assert.equal(many.top, 0)
  const atEnd = { ...state, log: { ...state.log, top: undefined } }
  assert.equal(tell(atEnd, { type: 'logged', records: records(100) }).state.log.top, undefined)
})

test('why a log ended is said', () => {
  const ended = (outcome: Extract<SystemMessage, { type: 'log-ended' }>['outcome']) =>
    tell(INITIAL, { type: 'log-ended', outcome }).state.log.note
  assert.equal(ended({ ok: false, error: 'no journal' }), 'no journal')
  assert.equal(ended({ ok: true, value: null }), INITIAL.log.note)
})

test('a call that waits is allowed only after a yes to what it would do, and denied at once', () => {
  const second = press(waiting, 'down').state
  const [confirm] = press(second, 'y').effects as [Asked<'confirm'>]
  const { title, detail } = confirm.confirmation
  assert.equal(title, 'Allow fs_delete?')
  const text = ['> Dear Eva,', '> yes.']
  assert.deepEqual(detail, ['phone calls it with', '{"path":"/x"}', ...text, 'It would delete "/x".'])
  assert.deepEqual(tell(second, confirm.reply(false)).effects, [])
  const [allow] = tell(second, confirm.reply(true)).effects as [Asked<'request'>]
  assert.deepEqual([allow.method, allow.params], ['admin/approval/decide', { id: 'a', allow: true }])
  const [deny] = press(second, 'n').effects as [Asked<'request'>]
  assert.deepEqual(deny.params, { id: 'a', allow: false })
  for (const [outcome, say] of [
    [
      { ok: true, value: {} as never },
      { type: 'say', text: 'denied', tone: 'ok' },
    ],
    [
      { ok: false, error: 'gone' },
      { type: 'say', text: 'gone', tone: 'error' },
    ],
  ] as const) {
    const { effects } = tell(second, deny.reply(outcome))
    assert.deepEqual(effects[0], say)
    assert.deepEqual(asked(effects.slice(1)), ['admin/approval/list'], 'the list is asked for anew')
  }
})

test('y and n mean nothing where nothing waits', () => {
  for (const key of ['y', 'n']) {
    assert.deepEqual(press(INITIAL, key).effects, [])
    assert.deepEqual(press({ ...waiting, approvals: { is: 'known', value: [] } }, key).effects, [])
  }
})

test('what is answered is known, and what failed says why', () => {
  const [status] = tell(INITIAL, { type: 'shown' }).effects as [Asked<'request'>]
  const known = tell(INITIAL, status.reply({ ok: true, value: { servers: [] } as never })).state
  assert.equal(known.status.is, 'known')
  assert.deepEqual(tell(known, status.reply({ ok: false, error: 'no' })).state.status, {
    is: 'unknown',
    why: 'no',
  })
  const odd = tell(known, status.reply({ ok: true, value: { servers: 7 } as never })).state.status
  assert.match(odd.is === 'unknown' ? odd.why : '', /another version/)
})

test('a damaged database of the gateway is shown above its servers, with what to do', () => {
  const status = statusIn({ servers: [], damaged: ['/s/gateway.db.damaged-20261128T203005Z'] })
  assert.ok(status)
  const text = servers(INITIAL, status, AREA).map(plainText).join(' ')
  assert.match(text, /gateway\.db\.damaged-20261128T203005Z was damaged: all tokens ended, make new ones/)
})
