import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { mountSmall } from '../../../host/testing/mount.ts'
import { fakeCall, serve } from '../testing/served.ts'
import { ConfinedFiles } from './confined-files.ts'
import { move } from './move.ts'
import { Root } from './root.ts'
import { Temporaries } from './temporaries.ts'
import { walk } from './walk.ts'

test('files and folders are moved and renamed', async () => {
  using served = serve({ 'a/file.txt': 'x' })
  const text = await served.text('move_file', { source: 'a/file.txt', destination: '/renamed.txt' })
  assert.equal(text, 'Successfully moved a/file.txt to /renamed.txt')
  served.put('a/sub/deep.txt', 'y')
  await served.call('move_file', { source: 'a', destination: 'c' })
  assert.equal(readFileSync(served.real('renamed.txt'), 'utf8'), 'x')
  assert.equal(readFileSync(served.real('c/sub/deep.txt'), 'utf8'), 'y')
  assert.ok(!existsSync(served.real('a')))
})

test('what is moved under the name that it is shown by keeps its own name, there and back', async () => {
  using served = serve({ 'there/x': '' })
  for (const own of ['line\nbreak', '\x1b[2J', 'caf\xe9'].map((name) => Buffer.from(name, 'latin1'))) {
    const inRoot = (folder: string) => Buffer.concat([Buffer.from(`${served.root}/${folder}`), own])
    writeFileSync(inRoot(''), 'file')
    const shown = (await served.text('list_directory', { path: '/' })).match(/\[FILE\] (.*)/)?.[1] ?? ''
    await served.call('move_file', { source: shown, destination: `/there/${shown}` })
    assert.deepEqual([existsSync(inRoot('')), existsSync(inRoot('there/'))], [false, true], shown)
    await served.call('move_file', { source: `/there/${shown}`, destination: shown })
    assert.equal(readFileSync(inRoot(''), 'utf8'), 'file')
    assert.deepEqual(readdirSync(served.real('there')), ['x'])

    // A folder too, and another name is taken as it stands.
    await served.call('delete_file', { path: shown })
    mkdirSync(inRoot(''))
    await served.call('move_file', { source: shown, destination: `/there/${shown}` })
    assert.ok(statSync(inRoot('there/')).isDirectory())
    await served.call('move_file', { source: `/there/${shown}`, destination: '/plain' })
    await served.call('delete_file', { path: '/plain' })
  }
})

test('what is shown alike is not overwritten when a name is kept', async () => {
  using served = serve({ 'there/a\\x0ab': 'literal' })
  writeFileSync(served.real('a\nb'), 'broken')
  await assert.rejects(
    served.text('move_file', { source: 'a\\x0ab', destination: '/there/a\\x0ab' }),
    /exists already/,
  )
  assert.equal(readFileSync(served.real('there/a\\x0ab'), 'utf8'), 'literal')
})

test('moving never overwrites a file, a folder, an empty folder or a dangling link', async () => {
  using served = serve({ 'a.txt': 'a', 'b.txt': 'b', 'folder/x': '', 'mine/y': '' })
  mkdirSync(served.real('empty'))
  symlinkSync('nowhere', served.real('link'))
  for (const source of ['a.txt', 'mine'])
    for (const destination of ['b.txt', 'folder', 'empty', 'link', source])
      await assert.rejects(
        served.text('move_file', { source, destination }),
        /exists already/,
        `${source} ${destination}`,
      )
  assert.equal(readFileSync(served.real('b.txt'), 'utf8'), 'b')
  assert.ok(existsSync(served.real('mine/y')) && lstatSync(served.real('link')).isSymbolicLink())
})

test('of many moves to one destination at the same time one succeeds and nothing is lost', async () => {
  using served = serve()
  for (let index = 0; index < 10; index++) {
    served.put(`${index}.txt`, String(index))
    served.put(`folder${index}/x`, String(index))
  }
  for (const [from, to] of [
    ['.txt', 'one.txt'],
    ['', 'one'],
  ] as const) {
    const moves = Array.from({ length: 10 }, (_, index) =>
      served.text('move_file', {
        source: from === '' ? `folder${index}` : `${index}${from}`,
        destination: to,
      }),
    )
    const outcomes = await Promise.allSettled(moves)
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  }
  const left = Array.from({ length: 10 }, (_, index) => existsSync(served.real(`${index}.txt`))).filter(
    Boolean,
  )
  assert.equal(left.length, 9)
})

