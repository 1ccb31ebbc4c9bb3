/** The image as it is built. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../scripts/servers.ts'
import { BASE, builtFile } from './image.ts'

if (BASE === 'debian')
  test('the image for virtual machines is small', () => {
    const { size } = statSync(builtFile('iso'))
    assert.ok(size <= 350e6, `${size} bytes`)
  })

test('a second build of the same inputs, in another place, gives the same root image', () => {
  const other = mkdtempSync(join(tmpdir(), 'build-'))
  try {
    const env = { ...process.env, OUT: other, TMPDIR: other }
    execFileSync(join(ROOT, 'iso/build.sh'), [BASE, 'cloud'], { env, stdio: 'pipe' })
    const digest = (folder?: string) => readFileSync(builtFile('root.sha256', { folder }), 'utf8')
    assert.equal(digest(other), digest())
  } finally {
    rmSync(other, { recursive: true, force: true })
  }
})
