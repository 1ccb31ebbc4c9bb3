import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../scripts/servers.ts'

test('the time of a commit is known in the folder of another user, as in a container it is', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'commit-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      // git has this for its own tests.
      env: { ...process.env, GIT_COMMITTER_DATE: '@1700000000 +0000', GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' },
    }).trim()
  const time = () => run(join(ROOT, 'iso/commit-time.sh'))
  assert.equal(time(), '0')
  const anyway = ['-c', 'safe.directory=*', '-c', 'user.name=a', '-c', 'user.email=a@example.org']
  run('git', 'init', '--quiet')
  run('git', ...anyway, 'commit', '--quiet', '--allow-empty', '--message=one')
  assert.equal(time(), '1700000000')
})
