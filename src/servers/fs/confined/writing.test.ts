import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { fakeCall, serve } from '../testing/served.ts'

const TEMPORARY = '.llmbasedos-12345678-1234-4234-8234-123456789abc.tmp'
const asRoot = process.getuid?.() === 0

test('a new file can be read by all and written by its owner', async () => {
  using served = serve()
  await served.call('write_file', { path: 'new.txt', content: 'hello' })
  assert.equal(statSync(served.real('new.txt')).mode & 0o777, 0o644 & ~process.umask())
})

test('replacing a file keeps its mode, also an unusual one', async () => {
  using served = serve({ 'script.sh': 'old' })
  for (const mode of [0o755, 0o600, 0o646]) {
    chmodSync(served.real('script.sh'), mode)
    await served.call('write_file', { path: 'script.sh', content: `new ${mode}` })
    assert.equal(statSync(served.real('script.sh')).mode & 0o777, mode)
  }
})

test('replacing a file keeps its owner and group', async () => {
  using served = serve({ 'theirs.txt': 'old' })
  // Only root can give a file away; anyone else can at least choose among the own groups.
  const uid = asRoot ? 1234 : (process.getuid?.() ?? 0)
  const gid = asRoot ? 2345 : (process.getgroups?.().at(-1) ?? process.getgid?.() ?? 0)
  chownSync(served.real('theirs.txt'), uid, gid)
  await served.call('write_file', { path: 'theirs.txt', content: 'new' })
  const after = statSync(served.real('theirs.txt'))
  assert.deepEqual([after.uid, after.gid], [uid, gid])
  assert.equal(readFileSync(served.real('theirs.txt'), 'utf8'), 'new')
})

test('no temporary file stays behind, whether writing succeeds or not', async () => {
  using served = serve({ 'a.txt': '' })
  await served.call('write_file', { path: 'a.txt', content: 'b' })
  const aborted = AbortSignal.abort(new Error('cancelled'))
  await assert.rejects(served.files.write('a.txt', Buffer.from('c'), fakeCall(aborted)), {
    name: 'AbortError',
  })
  assert.deepEqual(readdirSync(served.root), ['a.txt'])
  assert.equal(readFileSync(served.real('a.txt'), 'utf8'), 'b')
})

test('a reader sees the old content or the new one, never a part', async () => {
  using served = serve({ 'a.txt': 'a'.repeat(300_000) })
  const writes = (async () => {
    for (const char of 'bcdefghij')
      await served.call('write_file', { path: 'a.txt', content: char.repeat(300_000) })
  })()
  let done = false
  void writes.then(() => (done = true))
  while (!done) assert.match(await served.text('read_text_file', { path: 'a.txt' }), /^(.)\1{299999}$/)
  await writes
})

test('edits of one file at the same time are all made', async () => {
  using served = serve({ 'list.txt': Array.from({ length: 20 }, (_, i) => `<${i}>\n`).join('') })
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      served.call('edit_file', { path: 'list.txt', edits: [{ oldText: `<${i}>`, newText: `done ${i};` }] }),
    ),
  )
  const expected = Array.from({ length: 20 }, (_, i) => `done ${i};\n`).join('')
  assert.equal(readFileSync(served.real('list.txt'), 'utf8'), expected)
})

test('an edit does not overwrite what another program has written meanwhile', async () => {
  using served = serve({ 'a.txt': 'one' })
  const edit = served.files.edit(
    'a.txt',
    100,
    () => {
      writeFileSync(served.real('a.txt'), 'by someone else')
      return Buffer.from('two')
    },
    fakeCall(),
  )
  await assert.rejects(edit, /was changed by someone else in the meantime; nothing was written/)
  assert.equal(readFileSync(served.real('a.txt'), 'utf8'), 'by someone else')
})

test('a folder, the root and a place without a folder cannot be written', async () => {
  using served = serve({ 'a/file.txt': '' })
  const write = (path: string) => served.text('write_file', { path, content: '' })
  await assert.rejects(write('a'), /"a" is a folder, not a file/)
  await assert.rejects(write('/'), /"\/" is a folder/)
  await assert.rejects(write('a/none/file.txt'), /There is no "a\/none\/file.txt"/)
  await assert.rejects(write('a/file.txt/b'), /not a folder/)
})

