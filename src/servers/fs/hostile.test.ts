/** What one call may not do to the others, whatever its arguments and the files are. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import { packedZeros } from '../../framework/workers/testing/packed-zeros.ts'
import { fakeCall, type Served, serve } from './testing/served.ts'

const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const docx = (body: string) =>
  zipSync({
    'word/document.xml': strToU8(`<w:document xmlns:w="${W}"><w:body>${body}</w:body></w:document>`),
  })

/** Makes a call, and a small one after it, which must be answered first. Gives what the former said. */
async function besideSmall(served: Served, tool: string, args: object): Promise<string> {
  let ended = false
  const hostile = served
    .call(tool, args)
    .then((reply) => JSON.stringify(reply).slice(0, 2000), String)
    .finally(() => {
      ended = true
    })
  const { structured } = await served.call('read_text_file', { path: '/small.txt' })
  assert.deepEqual(structured, { content: 'small' })
  assert.equal(ended, false, 'the small call had to wait')
  return hostile
}

test('an edit that nearly matches everywhere keeps no other call waiting', async () => {
  using served = serve({ 'small.txt': 'small', 'large.txt': 'a\n'.repeat(3_000_000) })
  const passage = 'a\n'.repeat(1_000_000)
  for (const oldText of [`b\n${passage}`, `${passage}b`, `a \n${passage}b`]) {
    const said = await besideSmall(served, 'edit_file', {
      path: '/large.txt',
      edits: [{ oldText, newText: 'x' }],
    })
    assert.match(said, /was not found in the file/)
  }
})

test('many edits of a large file are refused by the name of what is too much', async () => {
  using served = serve({ 'large.txt': 'a'.repeat(8_000_000) })
  const edits = Array.from({ length: 1000 }, () => ({ oldText: 'b', newText: 'x' }))
  await assert.rejects(
    served.call('edit_file', { path: '/large.txt', edits }),
    /1000 edits would read through 8001001000 characters; 268435456 are the most.*Make fewer edits at once/,
  )
})

test('a diff of two large texts without a line in common keeps no other call waiting, and is cut', async () => {
  const before = Array.from({ length: 500_000 }, (_, index) => `a${index}\n`).join('')
  using served = serve({ 'small.txt': 'small', 'large.txt': `start\n${before}` })
  const said = await besideSmall(served, 'edit_file', {
    path: '/large.txt',
    edits: [{ oldText: `start\n${before}`, newText: before.replaceAll('a', 'b') }],
  })
  assert.match(said, /-start\\n-a0/)
})

test('a document with endless attributes is refused, and keeps no other call waiting', async () => {
  const attributes = Array.from({ length: 400_000 }, (_, index) => ` a${index}=""`).join('')
  using served = serve({ 'small.txt': 'small', 'a.docx': docx(`<w:p${attributes}/>`) })
  const said = await besideSmall(served, 'read_docx_paragraphs', { path: '/a.docx' })
  assert.match(said, /an element with more than 1000 attributes/)
})

test('a document that takes more memory than a job may is refused, and the server goes on', async () => {
  using served = serve({ 'small.txt': 'small', 'a.docx': docx(`<w:p>${'<w:t/>'.repeat(3_000_000)}</w:p>`) })
  const said = await besideSmall(served, 'read_docx_paragraphs', { path: '/a.docx' })
  assert.match(said, /took more than \d+ MB of memory and was stopped/)
  served.put('b.docx', docx('<w:p><w:r><w:t>b</w:t></w:r></w:p>'))
  assert.match(JSON.stringify(await served.call('read_docx_paragraphs', { path: '/b.docx' })), /"b"/)
})

/** An archive of one file, which says of itself that it unpacks to less (APPNOTE.TXT of zip, 4.3). */
function archiveOf(name: string, packed: Uint8Array): Uint8Array {
  const said = Buffer.alloc(26)
  said.writeUInt16LE(20, 0)
  said.writeUInt16LE(8, 4)
  said.writeUInt32LE(packed.length, 14)
  said.writeUInt32LE(1000, 18)
  said.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), said, Buffer.from(name), packed])
  const rest = Buffer.alloc(14)
  const directory = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), said, rest, Buffer.from(name)])
  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(local.length, 12)
  return Buffer.concat([local, directory, Buffer.from('PK\x05\x06'), end])
}

