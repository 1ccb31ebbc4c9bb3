/** A file that is written, or moved to another file system, keeps what it is. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { type TestContext, test } from 'node:test'
import { mountSmall } from '../../../host/testing/mount.ts'
import { type Served, serve } from '../testing/served.ts'

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' })
/** Lists of access and attributes, as the system's own tools tell them. */
const acl = (path: string) => run('getfacl', '--omit-header', '--absolute-names', path)
const attributes = (path: string) =>
  run('getfattr', '--dump', '--match=-', '--absolute-names', path).replace(/^# file: .*\n/, '')

/** Whether this machine's tools and its folder for temporary files can do what the tests need. */
function canKeep(t: TestContext, served: Served): boolean {
  const path = served.put('probe')
  const works = [
    ['setfacl', '-m', 'u:1:rw', path],
    ['setfattr', '-n', 'user.probe', '-v', '1', path],
  ].every(([command = '', ...args]) => spawnSync(command, args).status === 0)
  if (!works) t.diagnostic('no lists of access or attributes here')
  return works
}

const WAYS: [string, (served: Served, path: string) => Promise<unknown>][] = [
  ['written', (served, path) => served.call('write_file', { path, content: 'new' })],
  [
    'edited',
    (served, path) => served.call('edit_file', { path, edits: [{ oldText: 'old', newText: 'new' }] }),
  ],
]

for (const [how, write] of WAYS)
  test(`a file that is ${how} keeps its list of access, its attributes, its mode and its flags`, async (t) => {
    using served = serve({ 'a.txt': 'old' })
    if (!canKeep(t, served)) return
    const path = served.real('a.txt')
    chmodSync(path, 0o640)
    run('setfacl', '-m', 'u:1:rw,g:2:r', path)
    run('setfattr', '-n', 'user.note', '-v', 'kept', path)
    const hasFlags = spawnSync('chattr', ['+d', path]).status === 0
    const before = [acl(path), attributes(path), statSync(path).mode]
    await write(served, '/a.txt')
    assert.equal(readFileSync(path, 'utf8'), 'new')
    assert.deepEqual([acl(path), attributes(path), statSync(path).mode], before)
    assert.match(acl(path), /^user:(daemon|1):rw-$/m)
    assert.match(acl(path), /^group::r--$/m)
    if (hasFlags) assert.match(run('lsattr', path).split(' ')[0] ?? '', /d/)
  })

test('a file without a list of access gets none from its folder, and a new one gets the one that the folder gives', async (t) => {
  using served = serve({ 'shared/old.txt': 'old' })
  if (!canKeep(t, served)) return
  chmodSync(served.real('shared/old.txt'), 0o600)
  run('setfacl', '-d', '-m', 'u:1:rwx', served.real('shared'))
  await served.call('write_file', { path: '/shared/old.txt', content: 'new' })
  assert.doesNotMatch(acl(served.real('shared/old.txt')), /^user:(daemon|1):/m)
  assert.equal(statSync(served.real('shared/old.txt')).mode & 0o777, 0o600)
  await served.call('write_file', { path: '/shared/new.txt', content: 'new' })
  assert.match(acl(served.real('shared/new.txt')), /^user:(daemon|1):rwx\s+#effective:rw-$/m)
})

test('owner and group are kept, and a link that is written through stays one', async (t) => {
  using served = serve({ 'a.txt': 'old' })
  if (process.getuid?.() !== 0) return t.diagnostic('only root may give a file to others')
  chownSync(served.real('a.txt'), 1, 2)
  symlinkSync('a.txt', served.real('link'))
  symlinkSync('made.txt', served.real('to-nothing'))
  await served.call('write_file', { path: '/link', content: 'new' })
  const { uid, gid } = statSync(served.real('a.txt'))
  assert.deepEqual([uid, gid, readFileSync(served.real('a.txt'), 'utf8')], [1, 2, 'new'])
  await served.call('write_file', { path: '/to-nothing', content: 'made' })
  assert.equal(readFileSync(served.real('made.txt'), 'utf8'), 'made')
})

test('a file that may not be changed, or only added to, is not replaced', async (t) => {
  using served = serve({ 'a.txt': 'old' })
  for (const flag of ['i', 'a']) {
    if (spawnSync('chattr', [`+${flag}`, served.real('a.txt')]).status !== 0)
      return t.diagnostic('no such flags here')
    try {
      await assert.rejects(served.call('write_file', { path: '/a.txt', content: 'new' }), /does not permit/)
      assert.equal(readFileSync(served.real('a.txt'), 'utf8'), 'old')
      assert.deepEqual(readdirSync(served.root), ['a.txt'])
    } finally {
      run('chattr', `-${flag}`, served.real('a.txt'))
    }
  }
})

test('that a file had other names, which keep the old content, is reported', async () => {
  using served = serve({ 'a.txt': 'old' })
  linkSync(served.real('a.txt'), served.real('b.txt'))
  const reply = await served.call('write_file', { path: '/a.txt', content: 'new' })
  assert.match(JSON.stringify(reply.content), /had 1 other name \(hard link\), which keeps the old content/)
  assert.equal(readFileSync(served.real('b.txt'), 'utf8'), 'old')
})

test('moved to another file system, files and folders keep all that belongs to them, holes too', async (t) => {
  using served = serve({ 'tree/a.txt': 'a' })
  using other = serve({}, [], '/dev/shm')
  if (!canKeep(t, served) || !canKeep(t, other) || statSync(served.root).dev === statSync(other.root).dev)
    return
  mkdirSync(served.real('disk'))
  if (spawnSync('mount', ['--bind', other.root, served.real('disk')]).status !== 0)
    return t.diagnostic('this user may not mount')
  try {
    const tree = served.real('tree')
    run('setfacl', '-m', 'u:1:rw', `${tree}/a.txt`)
    run('setfattr', '-n', 'user.note', '-v', 'kept', `${tree}/a.txt`)
    run('setfacl', '-d', '-m', 'u:1:rwx', tree)
    chmodSync(tree, 0o2750)
    const fd = openSync(`${tree}/sparse`, 'w')
    writeSync(fd, 'start', 0)
    writeSync(fd, 'end', 20_000_000)
    closeSync(fd)
    const before = ['', '/a.txt'].map((path) => [
      acl(tree + path),
      attributes(tree + path),
      statSync(tree + path).mode,
    ])
    await served.call('move_file', { source: '/tree', destination: '/disk/tree' })
    const moved = other.real('tree')
    assert.deepEqual(
      ['', '/a.txt'].map((path) => [
        acl(moved + path),
        attributes(moved + path),
        statSync(moved + path).mode,
      ]),
      before,
    )
    const { size, blocks } = statSync(`${moved}/sparse`)
    assert.equal(size, 20_000_003)
    assert.ok(blocks * 512 < 1_000_000, `${blocks} blocks`)
    assert.equal(readFileSync(`${moved}/sparse`).toString('latin1', 20_000_000), 'end')
    assert.ok(!existsSync(tree))
  } finally {
    spawnSync('umount', ['-l', served.real('disk')])
  }
})

test('what the other file system can not keep is named, and nothing is moved', async (t) => {
  using served = serve({ 'a.txt': 'a' })
  if (!canKeep(t, served)) return
  run('setfattr', '-n', 'user.note', '-v', 'kept', served.real('a.txt'))
  mkdirSync(served.real('disk'))
  // It has modes and owners, but no attributes of users.
  using mount = mountSmall(served.real('disk'), 'ramfs')
  if (!mount) return t.diagnostic('this user may not mount')
  await assert.rejects(
    served.call('move_file', { source: '/a.txt', destination: '/disk/a.txt' }),
    /"\/a.txt" has an attribute that can't be kept \(user.note: [A-Z]+\), and would lose it; nothing was changed/,
  )
  assert.deepEqual([readdirSync(served.real('disk')), readFileSync(served.real('a.txt'), 'utf8')], [[], 'a'])
})
