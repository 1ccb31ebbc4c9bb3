import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import type { ToolContext } from '../../../protocol/define.ts'
import { fakeCall, type Served, serve, Unagreed } from '../testing/served.ts'
import { deleteMethod } from '../v1/delete.ts'
import { updateDocxParagraphs } from '../v1/docx.ts'
import { write } from '../v1/write.ts'

const unagreed = (agreed = '') => fakeCall(new AbortController().signal, agreed)

/** What a call would destroy without consent. */
async function refused(work: Promise<unknown>): Promise<Unagreed> {
  const error = await work.then(
    () => assert.fail('it was done'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Unagreed)) throw error
  return error
}

const read = (served: Served, path: string) => readFileSync(served.real(path), 'utf8')

test('what is new needs no consent: a file, an appended one, one in base64, a folder', async () => {
  using served = serve()
  await served.call('write_file', { path: '/a.txt', content: 'a' }, unagreed())
  await served.call('create_directory', { path: '/folder' }, unagreed())
  await write.handler({ path: '/b', content: 'b', append: true }, unagreed(), served)
  await write.handler({ path: '/c', content: 'Yw==', encoding: 'base64' }, unagreed(), served)
  assert.deepEqual(
    ['a.txt', 'b', 'c'].map((path) => read(served, path)),
    ['a', 'b', 'c'],
  )
  assert.deepEqual(readdirSync(served.root).sort(), ['a.txt', 'b', 'c', 'folder'])
})

test('but it does where a language model asks for it that has read what others wrote', async () => {
  using served = serve()
  const guarded = (agreed?: string) => Object.assign(fakeCall(undefined, agreed ?? ''), { mustAsk: true })
  const { message, state } = await refused(
    served.call('write_file', { path: '/a.txt', content: 'a' }, guarded()),
  )
  assert.equal(message, 'create "/a.txt"')
  assert.match(
    (
      await refused(
        write.handler({ path: '/b', content: 'b', append: true }, guarded(), served) as Promise<unknown>,
      )
    ).message,
    /^create/,
  )
  assert.deepEqual(readdirSync(served.root), [])
  await served.call('write_file', { path: '/a.txt', content: 'a' }, guarded(state))
  // Who agreed to a new file did not agree to what has come there since.
  assert.match(
    (await refused(served.call('write_file', { path: '/a.txt', content: 'b' }, guarded(state)))).message,
    /^replace/,
  )
})

const CHANGES: [what: RegExp, tool: string, args: object][] = [
  [/^replace "\/a\.txt" \(3 bytes\)$/, 'write_file', { path: '/a.txt', content: 'new' }],
  [/^replace "\/a\.txt" \(3 bytes\)$/, 'write_file', { path: 'link', content: 'new' }],
  [/^change "\/a\.txt"/, 'edit_file', { path: '/a.txt', edits: [{ oldText: 'old', newText: 'new' }] }],
  [/^move "\/a\.txt" to "\/b\.txt"$/, 'move_file', { source: '/a.txt', destination: '/b.txt' }],
  [/^move "\/folder" to/, 'move_file', { source: '/folder', destination: '/other' }],
  [/^delete "\/a\.txt"$/, 'delete_file', { path: '/a.txt' }],
  [/^delete "\/folder", a folder, with all in it$/, 'delete_file', { path: '/folder', recursive: true }],
  [/^delete "\/empty", an empty folder$/, 'delete_file', { path: '/empty' }],
]
for (const [what, tool, args] of CHANGES)
  test(`what is there is not touched without consent: ${tool} ${JSON.stringify(args)}`, async () => {
    using served = serve({ 'a.txt': 'old', 'folder/x': 'x' })
    mkdirSync(served.real('empty'))
    symlinkSync('a.txt', served.real('link'))
    const before = readdirSync(served.root, { recursive: true })
    const { message, state } = await refused(served.call(tool, args, unagreed()))
    assert.match(message, what)
    assert.deepEqual(readdirSync(served.root, { recursive: true }), before)
    assert.equal(read(served, 'a.txt'), 'old')
    await served.call(tool, args, unagreed(state))
  })

test('a question names what is meant, however long or winding the way there is', async () => {
  using served = serve({ 'folder/a.txt': 'old' })
  symlinkSync('folder', served.real('link'))
  for (const path of [
    `/${'./'.repeat(400)}folder/a.txt`,
    `${'link/../'.repeat(100)}folder//a.txt${'/.'.repeat(400)}`,
  ]) {
    const args = { path, content: 'new' }
    assert.match((await refused(served.call('write_file', args, unagreed()))).message, /"\/folder\/a\.txt"/)
    assert.match(
      (await refused(served.call('delete_file', { path }, unagreed()))).message,
      /"\/folder\/a\.txt"/,
    )
    const moved = { source: path, destination: `/${'./'.repeat(400)}b.txt` }
    const { message } = await refused(served.call('move_file', moved, unagreed()))
    assert.equal(message, 'move "/folder/a.txt" to "/b.txt"')
  }
})

const DOCX = zipSync({
  'word/document.xml': strToU8(
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p/></w:document>',
  ),
})

