import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { fakeCall, serve } from '../testing/served.ts'

const structured = async (reply: Promise<{ structured?: unknown }>) =>
  (await reply).structured as Record<string, unknown>

test('read_text_file gives exactly the content, as text and structured', async () => {
  using served = serve({ 'a.txt': '\ufeffhéllo\r\n' })
  const reply = await served.call('read_text_file', { path: '/a.txt' })
  assert.deepEqual(reply, {
    content: [{ type: 'text', text: '\ufeffhéllo\r\n' }],
    structured: { content: '\ufeffhéllo\r\n' },
  })
})

test('read_text_file reads the first or the last lines, and not both', async () => {
  using served = serve({ 'a.txt': '1\n2\n3\n' })
  assert.equal(await served.text('read_text_file', { path: 'a.txt', head: 2 }), '1\n2')
  assert.equal(await served.text('read_text_file', { path: 'a.txt', tail: 1 }), '3')
  await assert.rejects(
    served.text('read_text_file', { path: 'a.txt', head: 1, tail: 1 }),
    /only one of head, tail/,
  )
})

test('a file that is too large is refused with the way to read it, and read in ranges', async () => {
  using served = serve({ 'large.txt': 'é'.repeat(3_000_000) })
  await assert.rejects(
    served.text('read_text_file', { path: 'large.txt' }),
    /too large.*6000000 bytes.*"head" or "tail".*"offset" and "length"/,
  )
  let length = 0
  for (let offset: unknown = 0; offset !== undefined; ) {
    const part = await structured(
      served.call('read_text_file', { path: 'large.txt', offset, length: 4_000_001 }),
    )
    length += String(part.content).length
    assert.equal(part.size, 6_000_000)
    offset = part.nextOffset
  }
  assert.equal(length, 3_000_000)
})

test('a text that escapes would make too long for a message is refused', async () => {
  using served = serve({ 'a.txt': '\u0001'.repeat(3_000_000) })
  await assert.rejects(served.text('read_text_file', { path: 'a.txt' }), /too large/)
})

test('a binary file is no text, and read_media_file is named', async () => {
  using served = serve({ 'a.bin': Buffer.from([0xff, 0x00, 0xfe]) })
  await assert.rejects(
    served.text('read_text_file', { path: 'a.bin' }),
    /not UTF-8 text\. read_document reads documents .*read_media_file gives the bytes/,
  )
  await assert.rejects(
    served.text('edit_file', { path: 'a.bin', edits: [{ oldText: 'a', newText: 'b' }] }),
    /not UTF-8/,
  )
})

test('read_media_file gives images and sounds as such, others as a resource, whole or in ranges', async () => {
  const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100)])
  using served = serve({ 'a.png': png, 'b.mp3': 'ID3xxx', 'c d.bin': Buffer.from([0, 1, 2, 3]) })
  const [image] = (await served.call('read_media_file', { path: 'a.png' })).content ?? []
  assert.deepEqual(image, { type: 'image', data: png.toString('base64'), mimeType: 'image/png' })
  const [sound] = (await served.call('read_media_file', { path: 'b.mp3' })).content ?? []
  assert.equal(sound?.type, 'audio')
  const reply = await served.call('read_media_file', { path: 'c d.bin', offset: 1, length: 2 })
  const block = {
    type: 'resource',
    resource: {
      uri: 'file:///c%20d.bin',
      mimeType: 'application/octet-stream',
      blob: Buffer.from([1, 2]).toString('base64'),
    },
  }
  assert.deepEqual(reply, { content: [block], structured: { content: [block], size: 4, nextOffset: 3 } })
  served.put('large.bin', Buffer.alloc(6_000_000))
  await assert.rejects(
    served.call('read_media_file', { path: 'large.bin' }),
    /too large.*"offset" and "length"/,
  )
})

