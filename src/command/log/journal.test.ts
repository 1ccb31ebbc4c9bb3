import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordOf } from './journal.ts'

const at = { __REALTIME_TIMESTAMP: '1772366400123456', PRIORITY: '4', _SYSTEMD_UNIT: 'mcp-fs@ada.service' }

test("a service's own line keeps its fields; any other text has the priority and the time of the journal", () => {
  const own = '{"level":"info","time":"2026-01-02T03:04:05.678Z","name":"fs","ms":7,"msg":"done"}'
  assert.deepEqual(recordOf({ ...at, MESSAGE: own }), {
    time: '2026-01-02T03:04:05.678Z',
    level: 'info',
    unit: 'mcp-fs@ada',
    message: 'done',
    fields: { ms: 7 },
  })
  assert.deepEqual(recordOf({ ...at, MESSAGE: 'text' }), {
    time: '2026-03-01T12:00:00.123Z',
    level: 'warn',
    unit: 'mcp-fs@ada',
    message: 'text',
    fields: {},
  })
})

test('what systemd says of a unit is of that unit', () => {
  const { unit, level } = recordOf({
    ...at,
    _SYSTEMD_UNIT: 'init.scope',
    UNIT: 'mcp-time@ada.socket',
    PRIORITY: '3',
  })
  assert.deepEqual([unit, level], ['mcp-time@ada', 'error'])
})

test('whatever an entry lacks or is made of, it is shown', () => {
  assert.equal(recordOf({ ...at, MESSAGE: [...Buffer.from('Grüße')] }).message, 'Grüße')
  assert.equal(recordOf({ ...at, MESSAGE: null }).message, '')
  const { time, level, unit } = recordOf({})
  assert.deepEqual([time, level, unit], ['1970-01-01T00:00:00.000Z', 'info', '?'])
})
