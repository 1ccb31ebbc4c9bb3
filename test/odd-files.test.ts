/** Files of the appliance that are no files: nothing waits for a writer, and each is told of by its name. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from './support/appliance.ts'

/** What `luca up` says on a state folder in which these paths are pipes, until it ends or is ready. */
async function startWith(...pipes: string[]): Promise<{ said: string; ready: boolean }> {
  const base = mkdtempSync(join(tmpdir(), 'odd-'))
  const [state, files] = [join(base, 'state'), join(base, 'files')]
  for (const folder of [state, files]) mkdirSync(folder, { mode: 0o700 })
  for (const pipe of pipes) {
    mkdirSync(dirname(join(state, pipe)), { recursive: true, mode: 0o700 })
    execFileSync('mkfifo', [join(state, pipe)])
  }
  const up = spawn(join(ROOT, 'bin/luca'), ['up', '--port', '0', '--state', state, '--files', files], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  try {
    const ready = await new Promise<boolean>((resolve) => {
      const hear = (part: Buffer) => {
        said += part
        if (/http:\/\/127\.0\.0\.1:\d+\/mcp/.test(said)) resolve(true)
      }
      up.stdout.on('data', hear)
      up.stderr.on('data', hear)
      up.once('close', () => resolve(false))
    })
    return { said, ready }
  } finally {
    const ended = new Promise((resolve) => (up.exitCode === null ? up.once('close', resolve) : resolve(0)))
    up.kill('SIGTERM')
    await ended
    rmSync(base, { recursive: true, force: true })
  }
}

for (const pipe of ['etc/gateway.yaml', 'etc/models.yaml', 'luca-up.pid'])
  test(`a pipe as ${pipe} ends the start at once, by its name`, async () => {
    const { said, ready } = await startWith(pipe)
    assert.equal(ready, false)
    assert.ok(said.includes(pipe.split('/').at(-1) as string), said)
  })

test('a pipe among descriptors, secrets and licences is told, and all else starts', async () => {
  const { said, ready } = await startWith('lib/caps/odd.cap.json', 'etc/licence.key', 'etc/tiers.yaml')
  assert.equal(ready, true, said)
})
