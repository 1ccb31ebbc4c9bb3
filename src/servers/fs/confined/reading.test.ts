import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serve } from '../testing/served.ts'

test('pipes, sockets and devices are refused at once, and never opened', async () => {
  using served = serve()
  execFileSync('mkfifo', [served.real('pipe')])
  const server = createServer().listen(served.real('socket'))
  await once(server, 'listening')
  const special = ['pipe', 'socket']
  if (spawnSync('mknod', [served.real('null'), 'c', '1', '3']).status === 0) special.push('null')
  try {
    for (const path of special) {
      for (const tool of ['read_text_file', 'read_media_file'])
        await assert.rejects(served.text(tool, { path }), /device, pipe or socket/, `${tool} ${path}`)
      await assert.rejects(served.text('write_file', { path, content: '' }), /device, pipe or socket/, path)
      await assert.rejects(
        served.text('edit_file', { path, edits: [{ oldText: 'a', newText: 'b' }] }),
        /device/,
        path,
      )
      assert.match(await served.text('get_file_info', { path }), /isDirectory: false\nisFile: false/)
    }
    assert.match(await served.text('read_multiple_files', { paths: special }), /pipe: Error - .*device/)
  } finally {
    server.close()
  }
})

test('names that are not UTF-8 are listed, read, moved and deleted by their escaped form', async () => {
  using served = serve()
  const name = Buffer.concat([Buffer.from(`${served.root}/caf`), Buffer.from([0xe9])])
  writeFileSync(name, 'coffee')
  assert.equal(await served.text('list_directory', { path: '/' }), '[FILE] caf\\xe9')
  assert.equal(await served.text('search_files', { path: '/', pattern: 'caf*' }), '/caf\\xe9')
  assert.equal(await served.text('read_text_file', { path: '/caf\\xe9' }), 'coffee')
  await served.call('move_file', { source: 'caf\\xe9', destination: 'café' })
  assert.ok(!existsSync(name) && existsSync(served.real('café')))
  writeFileSync(name, '')
  await served.call('delete_file', { path: 'caf\\xe9' })
  assert.ok(!existsSync(name))
})

test('a name that looks like an escape is found as it stands', async () => {
  using served = serve({ 'a\\x41': 'literal', aA: 'other' })
  assert.equal(await served.text('read_text_file', { path: 'a\\x41' }), 'literal')
})

test('a folder is no file and a file is no folder', async () => {
  using served = serve({ 'a/b.txt': '' })
  await assert.rejects(
    served.text('read_text_file', { path: 'a' }),
    /is a folder, not a file. list_directory shows/,
  )
  await assert.rejects(served.text('list_directory', { path: 'a/b.txt' }), /not a folder/)
  await assert.rejects(served.text('read_text_file', { path: 'a/b.txt/c' }), /not a folder/)
})

test('a root that is not there, not absolute or a file is refused when it is opened', () => {
  using served = serve({ 'file.txt': '' })
  const open = fileURLToPath(new URL('root.ts', import.meta.url))
  for (const root of [served.real('none'), 'relative', served.real('file.txt')]) {
    const { status } = spawnSync(process.execPath, [
      '-e',
      `import(${JSON.stringify(open)}).then(({ Root }) => new Root(process.argv[1])).catch(() => process.exit(7))`,
      root,
    ])
    assert.equal(status, 7, root)
  }
})

test('without permission, reading, writing and deleting are refused and searching goes on', async () => {
  using served = serve({
    'closed/file.txt': 'x',
    'read-only.txt': 'old',
    'locked/file.txt': '',
    'open/file.txt': 'y',
  })
  mkdirSync(served.real('open/unreadable'))
  symlinkSync('closed', served.real('link'))
  chmodSync(served.real('closed'), 0)
  chmodSync(served.real('open/unreadable'), 0)
  chmodSync(served.real('read-only.txt'), 0o444)
  chmodSync(served.real('locked'), 0o555)
  chmodSync(served.root, 0o777)
  try {
    const probe = fileURLToPath(new URL('../testing/unprivileged-probe.ts', import.meta.url))
    const child = spawn(process.execPath, [probe, served.root], { stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    await once(child, 'close')
    const said = JSON.parse(Buffer.concat(chunks).toString())
    assert.match(said.read, /Permission denied for "closed\/file.txt"/)
    assert.match(said.readThroughLink, /Permission denied/)
    assert.match(said.writeReadOnly, /Permission denied for "read-only.txt"/)
    assert.match(said.writeInLocked, /Permission denied/)
    assert.match(said.deleteInLocked, /Permission denied/)
    assert.deepEqual(said.search, [
      '/locked/file.txt',
      '/open/file.txt',
      'Folders that may not be read: 2 (such as "closed").',
    ])
  } finally {
    for (const path of ['closed', 'open/unreadable', 'locked']) chmodSync(served.real(path), 0o777)
  }
})

test('a tree for which there are no descriptors is refused, or waits for them, and is never short', () => {
  using served = serve()
  served.put(`${'d/'.repeat(30)}file.txt`)
  const probe = join(import.meta.dirname, '../testing/few-descriptors-probe.ts')
  const run = `ulimit -Sn 100 && ulimit -Hn 100 && exec "$@"`
  const { stdout, stderr } = spawnSync('sh', ['-c', run, 'sh', process.execPath, probe, served.root], {
    encoding: 'utf8',
  })
  assert.notEqual(stdout, '', stderr)
  const { short, later } = JSON.parse(stdout)
  assert.match(short, /Too many files are open at the moment. Try again/)
  assert.match(later, /file.txt/)
})
