/** The bill of materials of the image that is booted here, without booting it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { ROOT } from '../scripts/servers.ts'
import { BASE, builtFile } from './image.ts'

const beside = readFileSync(builtFile('cdx.json'), 'utf8')
/** What each base calls its system, its loader and its kernel, and where its disc has the root. */
const { packages, kernel, rootOnDisc } =
  BASE === 'arch'
    ? {
        packages: ['base', 'openssh', 'syslinux'],
        kernel: /^linux$/,
        rootOnDisc: '/llmbdo/x86_64/airootfs.erofs',
      }
    : {
        packages: ['systemd', 'openssh-server', 'busybox-static', 'grub-common'],
        kernel: /^linux-image-\d/,
        rootOnDisc: '/llmbasedos/root.erofs',
      }

test('it obeys the schema and names kernel, system, loader and our own', async () => {
  assert.equal(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(beside), null)
  const names: string[] = JSON.parse(beside).components.map(({ name }: { name: string }) => name)
  for (const name of [...packages, 'koffi', '/usr/lib/llmbasedos/gateway.mjs'])
    assert.ok(names.includes(name), name)
  assert.ok(names.some((name) => kernel.test(name)))
})

test('it is the one in the image', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bill-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const run = (...command: string[]) =>
    execFileSync(join(ROOT, 'iso/in-tools.sh'), command, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  const root = join(folder, 'root.erofs')
  run('xorriso', '-osirrox', 'on', '-indev', builtFile('iso'), '-extract', rootOnDisc, root)
  assert.equal(run('dump.erofs', '--cat', '--path=/usr/share/llmbasedos/sbom.cdx.json', root), beside)
})
