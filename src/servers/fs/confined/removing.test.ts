import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { mountSmall } from '../../../host/testing/mount.ts'
import { fakeCall, serve } from '../testing/served.ts'

test('files and empty folders are deleted; a folder with something in it needs recursive', async () => {
  using served = serve({ 'a/b.txt': '' })
  await assert.rejects(served.text('delete_file', { path: 'a' }), /is not empty. Set recursive to true/)
  assert.equal(await served.text('delete_file', { path: 'a/b.txt' }), 'Successfully deleted a/b.txt')
  await served.call('delete_file', { path: 'a' })
  assert.deepEqual(readdirSync(served.root), [])
})

test('a whole tree is deleted, with every kind of name and file in it', async () => {
  using served = serve()
  for (let index = 0; index < 600; index++) served.put(`tree/${index % 7}/${index}.txt`)
  writeFileSync(Buffer.concat([Buffer.from(`${served.root}/tree/`), Buffer.from([0xff, 0xfe])]), '')
  execFileSync('mkfifo', [served.real('tree/pipe')])
  const call = fakeCall()
  await served.call('delete_file', { path: 'tree', recursive: true }, call)
  assert.deepEqual(readdirSync(served.root), [])
  assert.ok(
    call.reported.length >= 600 && call.reported.every((n, i) => i === 0 || n > (call.reported[i - 1] ?? 0)),
  )
})

test('the root cannot be deleted, moved or overwritten, by any of its names', async () => {
  using served = serve({ 'a.txt': '' })
  for (const path of ['/', '.', '~', 'a/..', served.root, `${served.root}/`, '//']) {
    await assert.rejects(served.text('delete_file', { path, recursive: true }), /top folder/, path)
    await assert.rejects(served.text('move_file', { source: path, destination: 'b' }), /top folder/, path)
    await assert.rejects(
      served.text('move_file', { source: 'a.txt', destination: path }),
      /exists already/,
      path,
    )
  }
  assert.deepEqual(readdirSync(served.root), ['a.txt'])
})

test('deleting stops when it is cancelled', async () => {
  using served = serve()
  for (let index = 0; index < 50; index++) served.put(`tree/${index}.txt`)
  const controller = new AbortController()
  const call = fakeCall(controller.signal)
  call.progress = (progress) => progress === 5 && controller.abort(new Error('cancelled'))
  await assert.rejects(served.call('delete_file', { path: 'tree', recursive: true }, call), /cancelled/)
  assert.equal(readdirSync(served.real('tree')).length, 45)
})

test('what is not there is said so, with the nearest name that is', async () => {
  using served = serve({ 'invoice.txt': '' })
  await assert.rejects(served.text('delete_file', { path: 'invoise.txt' }), /Did you mean "invoice.txt"\?/)
})

test('deleting and moving stop at another file system', async (t) => {
  using served = serve({ 'a/file.txt': '' })
  mkdirSync(served.real('a/mounted'))
  using mount = mountSmall(served.real('a/mounted'))
  if (!mount) return t.diagnostic('this user may not mount: only the rest is checked')
  served.put('a/mounted/kept.txt')
  await assert.rejects(
    served.text('delete_file', { path: 'a', recursive: true }),
    /another file system is mounted/,
  )
  await assert.rejects(
    served.text('delete_file', { path: 'a/mounted', recursive: true }),
    /another file system is mounted/,
  )
  assert.ok(existsSync(served.real('a/mounted/kept.txt')))
})