test('read_multiple_files reports what cannot be read in its place', async () => {
  using served = serve({ 'a.txt': 'A', 'b.txt': 'B' })
  const text = await served.text('read_multiple_files', { paths: ['a.txt', 'none', 'b.txt'] })
  assert.match(text, /^a.txt:\nA\n\n---\nnone: Error - There is no "none".*\n---\nb.txt:\nB\n$/)
})

test('read_multiple_files reads no more than one reply takes', async () => {
  using served = serve({ 'a.txt': 'a'.repeat(3_000_000), 'b.txt': 'b'.repeat(3_000_000), 'c.txt': 'c' })
  const text = await served.text('read_multiple_files', { paths: ['a.txt', 'b.txt', 'c.txt'] })
  assert.match(text, /b.txt: Error - 3000000 bytes are too many for this reply[\s\S]*c.txt:\nc\n$/)
})

test('list_directory marks what is what, in the order of names', async () => {
  using served = serve({ 'b.txt': '', 'a/x': '' })
  symlinkSync('a', served.real('c'))
  assert.equal(await served.text('list_directory', { path: '/' }), '[DIR] a\n[FILE] b.txt\n[LINK] c')
  mkdirSync(served.real('empty'))
  assert.equal(await served.text('list_directory', { path: 'empty' }), '')
})

test('a large folder comes in pages, and the text says how to go on', async () => {
  using served = serve()
  for (let index = 100; index < 350; index++) served.put(`many/${index}`)
  const names: string[] = []
  for (let cursor: unknown, pages = 0; pages === 0 || cursor !== undefined; pages++) {
    const args = { path: 'many', limit: 100, ...(cursor === undefined ? {} : { cursor }) }
    const { content, structured } = await served.call('list_directory', args)
    const { content: text, nextCursor } = structured as { content: string; nextCursor?: string }
    names.push(...text.split('\n').map((line) => line.replace('[FILE] ', '')))
    const note = content?.[1]
    assert.equal(
      note?.type === 'text' && note.text.includes(`cursor "${nextCursor}"`),
      nextCursor !== undefined,
    )
    cursor = nextCursor
  }
  assert.deepEqual(
    names,
    Array.from({ length: 250 }, (_, i) => String(i + 100)),
  )
})

test('list_directory_with_sizes sorts by name or size and gives totals', async () => {
  using served = serve({ 'a.txt': 'x'.repeat(10), 'b.txt': 'x'.repeat(2048), 'c/d': 'x' })
  assert.equal(
    await served.text('list_directory_with_sizes', { path: '/' }),
    `[FILE] a.txt                                10 B
[FILE] b.txt                             2.00 KB
[DIR] c

Total: 2 files, 1 directories
Combined size: 2.01 KB`,
  )
  const bySize = await served.text('list_directory_with_sizes', { path: '/', sortBy: 'size' })
  assert.match(bySize, /b\.txt[\s\S]*a\.txt[\s\S]*\[DIR\] c/)
})

test('directory_tree gives nested JSON without what is excluded', async () => {
  using served = serve({ 'a/b/c.txt': '', 'a/node_modules/x.js': '', 'z.txt': '', 'y.log': '' })
  mkdirSync(served.real('empty'))
  const tree = JSON.parse(
    await served.text('directory_tree', { path: '/', excludePatterns: ['node_modules', '*.log'] }),
  )
  assert.deepEqual(tree, [
    {
      name: 'a',
      type: 'directory',
      children: [{ name: 'b', type: 'directory', children: [{ name: 'c.txt', type: 'file' }] }],
    },
    { name: 'empty', type: 'directory', children: [] },
    { name: 'z.txt', type: 'file' },
  ])
})

test('a tree that is too large is cut, stays valid JSON, and says so', async () => {
  using served = serve()
  for (let index = 0; index < 10_050; index++) served.put(`f${index % 5}/${index}`)
  const { content, structured } = await served.call('directory_tree', { path: '/' })
  const { content: text, truncated } = structured as { content: string; truncated: boolean }
  assert.equal((text.match(/"name"/g) ?? []).length, 10_000)
  assert.ok(Array.isArray(JSON.parse(text)) && truncated)
  assert.match(content?.[1]?.type === 'text' ? content[1].text : '', /Only the first 10000 entries/)
})

