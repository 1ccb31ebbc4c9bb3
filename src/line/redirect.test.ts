import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { CliError } from '../command/cli-error.ts'
import type { Outcome } from '../command/exit-codes.ts'
import type { Io } from '../command/io.ts'
import { redirected } from './redirect.ts'
import { parseLine } from './words.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'luca-redirect-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const never = new AbortController().signal
type Work = (io: Io, signal: AbortSignal) => Promise<Outcome>
const says =
  (text: string, outcome: Outcome = 'ok'): Work =>
  async ({ stdout }) => {
    stdout.write(text)
    return outcome
  }

async function run(line: string, work: Work, signal = never) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const io: Io = { stdin: new PassThrough(), stdout, stderr, env: process.env }
  const outcome = await redirected(parseLine(line), io, signal, work)
  return { outcome, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') }
}

describe('into a program', () => {
  test('its output is shown, and its failure is that of the line', async () => {
    assert.deepEqual(await run('x | tr a-z A-Z', says('abc')), { outcome: 'ok', out: 'ABC', err: '' })
    assert.equal((await run('x | grep z', says('abc'))).outcome, 'failed')
    assert.equal((await run('x | cat', says('abc', 'denied'))).outcome, 'denied')
    assert.match((await run('x | no-such-program-here', says('abc'))).err, /not found/)
  })

  test('one that has read enough ends the command, which is no failure', async () => {
    const { outcome, out } = await run('x | head -n 1', async ({ stdout }, signal) => {
      while (!signal.aborted) {
        stdout.write('y\n')
        await new Promise(setImmediate)
      }
      throw signal.reason
    })
    assert.deepEqual([outcome, out], ['ok', 'y\n'])
  })

  test('it is ended with the command, also in the background', async () => {
    for (const line of ['x | sleep 60', 'x | sleep 60 &']) {
      const stop = new AbortController()
      const ended = run(
        line,
        async () => {
          stop.abort(new CliError('interrupted', 'Ended.'))
          throw stop.signal.reason
        },
        stop.signal,
      )
      await assert.rejects(ended, /Ended/)
    }
  })
})

describe('into a file', () => {
  const path = (name: string) => join(folder, name)
  const content = (name: string) => readFileSync(path(name), 'utf8')

  test('it holds what was written, after what was there where one says so', async () => {
    await run(`x > '${path('a b')}'`, says('one\n'))
    await run(`x >> '${path('a b')}'`, says('two\n'))
    assert.equal(content('a b'), 'one\ntwo\n')
  })

  test('it stays as it was where the command fails, and nothing else is left', async () => {
    writeFileSync(path('a'), 'before')
    assert.equal((await run(`x > ${path('a')}`, says('half', 'failed'))).outcome, 'failed')
    await assert.rejects(
      run(`x > ${path('a')}`, async () => {
        throw new Error('broken')
      }),
      /broken/,
    )
    assert.equal(content('a'), 'before')
    assert.deepEqual(readdirSync(folder), ['a'])
  })

  test('a link is followed, and the permissions stay', async () => {
    writeFileSync(path('real'), 'before', { mode: 0o640 })
    symlinkSync('real', path('link'))
    await run(`x > ${path('link')}`, says('after'))
    assert.equal(content('real'), 'after')
    assert.equal(statSync(path('real')).mode & 0o777, 0o640)
    assert.deepEqual(readdirSync(folder).sort(), ['link', 'real'])
  })

  test('a device is written to, not replaced', async () => {
    assert.equal((await run('x > /dev/null', says('gone'))).outcome, 'ok')
    assert.ok(statSync('/dev/null').isCharacterDevice())
  })

  test('a file that can not be written is named', async () => {
    await assert.rejects(run(`x > ${path('no/such')}`, says('')), /no\/such can't be written: ENOENT/)
  })
})
