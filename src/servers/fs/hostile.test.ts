/** What one call may not do to the others, whatever its arguments and the files are. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import { fakeCall, type Served, serve } from './testing/served.ts'
import { Workers } from './work/workers.ts'

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

test('who has work running leaves a thread to the others', async () => {
  using served = serve({ 'a.docx': docx(`<w:p>${'<w:r/>'.repeat(400_000)}</w:p>`) })
  served.put('b.docx', docx('<w:p><w:r><w:t>b</w:t></w:r></w:p>'))
  const greedy = { ...fakeCall(), caller: 'greedy' }
  let ended = 0
  const many = Array.from({ length: 6 }, async () => {
    await served.call('read_docx_paragraphs', { path: '/a.docx' }, greedy)
    ended++
  })
  await served.call('read_docx_paragraphs', { path: '/b.docx' }, { ...fakeCall(), caller: 'other' })
  assert.ok(ended < 2, `${ended} of the greedy calls went first`)
  await Promise.all(many)
})

test('where two callers have all threads, a small call of a third comes first all the same', async () => {
  using served = serve({ 'large.docx': docx(`<w:p>${'<w:r/>'.repeat(600_000)}</w:p>`) })
  served.put('small.docx', docx('<w:p><w:r><w:t>small</w:t></w:r></w:p>'))
  let ended = 0
  const read = (path: string, caller: string) =>
    served.call('read_docx_paragraphs', { path }, { ...fakeCall(), caller })
  const greedy = ['first', 'second', 'first', 'second'].map(async (caller) => {
    await read('/large.docx', caller)
    ended++
  })
  assert.match(JSON.stringify(await read('/small.docx', 'third')), /"small"/)
  assert.equal(ended, 0, `${ended} of the greedy calls went first`)
  await Promise.all(greedy)
})

test('what only looked small has its turn after the others, and is done', async () => {
  const workers = new Workers({ ms: 0, megabytes: 32 })
  const document = docx('<w:p><w:r><w:t>text</w:t></w:r></w:p>')
  const page = { offset: 0, limit: 1, maxBytes: 1000 }
  const { signal } = new AbortController()
  const callers = ['first', 'second', 'third', 'fourth']
  const pages = await Promise.all(
    callers.map((caller) => workers.run({ signal, caller }, 'readDocx', document, '/a.docx', page)),
  )
  workers.close()
  assert.deepEqual(
    pages.map(({ total }) => total),
    [1, 1, 1, 1],
  )
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
    ...{ path: '/', pattern: `${'**/'.repeat(300)}small.txt`, excludePatterns },
  })
  assert.match(said, /"\/small.txt"/)
  const tooMany = Array.from({ length: 100 }, () => `**/${pattern}${'{c,d}'.repeat(10)}`)
  await assert.rejects(
    served.call('directory_tree', { path: '/', excludePatterns: tooMany }),
    /The patterns have \d+ characters together; 10000 are the most/,
  )
})
