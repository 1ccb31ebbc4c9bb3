import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callLines, isCall, treeRecord } from './calls.ts'
import { type LogRecord, textOf } from './record.ts'

const call = (tool: string, fields: object = {}): LogRecord => ({
  time: '2026-03-01T12:00:00Z',
  level: 'info',
  unit: 'llmbasedos-gateway',
  message: 'call',
  fields: { method: 'tools/call', tool, ...fields },
})

async function shown(records: LogRecord[]): Promise<string[]> {
  const lines: string[] = []
  async function* all() {
    yield* records
  }
  for await (const line of callLines(all())) lines.push(textOf(treeRecord(line)))
  return lines
}

test('what was made within a call stands below it, though it ended before', async () => {
  const records = [
    call('fs_read_text_file', { parent: 'b' }),
    call('llm_chat', { id: 'b', parent: 'a' }),
    call('time_get_current_time'),
    call('chat_send', { id: 'a', ms: 7 }),
  ]
  assert.deepEqual(await shown(records), [
    'time_get_current_time',
    'chat_send  ms=7',
    '└ llm_chat',
    '  └ fs_read_text_file',
  ])
})

test('what is left of a call that goes on is shown at the end, and nothing is lost', async () => {
  const records = [call('fs_read_text_file', { parent: 'b' }), call('llm_chat', { id: 'b', parent: 'gone' })]
  assert.deepEqual(await shown(records), ['llm_chat', '└ fs_read_text_file'])
})

test('only lines about calls are calls', () => {
  assert.ok(isCall(call('x')))
  assert.ok(!isCall({ ...call('x'), message: 'ready' }))
  assert.ok(!isCall({ ...call('x'), fields: {} }))
  assert.ok(!isCall({ ...call('x'), unit: 'mcp-evil@ada' }))
})
