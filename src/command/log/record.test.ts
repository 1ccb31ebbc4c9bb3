import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concerns, fileLine, isAtLeast, readRecord, recordLine, serverOf, textOf } from './record.ts'

const NOON = new Date('2026-03-01T12:00:00Z')
const recordOf = (unit: string, said: string) => readRecord(fileLine(unit, said, NOON))

test('what a service logs keeps its level, its time and its fields', () => {
  const said = '{"level":"warn","time":"2026-01-02T03:04:05.678Z","name":"fs","ms":7,"msg":"slow"}'
  assert.deepEqual(recordOf('mcp-fs@ada', said), {
    time: '2026-01-02T03:04:05.678Z',
    level: 'warn',
    unit: 'mcp-fs@ada',
    message: 'slow',
    fields: { ms: 7 },
  })
})

test('any text is one line of the file, and is read again as it was said, with its unit', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'binary' }), (unit, said) => {
      const line = fileLine(unit, said, NOON)
      assert.ok(!line.includes('\n'))
      const record = readRecord(line)
      assert.equal(record.unit, unit)
      if (!said.startsWith('{"level":"')) assert.equal(record.message, said)
    }),
  )
})

test('no service passes for another by what it writes', () => {
  const forged = '{"level":"error","unit":"llmbasedos-gateway","msg":"x","unit":"llmbasedos-gateway"}'
  assert.equal(recordOf('mcp-evil@ada', forged).unit, 'mcp-evil@ada')
  const record = recordOf('mcp-evil@ada', 'x\u001b[2J\nready http://evil')
  for (const char of '\n\u001b') assert.ok(!recordLine(record).includes(char))
})

test('a line without end is cut', () => {
  assert.ok(fileLine('u', 'x'.repeat(10_000_000)).length < 100_000)
  assert.ok(
    readRecord(fileLine('u', `{"level":"info","msg":"${'x'.repeat(100_000)}"}`)).message.startsWith(
      '{"level',
    ),
  )
})

test('whatever stands in the file is shown', () => {
  for (const line of ['no JSON', '[1]', 'null', '{"level":"loud"}', '{"time":7,"unit":[],"msg":{}}'])
    assert.equal(typeof recordLine(readRecord(line)), 'string')
  assert.equal(readRecord('no JSON').message, 'no JSON')
})

test('units are called by the names of their servers', () => {
  for (const [unit, server] of [
    ['mcp-fs@ada', 'fs'],
    ['mcp-llm-remote', 'llm-remote'],
    ['llmbasedos-gateway', 'gateway'],
    ['luca-up', 'luca-up'],
  ] as const)
    assert.equal(serverOf(recordOf(unit, '')), server)
})

test('what the gateway says about a server concerns that server too', () => {
  const called = recordOf('llmbasedos-gateway', '{"level":"info","tool":"fs_read_text_file","msg":"call"}')
  assert.ok(concerns(called, 'fs') && concerns(called, 'gateway') && !concerns(called, 'time'))
  const told = recordOf('llmbasedos-gateway', '{"level":"warn","server":"time","msg":"it failed"}')
  assert.ok(concerns(told, 'time') && !concerns(told, 'fs'))
})

test('levels are in their order', () => {
  const record = recordOf('u', '{"level":"warn","msg":"x"}')
  assert.ok(isAtLeast(record, 'info') && isAtLeast(record, 'warn') && !isAtLeast(record, 'error'))
})

test('an error is shown with its causes and without its stack', () => {
  const err = {
    type: 'Error',
    message: 'it broke',
    stack: 'at x',
    cause: { message: 'no disk', stack: 'at y' },
  }
  assert.equal(
    textOf(recordOf('u', JSON.stringify({ level: 'error', err, msg: 'failed' }))),
    'failed  err="it broke": "no disk"',
  )
})
