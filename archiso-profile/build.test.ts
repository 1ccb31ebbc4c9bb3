/** The image on the base of Arch: by mkarchiso where there is one. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT } from '../scripts/servers.ts'

const onPath = (name: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

test('without mkarchiso the error says what to do', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'arch-'))
  t.after(() => rmSync(folder, { recursive: true }))
  symlinkSync('/bin/bash', join(folder, 'bash'))
  const { status, stderr } = spawnSync('/bin/bash', [join(ROOT, 'iso/can-build.sh'), 'arch'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: folder, LLAMA: 'cuda', ARCHIVE: '2026-03-25' },
  })
  assert.equal(status, 1)
  assert.match(
    stderr,
    /no mkarchiso on PATH[\s\S]*pacman -S archiso\n[\s\S]*podman run [\s\S]*make iso BASE=arch LLAMA=cuda ARCHIVE=2026-03-25"\n[\s\S]*BASE=debian/,
  )
})

test('what an image cannot be made for is reported before anything is fetched', () => {
  const { status, stdout, stderr } = spawnSync(
    'make',
    ['--no-print-directory', 'iso', 'BASE=debian', 'LLAMA=cuda'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  )
  assert.notEqual(status, 0)
  assert.match(stderr, /does not compile for its kernel; LLAMA=vulkan/)
  assert.equal(stdout, '')
})

const textOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')

/** Runs it with programs that do nothing in the place of Arch's; gives the configuration that pacman would have. */
function withStubs(t: TestContext, env: Record<string, string>, stubs = ['mkarchiso', 'pacman']) {
  const folder = mkdtempSync(join(tmpdir(), 'arch-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const work = join(folder, 'work')
  mkdirSync(work)
  for (const name of stubs) writeFileSync(join(folder, name), '#!/bin/bash\nexit 1\n', { mode: 0o755 })
  const both = 'iso/can-build.sh arch && exec iso/arch.sh'
  const { stderr } = spawnSync('/bin/bash', ['-c', both], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      PATH: `${folder}${delimiter}${process.env.PATH}`,
      'BASH_FUNC_step%%': '() { :; }',
      WORK: work,
      VERSION: '1',
      SOURCE_DATE_EPOCH: '0',
      ...env,
    },
  })
  const path = join(work, 'profile/pacman.conf')
  const packages = join(work, 'profile/packages.x86_64')
  return { stderr, conf: textOf(path), packages: textOf(packages).split('\n') }
}

test('packages come as they were on a day that is named, and else from the mirrors', (t) => {
  const { conf, stderr } = withStubs(t, { ARCHIVE: '2026-03-25' })
  assert.match(stderr, /mkarchiso failed/)
  const servers = [...conf.matchAll(/^Server = (.*)$/gm)].map(([, url]) => url)
  assert.equal(servers.length, 2)
  for (const url of servers) assert.match(url ?? '', /^https:\/\/\S+\/2026\/03\/25\/\$repo\/os\/\$arch$/)
  assert.doesNotMatch(conf, /mirrorlist/)
  assert.match(withStubs(t, {}).conf, /^Include = \/etc\/pacman.d\/mirrorlist$/m)
})

for (const [llama, driver] of [
  ['vulkan', 'vulkan-radeon'],
  ['cuda', 'nvidia-open'],
] as const)
  test(`an image with LLAMA=${llama} asks for its driver, and for nothing twice`, (t) => {
    const { packages } = withStubs(t, { LLAMA: llama, ARCHIVE: '2026-03-25' })
    const names = packages.filter((name) => /^[a-z]/.test(name))
    assert.ok(names.includes(driver))
    assert.equal(new Set(names).size, names.length)
  })

test('an image with OCR asks for what reads scans, with its languages', (t) => {
  const asks = (OCR: string) =>
    withStubs(t, { OCR, ARCHIVE: '2026-03-25' }).packages.filter((name) =>
      /^(?:tesseract|poppler)/.test(name),
    )
  const always = ['tesseract', 'tesseract-data-osd', 'poppler']
  assert.deepEqual(asks(''), [])
  assert.deepEqual(asks('1'), [...always, 'tesseract-data-eng'])
  assert.deepEqual(asks('deu,chi_sim'), [
    ...always,
    'tesseract-data-chi_sim',
    'tesseract-data-deu',
    'tesseract-data-eng',
  ])
  const debian = (OCR: string) =>
    spawnSync(join(ROOT, 'iso/ocr.sh'), ['debian'], { encoding: 'utf8', env: { ...process.env, OCR } })
  assert.equal(debian('deu,chi_sim').stdout, 'tesseract-ocr-chi-sim\ntesseract-ocr-deu\ntesseract-ocr-eng\n')
  for (const odd of ['true', 'deu;fra', 'deu,', '../x']) assert.equal(debian(odd).status, 2, odd)
})

test('what does not say where packages come from is refused', (t) => {
  assert.match(
    withStubs(t, { ARCHIVE: 'yesterday' }).stderr,
    /"yesterday"; it must be a day, such as 2026-03-25/,
  )
  assert.match(withStubs(t, { ARCHIVE: '2026-03-25', PACMAN_REPO: 'x' }).stderr, /ARCHIVE or PACMAN_REPO/)
  assert.match(
    withStubs(t, { PACMAN_REPO: '/nowhere' }).stderr,
    /no repository .* in \/nowhere; "make arch-repo"/,
  )
})

if (!onPath('pacman'))
  test('without pacman the error says where there is one', (t) => {
    const { stderr } = withStubs(t, {}, ['mkarchiso'])
    assert.match(stderr, /no pacman[\s\S]*podman run[\s\S]*make arch-repo && PACMAN_REPO=out\/arch-repo/)
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