test('a Word document is changed with consent alone, by the tool and by the v1 method', async () => {
  using served = serve({ 'a.docx': DOCX })
  const args = { path: '/a.docx', updates: [{ index: 0, new_text: 'new' }] }
  const ways = [
    (call: ToolContext) => served.call('update_docx_paragraphs', args, call),
    (call: ToolContext) => updateDocxParagraphs.handler(args, call, served),
  ]
  for (const way of ways) {
    const { message, state } = await refused(way(unagreed()))
    assert.equal(message, `change "/a.docx" (${DOCX.length} bytes)`)
    assert.ok(readFileSync(served.real('a.docx')).equals(DOCX))
    await way(unagreed(state))
    assert.ok(!readFileSync(served.real('a.docx')).equals(DOCX))
    served.put('a.docx', DOCX)
  }
  const missing = { ...args, updates: [{ index: 1, new_text: 'new' }] }
  await assert.rejects(served.call('update_docx_paragraphs', missing, unagreed()), { name: 'ToolError' })
})

test('v1 methods need it where the tools do', async () => {
  using served = serve({ 'a.txt': 'old' })
  for (const args of [
    { content: 'bmV3', encoding: 'base64' },
    { content: 'new' },
    { content: 'x', append: true },
  ] as const)
    await refused(write.handler({ path: '/a.txt', ...args }, unagreed(), served))
  await refused(deleteMethod.handler({ path: '/a.txt' }, unagreed(), served))
  assert.equal(read(served, 'a.txt'), 'old')
})

test('no consent is asked for what fails anyway, or changes nothing', async () => {
  using served = serve({ 'a.txt': 'old', 'b.txt': 'b', 'folder/x': 'x' })
  const fails = (tool: string, args: object, message: RegExp) =>
    assert.rejects(served.call(tool, args, unagreed()), { name: 'ToolError', message })
  await fails('move_file', { source: '/a.txt', destination: '/b.txt' }, /exists already/)
  await fails('move_file', { source: '/folder', destination: '/folder/in' }, /into itself/)
  await fails('delete_file', { path: '/nope' }, /There is no/)
  await fails('delete_file', { path: '/folder' }, /not empty/)
  await fails('edit_file', { path: '/a.txt', edits: [{ oldText: 'x', newText: 'y' }] }, /oldText/)
  await served.call('write_file', { path: '/a.txt', content: 'old' }, unagreed())
  const edits = [{ oldText: 'old', newText: 'new' }]
  await served.call('edit_file', { path: '/a.txt', edits, dryRun: true }, unagreed())
  await served.call('edit_file', { path: '/a.txt', edits: [{ oldText: 'old', newText: 'old' }] }, unagreed())
})

test('a consent is for what was there, and not for what has taken its place', async () => {
  using served = serve({ 'a.txt': 'old' })
  for (const [tool, args] of [
    ['write_file', { path: '/a.txt', content: 'new' }],
    ['delete_file', { path: '/a.txt' }],
    ['move_file', { source: '/a.txt', destination: '/b.txt' }],
  ] as const) {
    const { state } = await refused(served.call(tool, args, unagreed()))
    // Another file, of the same size, under the same name.
    writeFileSync(served.real('other'), 'xyz')
    renameSync(served.real('other'), served.real('a.txt'))
    const again = await refused(served.call(tool, args, unagreed(state)))
    assert.notEqual(again.state, state)
    assert.equal(read(served, 'a.txt'), 'xyz')
  }
})

test('a file that appears while a new one is written is asked about, and kept', async () => {
  using served = serve()
  const content = 'x'.repeat(64 * 1024 * 1024)
  for (let round = 0; round < 3; round++) {
    const writing = served.call('write_file', { path: '/a.txt', content }, unagreed())
    // It is written under another name; once that is there, another process makes the file.
    for (;;) {
      if (readdirSync(served.root).some((name) => name.endsWith('.tmp'))) break
      await new Promise(setImmediate)
    }
    writeFileSync(served.real('a.txt'), 'theirs')
    assert.match((await refused(writing)).message, /^replace "\/a\.txt" \(6 bytes\)$/)
    assert.equal(read(served, 'a.txt'), 'theirs')
    assert.deepEqual(readdirSync(served.root), ['a.txt'])
    rmSync(served.real('a.txt'))
  }
})

test('a file that is replaced by another while the new one is written is asked about anew', async () => {
  using served = serve({ 'a.txt': 'old' })
  const args = { path: '/a.txt', content: 'x'.repeat(64 * 1024 * 1024) }
  const { state } = await refused(served.call('write_file', args, unagreed()))
  const writing = served.call('write_file', args, unagreed(state))
  for (;;) {
    if (readdirSync(served.root).some((name) => name.endsWith('.tmp'))) break
    await new Promise(setImmediate)
  }
  writeFileSync(served.real('a.txt'), 'theirs')
  await refused(writing)
  assert.equal(read(served, 'a.txt'), 'theirs')
  assert.ok(existsSync(served.real('a.txt')))
})
