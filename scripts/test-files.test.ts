import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isAlive } from '../src/up/fixtures/appliance.ts'

/** A test that starts something that has its stdout and heeds no SIGTERM, and then does this. */
const leaving = (pidFile: string, then: string) => `
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
test('leaves something', async () => {
  const script = 'trap "" TERM; echo $$ >"$0"; while :; do sleep 1; done'
  spawn('sh', ['-c', script, ${JSON.stringify(pidFile)}], { detached: true, stdio: 'inherit' }).unref()
  while (!existsSync(${JSON.stringify(pidFile)})) await setTimeout(10)
  ${then}
})`

/** A run of its own: a file of tests can't run others. */
const RUN = `
import { runTestFiles } from ${JSON.stringify(join(import.meta.dirname, 'test-files.ts'))}
await runTestFiles(process.argv.slice(2), {
  limitMs: 60_000,
  silenceMs: 3000,
  listen: (stream) => stream.on('test:fail', ({ name }) => console.log('failed', name)),
  say: (text) => console.log(text),
})`

for (const [what, then, said] of [
  ['a file that ended', '', /has said nothing/],
  ['a file that never ends', 'await setTimeout(1e9)', /has said nothing.*failed/s],
] as const)
  test(`what ${what} has left running is ended, and so is the run`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'test-files-'))
    const [file, runner, pidFile] = ['a.test.ts', 'run.ts', 'pid'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    try {
      writeFileSync(file, leaving(pidFile, then))
      writeFileSync(runner, RUN)
      const { NODE_TEST_CONTEXT: _, ...env } = process.env
      const words = ['--disable-warning=ExperimentalWarning', runner, file]
      const { status, stdout, stderr } = spawnSync(process.execPath, words, {
        env,
        encoding: 'utf8',
        timeout: 50_000,
      })
      assert.equal(status, 0, stderr)
      assert.match(stdout, said)
      assert.ok(!isAlive(Number(readFileSync(pidFile, 'utf8'))))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
