import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { createBatchedLog } from './batched-log.ts'
import { createLogger } from './log.ts'

test('lines are like those of the other log, and are written together soon', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const written: string[] = []
  const log = createBatchedLog({ name: 'x', env: {}, write: (lines) => void written.push(lines) })
  log.info({ a: 'one "quoted"\n' }, 'call')
  log.info({}, 'call')
  assert.deepEqual(written, [])
  t.mock.timers.tick(20)
  assert.equal(written.length, 1)

  const others: string[] = []
  const other = createLogger({ name: 'x', env: {}, destination: { write: (line) => void others.push(line) } })
  other.info({ a: 'one "quoted"\n' }, 'call')
  other.info({}, 'call')
  const parsed = (lines: string) =>
    lines
      .trim()
      .split('\n')
      .map((line) => ({ ...JSON.parse(line), time: 0 }))
  assert.deepEqual(parsed(written.join('')), parsed(others.join('')))
})

test('under journald each line begins with its priority, and a quieter level leaves them out', () => {
  const written: string[] = []
  const write = (lines: string) => void written.push(lines)
  const log = createBatchedLog({ name: 'x', env: { JOURNAL_STREAM: '8:1' }, write })
  log.info({}, 'a')
  log.info({}, 'b')
  log.flush()
  assert.match(written.join(''), /^<6>\{.*\}\n<6>\{.*\}\n$/)
  const quiet = createBatchedLog({ name: 'x', env: { LLMBDO_LOG_LEVEL: 'warn' }, write: () => assert.fail() })
  quiet.info({}, 'a')
  quiet.flush()
})

test('what waits is on stderr when the process ends', () => {
  const module = new URL('batched-log.ts', import.meta.url).href
  const script = `import { createBatchedLog } from '${module}'; createBatchedLog({ name: 'x' }).info({}, 'last words'); process.exit()`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.match(stderr, /last words/)
})