test('a name that is too long is refused with the bound', async () => {
  using served = serve()
  await assert.rejects(
    served.text('write_file', { path: 'x'.repeat(256), content: '' }),
    /255 bytes are the most/,
  )
})

test('text that UTF-8 cannot hold is refused', async () => {
  using served = serve()
  await assert.rejects(served.text('write_file', { path: 'a', content: 'a\udc00' }), /half a character/)
  assert.ok(!existsSync(served.real('a')))
})

test('folders are made with those on the way, and it is fine if they exist', async () => {
  using served = serve({ 'file.txt': '' })
  for (let time = 0; time < 2; time++)
    assert.equal(
      await served.text('create_directory', { path: 'a/b/c' }),
      'Successfully created directory a/b/c',
    )
  assert.ok(statSync(served.real('a/b/c')).isDirectory())
  await served.call('create_directory', { path: '/' })
  await assert.rejects(served.text('create_directory', { path: 'file.txt/a' }), /not a folder/)
  await assert.rejects(served.text('create_directory', { path: 'file.txt' }), /not a folder/)
})

test('hidden folders are as if they were not there', async () => {
  using served = serve({ 'a/b.txt': '', 'state/key': 'secret', 'state2/x': '' }, ['state', 'later'])
  // What exists only after the server has opened is hidden too.
  mkdirSync(served.real('later'))
  writeFileSync(served.real('later/key'), 'secret')
  assert.equal(await served.text('list_directory', { path: '/' }), '[DIR] a\n[DIR] state2')
  assert.equal(await served.text('search_files', { path: '/', pattern: '**/key' }), 'No matches found')
  for (const state of ['state', 'later']) {
    const path = `${state}/key`
    await assert.rejects(served.text('read_text_file', { path }), /There is no/)
    await assert.rejects(
      served.text('list_directory', { path: state }),
      (error: Error) => !/Did you mean "(state|later)"/.test(error.message),
    )
    await assert.rejects(served.text('write_file', { path, content: '' }), /There is no/)
    await assert.rejects(served.text('write_file', { path: state, content: '' }), /reserved/)
    await assert.rejects(served.text('create_directory', { path: `${state}/a` }), /reserved/)
    await assert.rejects(served.text('delete_file', { path: state, recursive: true }), /There is no/)
    await assert.rejects(served.text('move_file', { source: state, destination: 'b' }), /There is no/)
    await assert.rejects(served.text('move_file', { source: 'a', destination: state }), /reserved|exists/)
    await assert.rejects(
      served.text('move_file', { source: 'a', destination: TEMPORARY }),
      new RegExp(`"${TEMPORARY}" is reserved`),
    )
    assert.equal(readFileSync(served.real(path), 'utf8'), 'secret')
  }
})

test('a folder with a hidden one in it is neither deleted nor moved', async () => {
  using served = serve({ 'a/state/key': '', 'a/other.txt': '' }, ['a/state'])
  await assert.rejects(served.text('delete_file', { path: 'a', recursive: true }), /reserved/)
  await assert.rejects(served.text('move_file', { source: 'a', destination: 'b' }), /reserved/)
  assert.ok(existsSync(served.real('a/other.txt')) && existsSync(served.real('a/state/key')))
})

test('a hidden folder stays hidden when another program renames it', async () => {
  using served = serve({ 'state/key': 'secret' }, ['state'])
  renameSync(served.real('state'), served.real('renamed'))
  assert.equal(await served.text('list_directory', { path: '/' }), '')
  await assert.rejects(served.text('read_text_file', { path: 'renamed/key' }), /There is no/)
  await assert.rejects(served.text('delete_file', { path: 'renamed', recursive: true }), /There is no/)
})

test('a single file can be hidden, and stays so when another program renames it', async () => {
  using served = serve({ 'key.txt': 'secret', 'note.txt': '' }, ['key.txt'])
  renameSync(served.real('key.txt'), served.real('renamed.txt'))
  assert.equal(await served.text('list_directory', { path: '/' }), '[FILE] note.txt')
  await assert.rejects(served.text('read_text_file', { path: 'renamed.txt' }), /There is no/)
})
