import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { splitPaths } from '../host/path-list.ts'
import {
  commandMap,
  configurationFolder,
  findInstallation,
  hiddenFolders,
  instanceName,
  isWithin,
  mapPathList,
  modelsFolder,
  openPlaces,
  ownFiles,
  pathMap,
} from './installation.ts'

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
  for (const from of ['project/src/command/installation.ts', 'project/dist/luca.mjs'])
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

test('a program in a home is run where it is: the home of the image has none', () => {
  const words = ['/usr/bin/node', '/home/alice/llmbasedos/main.ts', '/usr/lib/llmbasedos/fs.cjs']
  assert.deepEqual(words.map(commandMap({ ...installation, state: '/s', files: '/f', instance: 'alice' })), [
    process.execPath,
    '/home/alice/llmbasedos/main.ts',
    '/p/fs.cjs',
  ])
})

test('maps each path of a list, and leaves other values alone', () => {
  assert.equal(mapPathList(map, '/usr/lib/llmbasedos/caps:/var/lib/llmbasedos/caps'), '/p/caps:/s/lib/caps')
  assert.equal(mapPathList(map, 'http://127.0.0.1:8000/run'), 'http://127.0.0.1:8000/run')
})

test('a colon in a path here is none between two paths', () => {
  const here = pathMap({ ...installation, state: '/s:t', files: '/f:g', instance: 'alice' })
  assert.equal(mapPathList(here, '/home/alice'), '/f:g')
  const list = mapPathList(here, '/usr/lib/llmbasedos/caps:/var/lib/llmbasedos/caps')
  assert.deepEqual(splitPaths(list), ['/p/caps', '/s:t/lib/caps'])
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

function inFolder(body: (folder: string) => void): void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'places-')))
  try {
    body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('where no folder is named, one of its own is made, for its owner alone, and taken again', () =>
  inFolder((home) => {
    const folder = join(home, 'llmbasedos-files')
    assert.deepEqual(ownFiles(home), { folder, made: true })
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.deepEqual(ownFiles(home), { folder, made: false })
  }))

test('a folder that cannot be made is reported with its reason, and how to name another', () =>
  inFolder((home) => {
    writeFileSync(join(home, 'llmbasedos-files'), '')
    assert.throws(() => ownFiles(home), /llmbasedos-files can't be made \(EEXIST.*--files/s)
  }))

test("the program's folder, and what is in it, is never served, by a link neither", () =>
  inFolder((folder) => {
    const installation = findInstallation()
    const program = join(installation.units, '..')
    symlinkSync(program, join(folder, 'link'))
    for (const files of [program, installation.units, join(program, 'src/command'), join(folder, 'link')])
      assert.throws(
        () => openPlaces(installation, join(folder, 'state'), files),
        /belongs to the program in .*--files/,
      )
  }))

test('the state folder, where tokens are, is not served either', () =>
  inFolder((folder) => {
    const state = join(folder, 'state')
    mkdirSync(join(state, 'lib'), { recursive: true })
    for (const files of [state, join(state, 'lib')])
      assert.throws(
        () => openPlaces(findInstallation(), state, files),
        /belongs to the state folder.*--files/,
      )
  }))

test('a state folder that cannot be made is reported with its reason, and how to name another', () =>
  inFolder((folder) => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    for (const state of [file, join(file, 'state')])
      assert.throws(
        () => openPlaces(findInstallation(), state, folder),
        /file.* can't be made \((EEXIST|ENOTDIR).*--state names another/,
      )
  }))

test('nothing is made for a folder of files that does not exist', () =>
  inFolder((folder) => {
    const state = join(folder, 'state')
    assert.throws(() => openPlaces(findInstallation(), state, join(folder, 'none')), /is not a folder/)
    assert.equal(existsSync(state), false)
  }))

test('programs and state that lie among the files are hidden', () =>
  inFolder((home) => {
    const units = join(home, 'program/systemd')
    mkdirSync(units, { recursive: true })
    const programs = join(home, 'program/dist')
    mkdirSync(programs)
    const installation = { kind: 'project', units, programs, command: '' } as const
    const state = join(home, 'state')
    assert.deepEqual(hiddenFolders(openPlaces(installation, state, home)), [state, join(home, 'program')])
    const apart = join(home, 'files')
    mkdirSync(apart)
    assert.deepEqual(hiddenFolders(openPlaces(installation, state, apart)), [])
  }))

test('in the image, models and configuration are the image’s, also for who has a folder of state', (t) => {
  const state = mkdtempSync(join(tmpdir(), 'state-'))
  t.after(() => rmSync(state, { recursive: true }))
  mkdirSync(join(state, 'llmbasedos/conversations'), { recursive: true })
  const own = { XDG_STATE_HOME: state }
  const folders = (env: NodeJS.ProcessEnv, kind: 'image' | 'project' | 'installed') => [
    modelsFolder(env, { kind }),
    configurationFolder(env, { kind }),
  ]
  assert.deepEqual(folders(own, 'image'), ['/var/lib/llmbasedos/models', '/etc/llmbasedos'])
  for (const kind of ['project', 'installed'] as const)
    assert.deepEqual(folders(own, kind), [join(state, 'llmbasedos/models'), join(state, 'llmbasedos/etc')])
  // Who starts "luca up" there with a state of its own says so.
  assert.deepEqual(folders({ LLMBDO_STATE: '/s' }, 'image'), ['/s/models', '/s/etc'])
})