test('folders nested deeper than a traversal goes are reported', async () => {
  using served = serve()
  served.put(`${'d/'.repeat(70)}file.txt`)
  const reply = await served.call('search_files', { path: '/', pattern: '**/file.txt' })
  assert.match(JSON.stringify(reply.content), /No matches found.*nested too deep/)
  assert.equal(
    await served.text('search_files', { path: 'd/'.repeat(20), pattern: '**/file.txt' }),
    `/${'d/'.repeat(70)}file.txt`,
  )
})

test('search_files gives full paths in the form that the client used', async () => {
  using served = serve({ 'a/b.ts': '', 'a/c/d.ts': '', 'a/c/e.js': '', 'a/skip/f.ts': '' })
  const search = (path: string, pattern: string) =>
    served.text('search_files', { path, pattern, excludePatterns: ['skip'] })
  assert.equal(await search('a', '**/*.ts'), '/a/b.ts\n/a/c/d.ts')
  assert.equal(await search(`${served.root}/a`, '*.ts'), `${served.root}/a/b.ts`)
  assert.equal(await search('/', 'nothing'), 'No matches found')
})

test('a search stops at its limit and says so', async () => {
  using served = serve({ a: '', b: '', c: '' })
  const { content, structured } = await served.call('search_files', { path: '/', pattern: '*', limit: 2 })
  assert.deepEqual(structured, { content: '/a\n/b', truncated: true })
  assert.match(JSON.stringify(content), /Only the first 2 matches/)
  assert.equal((await structuredSearch(served)).truncated, undefined)
})

const structuredSearch = (served: ReturnType<typeof serve>) =>
  structured(served.call('search_files', { path: '/', pattern: '*', limit: 3 }))

test('searching stops when it is cancelled, and reports how far it is', async () => {
  using served = serve()
  for (let index = 0; index < 1500; index++) served.put(`${index % 3}/${index}`)
  const call = fakeCall()
  await served.call('search_files', { path: '/', pattern: '*' }, call)
  assert.deepEqual(call.reported, [500, 1000, 1500])
  const aborted = fakeCall(AbortSignal.abort(new Error('cancelled')))
  for (const [tool, args] of [
    ['search_files', { path: '/', pattern: '*' }],
    ['directory_tree', { path: '/' }],
  ] as const)
    await assert.rejects(served.call(tool, args, aborted), /cancelled/)
})

test('get_file_info tells size, kind, permissions and type', async () => {
  using served = serve({ 'a.md': '# hi' })
  chmodSync(served.real('a.md'), 0o640)
  const text = await served.text('get_file_info', { path: 'a.md' })
  assert.match(
    text,
    /^size: 4\ncreated: \d{4}-.*Z\nmodified: .*Z\naccessed: .*Z\nisDirectory: false\nisFile: true\npermissions: 640\nmimeType: text\/markdown$/,
  )
  assert.match(await served.text('get_file_info', { path: '/' }), /isDirectory: true/)
})

test('list_allowed_directories shows the real root, and its paths are understood', async () => {
  using served = serve({ 'a.txt': 'A' })
  const [, root] = (await served.text('list_allowed_directories', {})).split('\n')
  assert.equal(root, served.root)
  assert.equal(await served.text('read_text_file', { path: `${root}/a.txt` }), 'A')
})

