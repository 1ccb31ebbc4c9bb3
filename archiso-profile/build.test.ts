/** The image on the base of Arch: by mkarchiso where there is one. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../scripts/servers.ts'

const onPath = (name: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

test('without mkarchiso one is told what to do', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'arch-'))
  t.after(() => rmSync(folder, { recursive: true }))
  symlinkSync('/bin/bash', join(folder, 'bash'))
  const { status, stderr } = spawnSync('/bin/bash', [join(ROOT, 'iso/arch.sh')], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: folder, WORK: folder },
  })
  assert.equal(status, 1)
  assert.match(stderr, /no mkarchiso on PATH; install archiso, or build with BASE=debian/)
})

test('there is no base but Debian and Arch', () => {
  const { status, stderr } = spawnSync(join(ROOT, 'iso/build.sh'), ['gentoo'], { encoding: 'utf8' })
  assert.equal(status, 2)
  assert.match(stderr, /no base "gentoo"; there are debian and arch/)
})

if (onPath('mkarchiso') && (onPath('pacman') || process.env.PACMAN_REPO !== undefined))
  test('mkarchiso builds the profile, and the same root image again', () => {
    const build = () => {
      const { status, stderr } = spawnSync(join(ROOT, 'iso/build.sh'), ['arch'], {
        cwd: ROOT,
        encoding: 'utf8',
      })
      assert.equal(status, 0, stderr)
      const [, image = ''] = /done: (out\/.*-arch)\.iso, \d+ MB/.exec(stderr) ?? []
      return readFileSync(join(ROOT, `${image}.root.sha256`), 'utf8')
    }
    assert.equal(build(), build())
  })
