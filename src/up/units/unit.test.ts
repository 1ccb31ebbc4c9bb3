import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { UnitFolders } from './unit.ts'
import { parseUnitName } from './unit-name.ts'

const root = mkdtempSync(join(tmpdir(), 'luca-units-'))
after(() => rmSync(root, { recursive: true }))
let folder = ''
let count = 0
beforeEach(() => {
  folder = join(root, String(count++))
  mkdirSync(folder)
})
const write = (name: string, text: string) => {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const read = (name: string, aliases: string[] = []) =>
  new UnitFolders([folder]).read(parseUnitName(name), aliases)
const users = (name: string, aliases?: string[]) =>
  read(name, aliases)
    .all('Service', 'Environment')
    .map(({ value }) => value)

test('a drop-in of the prefix beats the unit, and one of the template beats that', () => {
  write('mcp-fs@.service', '[Service]\nUser=unit\nUMask=unit\nProtectHome=unit\n')
  write('mcp-.service.d/10-hardening.conf', '[Service]\nUMask=prefix\nProtectHome=prefix\n')
  write('mcp-fs@.service.d/50-grants.conf', '[Service]\nProtectHome=template\n')
  const unit = read('mcp-fs@alice.service')
  assert.equal(unit.last('Service', 'User')?.value, 'unit')
  assert.equal(unit.last('Service', 'UMask')?.value, 'prefix')
  assert.equal(unit.last('Service', 'ProtectHome')?.value, 'template')
})

test('drop-ins hold in the order of their file names; of one name, the most specific holds alone', () => {
  write('mcp-fs@.service', '[Service]\nEnvironment=A=unit\n')
  write('mcp-.service.d/90-late.conf', '[Service]\nEnvironment=B=late\n')
  write('mcp-.service.d/50-same.conf', '[Service]\nEnvironment=C=prefix\n')
  write('mcp-fs@.service.d/50-same.conf', '[Service]\nEnvironment=C=template\n')
  write('mcp-fs@.service.d/README', 'not a drop-in')
  assert.deepEqual(users('mcp-fs@alice.service'), ['A=unit', 'C=template', 'B=late'])
})

test('drop-ins of an instance are for it and for those that count as it', () => {
  write('mcp-fs@.service', '[Service]\n')
  write('mcp-fs@owner.service.d/10.conf', '[Service]\nEnvironment=OWNER=%i\n')
  assert.deepEqual(users('mcp-fs@owner.service'), ['OWNER=owner'])
  assert.deepEqual(users('mcp-fs@alice.service'), [])
  assert.deepEqual(users('mcp-fs@alice.service', ['owner']), ['OWNER=alice'])
})

test('an empty assignment takes back those before it', () => {
  write('x.service', '[Service]\nEnvironment=A=1\nEnvironment=\nEnvironment=B=2\nUser=a\nUser=\n')
  assert.deepEqual(users('x.service'), ['B=2'])
  assert.equal(read('x.service').last('Service', 'User'), undefined)
})

test('of two folders, the first one counts for a file, and both count for what there is', () => {
  write('a/x.service', '[Service]\nEnvironment=A=first\n')
  write('b/x.service', '[Service]\nEnvironment=A=second\n')
  write('b/y.service', '[Service]\n')
  const folders = new UnitFolders([join(folder, 'a'), join(folder, 'b')])
  assert.equal(folders.read(parseUnitName('x.service')).last('Service', 'Environment')?.value, 'A=first')
  assert.deepEqual(folders.list(/\.service$/), ['x.service', 'y.service'])
})

test('a directive that is not known, or a value that can not be honoured, is refused by file and line', () => {
  write('x.service', '[Service]\nCPUQuota=5%%\n')
  assert.throws(() => read('x.service'), /x\.service:2: .*CPUQuota= in \[Service\]/)
  write('y.service', '[Service]\nType=forking\n')
  assert.throws(() => read('y.service'), /y\.service:2: .*Type= only as notify or exec or simple/)
  write('z.service', '[Service]\nconstructor=1\n')
  assert.throws(() => read('z.service'), /constructor=/)
})

test('a unit without a file is refused, and says where it was looked for', () => {
  assert.throws(() => read('mcp-fs@alice.service'), new RegExp(`no unit file mcp-fs@\\.service in ${folder}`))
})