test('another program that moves to the same destination at the same time is not overwritten either', async () => {
  using served = serve({ '1.txt': '1', '2.txt': '2' })
  for (const name of ['folder1', 'folder2']) mkdirSync(served.real(name))
  using other = new ConfinedFiles(new Root(served.root))
  for (const [one, two, destination] of [
    ['1.txt', '2.txt', 'file'],
    ['folder1', 'folder2', 'folder'],
  ] as const) {
    const moves = [served.files.move(one, destination, fakeCall()), other.move(two, destination, fakeCall())]
    const outcomes = await Promise.allSettled(moves)
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1, destination)
    assert.equal([one, two].filter((name) => existsSync(served.real(name))).length, 1, destination)
  }
})

test('a folder cannot be moved into itself', async () => {
  using served = serve({ 'a/b/c.txt': '' })
  await assert.rejects(
    served.text('move_file', { source: 'a', destination: 'a/b/d' }),
    /can't be moved into itself/,
  )
  assert.ok(existsSync(served.real('a/b/c.txt')) && !existsSync(served.real('a/b/d')))
})

test('what is not there cannot be moved, nor anything to a folder that is not', async () => {
  using served = serve({ 'a.txt': '' })
  await assert.rejects(served.text('move_file', { source: 'none', destination: 'b' }), /There is no "none"/)
  await assert.rejects(
    served.text('move_file', { source: 'a.txt', destination: 'none/b' }),
    /There is no "none\/b"/,
  )
})

test('a pipe is moved without being opened', async () => {
  using served = serve()
  execFileSync('mkfifo', [served.real('pipe')])
  await served.call('move_file', { source: 'pipe', destination: 'moved' })
  assert.ok(lstatSync(served.real('moved')).isFIFO())
})

test('across file systems a tree is copied whole and then deleted', async (t) => {
  using served = serve({ 'tree/script.sh': 'x'.repeat(5000), 'tree/sub/b.txt': 'b' })
  using other = serve({}, [], '/dev/shm')
  if (statSync(served.root).dev === statSync(other.root).dev)
    t.diagnostic('one file system: this is a rename')
  chmodSync(served.real('tree/script.sh'), 0o750)
  utimesSync(served.real('tree/script.sh'), 1000, 2000)
  symlinkSync('sub/b.txt', served.real('tree/link'))
  using root = new Root(served.root)
  using target = new Root(other.root)
  using from = walk(root, ['tree'], { follow: false })
  using to = walk(target, ['copy'], { follow: false })
  const call = fakeCall()
  await move(
    root,
    new Temporaries(undefined, target.path),
    from,
    to,
    { signal: call.signal, done() {} },
    () => {},
  )
  assert.ok(!existsSync(served.real('tree')))
  const script = statSync(other.real('copy/script.sh'))
  assert.deepEqual([script.mode & 0o777, script.size, script.mtimeMs], [0o750, 5000, 2_000_000])
  assert.equal(readlinkSync(other.real('copy/link')), 'sub/b.txt')
  assert.equal(readFileSync(other.real('copy/sub/b.txt'), 'utf8'), 'b')
})

test('without room on the other file system nothing changes', async (t) => {
  using served = serve({ 'tree/a.txt': 'a', 'tree/large.bin': Buffer.alloc(400_000) })
  mkdirSync(served.real('disk'))
  using mount = mountSmall(served.real('disk'))
  if (!mount) return t.diagnostic('this user may not mount: the copy is checked by the test before')
  const move = (source: string, destination: string) => served.text('move_file', { source, destination })
  for (const source of ['tree', 'tree/large.bin']) {
    await assert.rejects(move(source, 'disk/moved'), /The disk is full/)
    assert.deepEqual(
      [readdirSync(served.real('tree')), readdirSync(served.real('disk'))],
      [['a.txt', 'large.bin'], []],
    )
  }
  served.put('disk/b.txt', 'kept')
  await assert.rejects(move('tree/a.txt', 'disk/b.txt'), /exists already/)
  await move('tree/a.txt', 'disk/a.txt')
  assert.equal(readFileSync(served.real('disk/a.txt'), 'utf8'), 'a')
})
