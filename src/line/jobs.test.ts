import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { CliError } from '../command/cli-error.ts'
import type { Outcome } from '../command/exit-codes.ts'
import type { Io, Terminal } from '../command/io.ts'
import { describeJob, Jobs } from './jobs.ts'

function terminal(isTTY = true) {
  const stream = (): Terminal => Object.assign(new PassThrough(), { isTTY })
  const io: Io = { stdin: new PassThrough(), stdout: stream(), stderr: stream(), env: {} }
  const read = (of: Terminal) => String((of as PassThrough).read() ?? '')
  return { io, out: () => read(io.stdout), err: () => read(io.stderr) }
}
const never = new AbortController().signal

test('what a job writes is kept until it is looked at, then shown as it comes', async () => {
  const { io, out, err } = terminal()
  const jobs = new Jobs()
  const { promise: go, resolve } = Promise.withResolvers<void>()
  const job = jobs.start('slow', io, async ({ stdout, stderr }) => {
    stdout.write('one ')
    stderr.write('\u001b[2Jbad')
    await go
    stdout.write('two')
    return 'failed'
  })
  assert.equal(describeJob(job), '[1] running  slow')
  assert.deepEqual([out(), err()], ['', ''])
  const outcome = jobs.foreground(1, io, never)
  assert.deepEqual([out(), err()], ['one ', '\uFFFD[2Jbad'])
  resolve()
  assert.equal(await outcome, 'failed')
  assert.equal(out(), 'two')
  assert.deepEqual(jobs.list(), [])
})

test('a job writes as the terminal is that it will be shown on', () => {
  for (const isTTY of [true, false]) {
    const { io } = terminal(isTTY)
    let seen: boolean | undefined
    new Jobs().start('x', io, async ({ stdout }) => {
      seen = stdout.isTTY
      return 'ok'
    })
    assert.equal(seen, isTTY)
  }
})

test('a job whose output is not read does not fill the memory', async () => {
  const { io, err } = terminal()
  let shown = 0
  io.stdout.on('data', (chunk) => {
    shown += chunk.length
  })
  const jobs = new Jobs()
  jobs.start('loud', io, async ({ stdout }) => {
    for (let i = 0; i < 64; i++) stdout.write('x'.repeat(64 * 1024))
    return 'ok'
  })
  await jobs.foreground(1, io, never)
  await new Promise(setImmediate)
  assert.equal(shown, 1024 * 1024)
  assert.match(err(), /was not kept/)
})

const untilStopped = (_: Io, signal: AbortSignal): Promise<Outcome> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve('interrupted'), { once: true }))

test('a job is ended by kill, or by Ctrl-C while one waits for it', async () => {
  const { io } = terminal()
  const jobs = new Jobs()
  jobs.start('first', io, untilStopped)
  jobs.start('second', io, untilStopped)
  const ctrlC = new AbortController()
  const second = jobs.foreground(undefined, io, ctrlC.signal)
  ctrlC.abort(new CliError('interrupted', 'Ended by Ctrl-C.'))
  assert.equal(await second, 'interrupted')
  assert.deepEqual(
    jobs.list().map(({ text }) => text),
    ['first'],
  )
  jobs.kill(1)
  assert.equal(await jobs.foreground(1, io, never), 'interrupted')
})

test('the end of a job is news once, and a job that there is not is named', async () => {
  const { io } = terminal()
  const jobs = new Jobs()
  jobs.start('quick', io, async () => 'ok')
  assert.deepEqual(jobs.news(), [])
  await new Promise(setImmediate)
  assert.deepEqual(jobs.news().map(describeJob), ['[1] done  quick'])
  assert.deepEqual(jobs.news(), [])
  assert.throws(() => jobs.kill(7), /no job 7/i)
})
