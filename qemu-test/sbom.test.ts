/** The bill of materials of the image that is booted here, without booting it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { ROOT } from '../scripts/servers.ts'

const [iso = ''] = globSync(join(ROOT, 'out/llmbasedos-*-cloud.iso'))
const beside = readFileSync(iso.replace(/\.iso$/, '.cdx.json'), 'utf8')

test('it obeys the schema and names kernel, system, loader and our own', async () => {
  assert.equal(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(beside), null)
  const names: string[] = JSON.parse(beside).components.map(({ name }: { name: string }) => name)
  for (const name of [
    'systemd',
    'openssh-server',
    'busybox-static',
    'grub-common',
    'koffi',
    '/usr/lib/llmbasedos/gateway.mjs',
  ])
    assert.ok(names.includes(name), name)
  assert.ok(names.some((name) => /^linux-image-\d/.test(name)))
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
  run('xorriso', '-osirrox', 'on', '-indev', iso, '-extract', '/llmbasedos/root.erofs', root)
  assert.equal(run('dump.erofs', '--cat', '--path=/usr/share/llmbasedos/sbom.cdx.json', root), beside)
})