test('edit_file shows a diff in a fence that the content cannot close, and writes unless it is a dry run', async () => {
  using served = serve({ 'a.md': 'one\n```js\ntwo\n' })
  const args = { path: 'a.md', edits: [{ oldText: 'two', newText: '2' }] }
  const dry = await served.text('edit_file', { ...args, dryRun: true })
  assert.equal(
    dry,
    '````diff\n--- a.md\toriginal\n+++ a.md\tmodified\n@@ -1,3 +1,3 @@\n one\n ```js\n-two\n+2\n````\n\n',
  )
  assert.equal(readFileSync(served.real('a.md'), 'utf8'), 'one\n```js\ntwo\n')
  assert.equal(await served.text('edit_file', args), dry)
  assert.equal(readFileSync(served.real('a.md'), 'utf8'), 'one\n```js\n2\n')
})

test('of several edits all are made or none', async () => {
  using served = serve({ 'a.txt': 'one two' })
  const edits = [
    { oldText: 'one', newText: '1' },
    { oldText: 'three', newText: '3' },
  ]
  await assert.rejects(served.text('edit_file', { path: 'a.txt', edits }), /Edit 2 of 2 was not found/)
  assert.equal(readFileSync(served.real('a.txt'), 'utf8'), 'one two')
})

test('a file too large to edit and a huge diff are kept within bounds', async () => {
  using served = serve({ 'large.txt': Buffer.alloc(9_000_000, 'x'), 'a.txt': 'x\n' })
  const edit = (path: string, newText: string) =>
    served.text('edit_file', { path, edits: [{ oldText: 'x', newText }] })
  await assert.rejects(edit('large.txt', 'y'), /the most that can be edited/)
  const diff = await edit('a.txt', 'long line\n'.repeat(50_000))
  assert.ok(diff.length < 300_000 && diff.includes('the diff is cut here'))
})

test('write_file, create_directory, move_file and delete_file confirm with the path they were given', async () => {
  using served = serve()
  assert.equal(
    await served.text('write_file', { path: '~/a.txt', content: 'x' }),
    'Successfully wrote to ~/a.txt',
  )
  const reply = await served.call('delete_file', { path: '/a.txt' })
  assert.deepEqual(reply.structured, { content: 'Successfully deleted /a.txt' })
})

test('what was probably meant is named when something is not found', async () => {
  using served = serve({ 'Documents/report.md': '' })
  await assert.rejects(
    served.text('read_text_file', { path: 'Documents/reprot.md' }),
    /Did you mean "report.md"/,
  )
  await assert.rejects(
    served.text('read_text_file', { path: 'documents/report.md' }),
    /Did you mean "Documents"/,
  )
  await assert.rejects(
    served.text('read_text_file', { path: '/etc/passwd' }),
    /list_directory shows what there is/,
  )
})

test('empty paths and paths with a NUL are refused with a sentence', async () => {
  using served = serve()
  await assert.rejects(served.text('list_directory', { path: '' }), /The path is empty. Use "\/"/)
  await assert.rejects(served.text('read_text_file', { path: 'a\0b' }), /has a NUL/)
  await assert.rejects(served.text('read_text_file', { path: '../../etc/passwd' }), /outside the folders/)
})

test('a pattern with a slash at its start is matched from the top folder, whatever folder is searched', async () => {
  using served = serve({ 'docs/a.md': '', 'docs/deep/b.md': '', 'c.md': '' })
  const search = (path: string, pattern: string) => served.text('search_files', { path, pattern })
  assert.equal(await search('/docs', '/docs/*.md'), '/docs/a.md')
  assert.equal(await search('/docs', '/**/b.md'), '/docs/deep/b.md')
  assert.equal(await search('/', '/docs/**/*.md'), '/docs/a.md\n/docs/deep/b.md')
  assert.equal(await search('/docs', '*.md'), '/docs/a.md')
  assert.equal(await search('/docs', `${served.root}/docs/*.md`), '/docs/a.md')
  assert.equal(await search(`${served.root}/docs`, '/docs/*.md'), `${served.root}/docs/a.md`)
  const { content = [] } = await served.call('search_files', { path: '/docs', pattern: '/*.md' })
  assert.match(JSON.stringify(content), /No matches found.*from the top folder/)
})
