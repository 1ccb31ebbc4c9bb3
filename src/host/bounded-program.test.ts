import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { findProgram, type ProgramBounds, ProgramFailed, runProgram } from './bounded-program.ts'

const shell = findProgram('sh') as string
const MEGABYTE = 1024 * 1024

/** Runs a line of shell. */
const run = (
  line: string,
  {
    input,
    signal = new AbortController().signal,
    ...bounds
  }: Partial<ProgramBounds> & {
    input?: Uint8Array
    signal?: AbortSignal
  } = {},
) =>
  runProgram(shell, ['-c', line], {
    ...(input && { input }),
    signal,
    bounds: { ms: 60_000, megabytes: 64, outputBytes: MEGABYTE, ...bounds },
    env: { GIVEN: 'given' },
  })

const failed =
  (says: RegExp, said = /^/) =>
  (error: unknown) =>
    error instanceof ProgramFailed && says.test(error.message) && said.test(error.said)

describe('a program', () => {
  test('reads its input and gives its output, of any length within its bound', async () => {
    const input = Buffer.alloc(3 * MEGABYTE, 'abcdefg')
    assert.deepEqual(await run('cat', { input, outputBytes: 3 * MEGABYTE }), input)
  })

  test('that does not read its input is no error', async () => {
    assert.equal((await run('echo done', { input: Buffer.alloc(3 * MEGABYTE) })).toString(), 'done\n')
  })

  test('is ended when its time is over, and when it writes more than it may', async () => {
    await assert.rejects(run('exec sleep 600', { ms: 100 }), failed(/^took longer than 0\.1 seconds$/))
    // What it started holds its output open.
    await assert.rejects(run('sleep 3; true', { ms: 100 }), failed(/^took longer/))
    await assert.rejects(run('exec yes'), failed(/^wrote more than 1 MB$/))
  })

  test('gets no more memory than it may have', async () => {
    // It would hold its whole input as one line.
    await assert.rejects(run('exec tail /dev/zero', { megabytes: 32 }), failed(/^failed \(1\)$/, /memory/))
  })

  test('ends with its call, before that is told', async () => {
    const controller = new AbortController()
    const running = run('echo begun; exec sleep 600', { signal: controller.signal })
    controller.abort(new Error('cancelled'))
    await assert.rejects(running, /^Error: cancelled$/)
    await assert.rejects(run('true', { signal: controller.signal }), /^Error: cancelled$/)
  })

  test('writes nothing to a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bounded-'))
    try {
      const file = join(folder, 'file')
      await assert.rejects(run(`trap '' XFSZ; echo text >${file}`), failed(/^failed/))
      assert.equal(readFileSync(file, 'utf8'), '')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('sees of the variables its path and what it is given, and is the first that ends where memory does', async () => {
    const [score, ...variables] = (await run('cat /proc/$$/oom_score_adj; exec env')).toString().split('\n')
    const names = variables
      .map((line) => line.split('=')[0] ?? '')
      .filter((name) => !/^(?:PWD|OLDPWD|SHLVL|_)?$/.test(name))
    assert.deepEqual(names.sort(), ['GIVEN', 'LC_ALL', 'PATH'])
    assert.equal(score, '1000')
  })

  test('that fails says so, with what it wrote about it kept apart', async () => {
    await assert.rejects(run('echo secret text >&2; exit 3'), failed(/^failed \(3\)$/, /^secret text\n$/))
    await assert.rejects(run('kill -SEGV $$'), failed(/^was ended by SIGSEGV$/))
  })

  test('that is not on the path is not found', () => {
    assert.equal(findProgram('no-such-program'), undefined)
    assert.equal(findProgram('../bin/sh'), undefined)
  })
})