test('a document of 1 GB that comes packed in 1 MB is refused, and keeps no other call waiting', async () => {
  using served = serve({ 'small.txt': 'small' })
  served.put('a.docx', archiveOf('word/document.xml', packedZeros(1024)))
  const said = await besideSmall(served, 'read_docx_paragraphs', { path: '/a.docx' })
  assert.match(said, /unpacks to more than \d+ bytes/)
})

test('work ends with the call that it is for', async () => {
  using served = serve({ 'a.docx': docx(`<w:p>${'<w:r/>'.repeat(2_000_000)}</w:p>`) })
  const gone = new AbortController()
  const call = served.call('read_docx_paragraphs', { path: '/a.docx' }, fakeCall(gone.signal))
  const waits = served.call('read_docx_paragraphs', { path: '/a.docx' }, fakeCall(gone.signal))
  setImmediate(() => gone.abort(new Error('gone')))
  for (const outcome of await Promise.allSettled([call, waits]))
    assert.match(outcome.status === 'rejected' ? String(outcome.reason) : '', /gone/)
  served.put('b.docx', docx('<w:p><w:r><w:t>b</w:t></w:r></w:p>'))
  assert.match(JSON.stringify(await served.call('read_docx_paragraphs', { path: '/b.docx' })), /"b"/)
})

/** A call; its getters stay what they are. */
const as = (caller: string) => Object.assign(fakeCall(), { caller })

test('a caller whose work is running leaves a worker to the others', async () => {
  using served = serve({ 'a.docx': docx(`<w:p>${'<w:r/>'.repeat(400_000)}</w:p>`) })
  served.put('b.docx', docx('<w:p><w:r><w:t>b</w:t></w:r></w:p>'))
  const greedy = as('greedy')
  let ended = 0
  const many = Array.from({ length: 6 }, async () => {
    await served.call('read_docx_paragraphs', { path: '/a.docx' }, greedy)
    ended++
  })
  await served.call('read_docx_paragraphs', { path: '/b.docx' }, as('other'))
  assert.ok(ended < 2, `${ended} of the greedy calls went first`)
  await Promise.all(many)
})

test('where two callers have all workers, a small call of a third comes first all the same', async () => {
  using served = serve({ 'large.docx': docx(`<w:p>${'<w:r/>'.repeat(600_000)}</w:p>`) })
  served.put('small.docx', docx('<w:p><w:r><w:t>small</w:t></w:r></w:p>'))
  let ended = 0
  const read = (path: string, caller: string) => served.call('read_docx_paragraphs', { path }, as(caller))
  const greedy = ['first', 'second', 'first', 'second'].map(async (caller) => {
    await read('/large.docx', caller)
    ended++
  })
  assert.match(JSON.stringify(await read('/small.docx', 'third')), /"small"/)
  assert.equal(ended, 0, `${ended} of the greedy calls went first`)
  await Promise.all(greedy)
})

test('an edit that takes more memory than a job may is refused, and the server goes on', async () => {
  const before = '\n'.repeat(8_000_000)
  using served = serve({ 'small.txt': 'small', 'large.txt': before })
  const edits = [{ oldText: `${before.slice(4_000_000)}b`, newText: 'x' }]
  const said = await besideSmall(served, 'edit_file', { path: '/large.txt', edits })
  assert.match(said, /took more than \d+ MB of memory and was stopped; nothing was changed/)
  assert.deepEqual((await served.call('read_text_file', { path: '/small.txt' })).structured, {
    content: 'small',
  })
})

test('a search with as many patterns as there may be keeps no other call waiting', async () => {
  using served = serve({ 'small.txt': 'small' })
  for (let folder = 0; folder < 10; folder++) {
    mkdirSync(served.real(`${folder}`))
    for (let file = 0; file < 50; file++) served.put(`${folder}/${'ab'.repeat(100)}${file}`)
  }
  const pattern = `*${'{a,b}'.repeat(8)}*${'{a,b}'.repeat(8)}c`
  const excludePatterns = Array.from({ length: 100 }, () => pattern)
  const said = await besideSmall(served, 'search_files', {
    path: '/',
    pattern: `${'**/'.repeat(300)}small.txt`,
    excludePatterns,
  })
  assert.match(said, /"\/small.txt"/)
  const tooMany = Array.from({ length: 100 }, () => `**/${pattern}${'{c,d}'.repeat(10)}`)
  await assert.rejects(
    served.call('directory_tree', { path: '/', excludePatterns: tooMany }),
    /The patterns have \d+ characters together; 10000 are the most/,
  )
})
