import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger, type Logger } from '../../host/log.ts'
import { RepeatedLooks } from '../../host/repeated-looks.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { Inbound, Outcome } from '../call/call.ts'
import { Memory } from '../call/memory.ts'
import { createMetrics } from './metrics.ts'
import { createAccessLog, createObserver } from './observe.ts'

test('the interface’s looks at the gateway, every two seconds, do not fill the log', () => {
  const lines: { method?: string }[] = []
  const audit = { info: (fields: object) => void lines.push(fields), flush() {} }
  const observe = createObserver(
    audit,
    createLogger({ name: 'x' }),
    createMetrics({
      memory: new Memory({ perCallerBytes: 1, inAllBytes: 1 }),
      inFlight: () => 0,
      sessions: () => 0,
      problems: () => 0,
    }),
    new RepeatedLooks(),
  )
  const call = (method: string, outcome: Outcome) => {
    const principal = { name: 'owner', user: 'owner' }
    observe(
      { method, principal, params: {}, transport: 'unix' } as unknown as Inbound,
      undefined,
      {},
      1,
      outcome,
    )
  }
  const done: Outcome = { kind: 'ok' } as Outcome
  const failed: Outcome = { kind: 'error', error: new RpcError('INTERNAL', 'no') }
  for (let i = 0; i < 100; i++) call('admin/status', done)
  assert.equal(lines.length, 1)
  for (let i = 0; i < 3; i++) call('admin/status', failed)
  for (let i = 0; i < 3; i++) call('admin/token/revoke', done)
  for (let i = 0; i < 3; i++) call('tools/list', done)
  assert.equal(lines.length, 10)
})

test("who is not let in can't fill the log: what is left out is counted", () => {
  const lines: Record<string, unknown>[] = []
  const log = { warn: (fields: Record<string, unknown>) => void lines.push(fields) }
  let now = 1000
  const tell = createAccessLog(log as unknown as Logger, () => now)
  const refuse = () => tell({ kind: 'bearer', token: 'lb_secret' }, new RpcError('UNAUTHENTICATED', 'no'))
  for (let i = 0; i < 1000; i++) refuse()
  assert.equal(lines.length, 60)
  now += 60_000
  refuse()
  assert.deepEqual(lines.slice(60), [{ notWritten: 940 }, { credential: 'bearer', code: -32000 }])
  now = 0
  refuse()
  assert.equal(lines.length, 63, 'a clock that goes back silences no one')
  assert.doesNotMatch(JSON.stringify(lines), /secret/)
})
