/** Files of the appliance that are no files: nothing waits for a writer, and each is reported by its name. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from './support/appliance.ts'

const KINDS = {
  'a pipe': (path: string) => execFileSync('mkfifo', [path]),
  'a folder': (path: string) => mkdirSync(path),
  'a device': (path: string) => symlinkSync('/dev/zero', path),
}

/** What `luca up` says on a state folder in which these paths are no files, until it ends or is ready. */
async function startWith(
  odd: readonly string[],
  make: (path: string) => unknown = KINDS['a pipe'],
): Promise<{ said: string; ready: boolean }> {
  const base = mkdtempSync(join(tmpdir(), 'odd-'))
  try {
    const state = join(base, 'state')
    for (const path of odd) {
      mkdirSync(dirname(join(state, path)), { recursive: true, mode: 0o700 })
      make(join(state, path))
    }
    return await start(base)
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

/** What `luca up` says in a folder, until it ends or is ready; it is ended then. */
async function start(base: string): Promise<{ said: string; ready: boolean }> {
  const [state, files] = [join(base, 'state'), join(base, 'files')]
  for (const folder of [state, files]) mkdirSync(folder, { recursive: true, mode: 0o700 })
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
  }
}

for (const path of [
  ...['etc/gateway.yaml', 'etc/models.yaml', 'etc/tiers.yaml', 'luca-up.pid', 'log/appliance.log'],
  ...['lib/gateway/gateway.db', 'lib/gateway/gateway.db-wal', 'lib/gateway/ended-tokens'],
])
  for (const [kind, make] of Object.entries(KINDS)) {
    // Who wants no log leads it to /dev/null.
    if (path.startsWith('log/') && kind === 'a device') continue
    test(`${kind} as ${path} ends the start at once, with a sentence that says so`, async () => {
      const { said, ready } = await startWith([path], make)
      assert.equal(ready, false)
      assert.ok(said.includes(`${path} is ${kind}`), said)
      assert.doesNotMatch(said, /\n\s+at |unexpected/)
    })
  }

test('pipes in the caches of programs keep nothing from starting', async () => {
  const base = mkdtempSync(join(tmpdir(), 'odd-'))
  try {
    assert.equal((await start(base)).ready, true)
    const cached = readdirSync(join(base, 'state/cache'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
    assert.notEqual(cached.length, 0)
    for (const path of cached) {
      rmSync(path)
      execFileSync('mkfifo', [path])
    }
    const { ready, said } = await start(base)
    assert.equal(ready, true, said)
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
})

test('a pipe among descriptors, secrets and licences is reported, and all else starts', async () => {
  const { said, ready } = await startWith(['lib/caps/odd.cap.json', 'etc/licence.key'])
  assert.equal(ready, true, said)
})
