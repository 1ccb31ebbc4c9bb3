import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { packagesOf, parseDpkgStatus, parsePacmanEntry, purlOf } from './packages.ts'

const STATUS = `Package: e2fsprogs
Status: install ok installed
Architecture: amd64
Version: 1.47.2-3+b11
Description: ext2/ext3/ext4 file system utilities
 Version: 9 is what this line is not about.

Package: nano
Status: deinstall ok config-files
Architecture: amd64
Version: 8.4-1

Package: openssh-server
Status: install ok installed
Architecture: amd64
Version: 1:10.0p1-7~deb13u1
`

test('packages that dpkg installed are listed, and those that were removed are not', () => {
  assert.deepEqual(
    parseDpkgStatus(STATUS, 'debian-13').map(({ name, version, purl }) => [name, version, purl]),
    [
      ['e2fsprogs', '1.47.2-3+b11', 'pkg:deb/debian/e2fsprogs@1.47.2-3%2Bb11?arch=amd64&distro=debian-13'],
      [
        'openssh-server',
        '1:10.0p1-7~deb13u1',
        'pkg:deb/debian/openssh-server@1:10.0p1-7~deb13u1?arch=amd64&distro=debian-13',
      ],
    ],
  )
})

test('packages that were only unpacked have no status and are listed', () => {
  const [kernel] = parseDpkgStatus(
    'Package: linux-image-6.12\nVersion: 6.12.1-1\nArchitecture: amd64\n\n',
    undefined,
  )
  assert.equal(kernel?.purl, 'pkg:deb/debian/linux-image-6.12@6.12.1-1?arch=amd64')
})

test('an entry of pacman tells name, version and licences', () => {
  const entry =
    '%NAME%\nquota-tools\n\n%VERSION%\n4.10-1\n\n%ARCH%\nx86_64\n\n%LICENSE%\nGPL-2.0-only\nBSD-3-Clause\n\n'
  assert.deepEqual(parsePacmanEntry(entry), {
    name: 'quota-tools',
    version: '4.10-1',
    architecture: 'x86_64',
    licences: ['GPL-2.0-only', 'BSD-3-Clause'],
    purl: 'pkg:alpm/arch/quota-tools@4.10-1?arch=x86_64',
  })
})

test('whatever a version holds, a package URL can be taken apart again', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (version) => {
      const [, found = ''] =
        /@([^?@]*)\?arch=amd64$/.exec(purlOf('deb/debian', 'x', version, { arch: 'amd64' })) ?? []
      assert.equal(decodeURIComponent(found), version)
    }),
  )
})

test('no text makes the parsers fail', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('Package: a', '\n', 'Status:', ' installed', '%NAME%', ':', 'x') }),
      (text) => {
        assert.ok(Array.isArray(parseDpkgStatus(text, undefined)))
        assert.equal(typeof parsePacmanEntry(text).name, 'string')
      },
    ),
  )
})

test('a folder that is no system is reported', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'))
  t.after(() => rmSync(folder, { recursive: true }))
  assert.throws(() => packagesOf(folder), /no database of packages/)
})
