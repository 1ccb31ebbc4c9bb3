import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { createLogger, type LogOptions } from './log.ts'

function logged(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const log = createLogger({
    name: 'sample',
    env: {},
    ...options,
    destination: { write: (line) => lines.push(line) },
  })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') }
}

test('a line is JSON with its level, its program and its fields', () => {
  const { log, last } = logged()
  log.warn({ server: 'fs' }, 'odd')
  const { level, name, server, msg } = last()
  assert.deepEqual({ level, name, server, msg }, { level: 'warn', name: 'sample', server: 'fs', msg: 'odd' })
})

test('under journald each line begins with its priority', () => {
  const { log, lines } = logged({ env: { JOURNAL_STREAM: '8:1' }, level: 'trace' })
  for (const level of ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const) log[level]('x')
  assert.deepEqual(
    lines.map((line) => line.slice(0, 4)),
    ['<3>{', '<3>{', '<4>{', '<6>{', '<7>{', '<7>{'],
  )
})

test('the environment sets the level', () => {
  const { log, lines } = logged({ env: { LLMBDO_LOG_LEVEL: 'error' }, level: 'debug' })
  log.warn('left out')
  assert.deepEqual(lines, [])
  assert.throws(() => logged({ env: { LLMBDO_LOG_LEVEL: 'loud' } }), /LLMBDO_LOG_LEVEL.*"loud".*debug/)
})

test('secrets are not written, at any of three depths', () => {
  const { log, lines } = logged()
  for (const key of ['token', 'authorization', 'password', 'secret'])
    log.info({ [key]: 'HIDDEN', a: { [key]: 'HIDDEN', b: { [key]: 'HIDDEN' } } }, 'x')
  log.child({ token: 'HIDDEN' }).info('x')
  assert.doesNotMatch(lines.join(''), /HIDDEN/)
})

test('an error is written with all of its causes', () => {
  const { log, last } = logged()
  log.error(
    { err: new Error('outer', { cause: new Error('middle', { cause: new Error('inner') }) }) },
    'failed',
  )
  assert.equal(last().err.message, 'outer')
  assert.equal(last().err.cause.message, 'middle')
  assert.equal(last().err.cause.cause.message, 'inner')
})

test('a line is on stderr even if the process ends at once', () => {
  const module = new URL('log.ts', import.meta.url).href
  const script = `import { createLogger } from '${module}'; createLogger({ name: 'x' }).info('last words'); process.exit()`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  assert.match(stderr, /last words/)
  assert.equal(stdout, '')
})
