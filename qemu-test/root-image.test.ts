/** The image as it is built. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../scripts/servers.ts'

test('the image for virtual machines is small', () => {
  const [iso = ''] = globSync(join(ROOT, 'out/llmbasedos-*-cloud.iso'))
  const { size } = statSync(iso)
  assert.ok(size <= 350e6, `${size} bytes`)
})

test('a second build of the same inputs, in another place, gives the same root image', () => {
  const other = mkdtempSync(join(tmpdir(), 'build-'))
  try {
    const env = { ...process.env, OUT: other, TMPDIR: other }
    execFileSync(join(ROOT, 'iso/build.sh'), ['debian', 'cloud'], { env, stdio: 'pipe' })
    const digest = (folder: string) =>
      readFileSync(globSync(join(folder, 'llmbasedos-*-cloud.root.sha256'))[0] ?? '', 'utf8')
    assert.equal(digest(other), digest(join(ROOT, 'out')))
  } finally {
    rmSync(other, { recursive: true, force: true })
  }
})
