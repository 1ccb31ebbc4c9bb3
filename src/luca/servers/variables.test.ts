import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { CliError } from '../../command/cli-error.ts'
import type { Context, Prompter } from '../../command/command.ts'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { onCommandLine, readVariables } from './variables.ts'

const misuse = (what: string) => new CliError('usage', what)
const contextOf = (stdin: string, env: Record<string, string> = {}, ask?: Prompter) =>
  ({ ask, io: { env, stdin: Readable.from(stdin === '' ? [] : [stdin]) } }) as unknown as Context
const read = (given: string[], files: string[] = [], context = contextOf('')) =>
  readVariables(given, files, misuse, context)

test('a value comes from the shell, else from stdin, a line for each, and none of these stood on the command line', async () => {
  const context = contextOf('one\ntwo=2\n', { HERE: 'from the shell' })
  assert.deepEqual(await read(['A', 'HERE', 'B'], [], context), {
    values: { HERE: 'from the shell', A: 'one', B: 'two=2' },
    open: [],
  })
  assert.deepEqual(await read(['KEY'], [], contextOf('all of it\nwith lines\n')), {
    values: { KEY: 'all of it\nwith lines' },
    open: [],
  })
  await assert.rejects(read(['A', 'B'], [], contextOf('only one\n')), /a line for each of A, B/)
  await assert.rejects(read(['A'], [], contextOf('')), /stdin was empty/)
})

test('a value that is typed is typed unseen', async () => {
  const asked: [string, boolean | undefined][] = []
  const ask: Prompter = async (question, options) => {
    asked.push([question, options?.unseen])
    return 'typed'
  }
  assert.deepEqual((await read(['A', 'B'], [], contextOf('', {}, ask))).values, { A: 'typed', B: 'typed' })
  assert.deepEqual(asked, [
    ['A: ', true],
    ['B: ', true],
  ])
})

test('a value on the command line is taken, and told to be better elsewhere', async () => {
  assert.deepEqual(await read(['KEY=a=b', 'EMPTY=']), {
    values: { KEY: 'a=b', EMPTY: '' },
    open: ['KEY', 'EMPTY'],
  })
  assert.match(
    onCommandLine(['KEY']),
    /value of KEY stood on the command line.*"--env KEY" without a value.*"--env-file FILE"/,
  )
})

test('a file gives variables, what is named by itself wins, and no pipe is waited for', async () => {
  using folder = temporaryDirectory()
  const file = join(folder.path, 'vars')
  writeFileSync(file, '# keys\nexport A="with space"\nB=2 # two\n\nC=\n')
  assert.deepEqual(await read(['B=3'], [file]), { values: { A: 'with space', B: '3', C: '' }, open: ['B'] })
  writeFileSync(file, 'nothing here\n')
  await assert.rejects(read([], [file]), /no line NAME=VALUE/)
  await assert.rejects(read([], [join(folder.path, 'none')]), /There is no file/)
  execFileSync('mkfifo', [join(folder.path, 'pipe')])
  await assert.rejects(read([], [join(folder.path, 'pipe')]), /is a pipe \(FIFO\), not a file/)
})

test('a name that can be none is refused', async () => {
  for (const name of ['', '1A', 'a-b', 'a b', '\u001b[2J=x'])
    await assert.rejects(read([name]), /--env takes NAME/)
})
