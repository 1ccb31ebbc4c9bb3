import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { findInstallation, instanceName, isWithin, mapPathList, pathMap } from './places.ts'

const installation = { kind: 'project', units: '/u', programs: '/p', command: '/c' } as const
const map = pathMap({ ...installation, state: '/s', files: '/f', instance: 'alice' })

test('finds the project from its sources and its programs, and the image from its programs', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'layout-'))
  t.after(() => rmSync(root, { recursive: true }))
  const make = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), '')
    return join(root, path)
  }
  make('project/systemd/llmbasedos-gateway.service')
  make('image/usr/lib/systemd/system/llmbasedos-gateway.service')
  const found = (from: string) => findInstallation(dirname(make(from)))
  for (const from of ['project/src/shell/up/places.ts', 'project/dist/luca.mjs'])
    assert.deepEqual(found(from), {
      kind: 'project',
      units: join(root, 'project/systemd'),
      programs: join(root, 'project/dist'),
      command: join(root, 'project/bin/luca'),
    })
  assert.deepEqual(found('image/usr/lib/llmbasedos/luca.mjs'), {
    kind: 'image',
    units: join(root, 'image/usr/lib/systemd/system'),
    programs: join(root, 'image/usr/lib/llmbasedos'),
    command: join(root, 'image/usr/bin/luca'),
  })
  assert.throws(() => found('elsewhere/luca.mjs'), /install the whole project/)
})

test("maps the image's paths, whole components only", () => {
  for (const [from, to] of [
    ['/run/mcp/gateway.sock', '/s/run/mcp/gateway.sock'],
    ['/var/lib/llmbasedos/gateway', '/s/lib/gateway'],
    ['/var/cache/llmbasedos', '/s/cache'],
    ['/etc/llmbasedos/gateway.yaml', '/s/etc/gateway.yaml'],
    ['/usr/lib/llmbasedos/fs.cjs', '/p/fs.cjs'],
    ['/usr/bin/node', process.execPath],
    ['/home/alice', '/f'],
    ['/home/alice/docs', '/f/docs'],
    ['/home/alicent', '/home/alicent'],
    ['/runway', '/runway'],
    ['60', '60'],
  ])
    assert.equal(map(from as string), to)
})

test('maps each path of a list, and leaves other values alone', () => {
  assert.equal(mapPathList(map, '/usr/lib/llmbasedos/caps:/var/lib/llmbasedos/caps'), '/p/caps:/s/lib/caps')
  assert.equal(mapPathList(map, 'http://127.0.0.1:8000/run'), 'http://127.0.0.1:8000/run')
})

test('makes an instance name of any user name', () => {
  assert.equal(instanceName('alice'), 'alice')
  assert.equal(instanceName('Alice Ö@corp'), 'alice___corp')
  assert.equal(instanceName('9lives'), '_9lives')
  assert.match(instanceName('../../etc'), /^[a-z_][a-z0-9_-]{0,30}$/)
  assert.equal(instanceName('x'.repeat(80)).length, 31)
})

test('knows what lies within a folder, the root included', () => {
  assert.ok(isWithin('/a/b', '/a') && isWithin('/a', '/a') && isWithin('/a', '/'))
  assert.ok(!isWithin('/ab', '/a'))
})
