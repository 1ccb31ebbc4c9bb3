import assert from 'node:assert/strict'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Served, serve } from '../testing/served.ts'
import { looks } from './alike.ts'

const SCREENSHOT = 'Screenshot 2026-11-02 at 9.41.07\u202fAM.png'
const TYPED = 'Screenshot 2026-11-02 at 9.41.07 AM.png'

async function texts(served: Served, tool: string, args: object): Promise<string[]> {
  const { content = [] } = await served.call(tool, args)
  return content.map((block) => (block.type === 'text' ? block.text : block.type))
}

for (const [what, name, typed, told] of [
  ['the narrow space of a screenshot', SCREENSHOT, TYPED, 'U+202F'],
  ['an accent taken apart', 're\u0301sume\u0301.txt', 'résumé.txt', 'U+0301'],
  ['an accent put together', 'résumé.txt', 're\u0301sume\u0301.txt', 'U+00E9'],
  ['curly quotes', '\u201cAda\u2019s\u201d notes.txt', '"Ada\'s" notes.txt', 'U+201C'],
  ['a space that does not break', 'a\u00a0b.txt', 'a b.txt', 'U+00A0'],
  ['a mark of direction', '\u200eIMG_1.txt', 'IMG_1.txt', 'U+200E'],
  ['wide letters', 'ＡＢＣ.txt', 'ABC.txt', 'U+FF21'],
  ['plain characters for curly ones', "Ada's.txt", 'Ada\u2019s.txt', "Ada's.txt"],
] as const)
  test(`a file is read whose name looks the same, and the reply says which: ${what}`, async () => {
    using served = serve({ [name]: 'inside' })
    const [text, note] = await texts(served, 'read_text_file', { path: `/${typed}` })
    assert.equal(text, 'inside')
    assert.match(note ?? '', /only one that looks the same/)
    assert.ok(note?.includes(JSON.stringify(`/${name}`)) && note.includes(told), note)
  })

test('the exact name comes first, and nothing is said then', async () => {
  using served = serve({ 'a b.txt': 'plain', 'a\u00a0b.txt': 'other' })
  assert.deepEqual(await texts(served, 'read_text_file', { path: 'a b.txt' }), ['plain'])
  assert.deepEqual(await texts(served, 'read_text_file', { path: 'a\u00a0b.txt' }), ['other'])
})

test('of several that look the same none is opened; all are named', async () => {
  using served = serve({ 'a\u00a0b.txt': '1', 'a\u202fb.txt': '2' })
  await assert.rejects(
    served.text('read_text_file', { path: 'a b.txt' }),
    /looks the same is "a\u00a0b\.txt" \(with U\+00A0\) and "a\u202fb\.txt" \(with U\+202F\)/,
  )
})

test('whatever reads, reads so, through folders that look the same, too', async () => {
  using served = serve({ 'Caf\u0065\u0301/a\u00a0b.txt': 'inside' })
  const path = '/Café/a b.txt'
  const real = '/Cafe\u0301/a\u00a0b.txt'
  assert.deepEqual((await texts(served, 'read_multiple_files', { paths: [path] }))[0], `${real}:\ninside\n`)
  assert.match(String((await texts(served, 'read_media_file', { path }))[1]), /U\+00A0/)
  assert.match(String((await texts(served, 'get_file_info', { path }))[1]), /U\+00A0/)
  for (const tool of ['list_directory', 'list_directory_with_sizes', 'directory_tree']) {
    const [text, note] = await texts(served, tool, { path: 'Café' })
    assert.ok(text?.includes('a\u00a0b.txt') && note?.includes('U+0301'), tool)
  }
  const [found] = await texts(served, 'search_files', { path: '/Café', pattern: '*.txt' })
  assert.equal(found, real)
})

test('writing takes no name for another', async () => {
  using served = serve({ [SCREENSHOT]: 'old' })
  await assert.rejects(
    served.text('edit_file', { path: TYPED, edits: [{ oldText: 'old', newText: 'new' }] }),
    /of exactly this spelling.*U\+202F/,
  )
  await assert.rejects(served.text('delete_file', { path: TYPED }), /U\+202F/)
  await assert.rejects(served.text('move_file', { source: TYPED, destination: 'b' }), /U\+202F/)
  await served.text('write_file', { path: TYPED, content: 'new' })
  assert.equal(readFileSync(served.real(SCREENSHOT), 'utf8'), 'old')
  assert.ok(existsSync(served.real(TYPED)))
})

test('what is hidden or outside is not found by its looks', async () => {
  using served = serve({ 'a\u00a0b/secret.txt': 'hidden' }, ['a\u00a0b'])
  await assert.rejects(
    served.text('read_text_file', { path: 'a b/secret.txt' }),
    (error: Error) => !error.message.includes('00A0'),
  )
  symlinkSync(served.outside, served.real('out\u00a0side'))
  await assert.rejects(served.text('read_text_file', { path: 'out side/secret.txt' }))
})

test('how a name looks stays the same however often it is asked, and is that of its normal forms', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      assert.equal(looks(looks(name)), looks(name))
      assert.equal(looks(name.normalize('NFD')), looks(name.normalize('NFC')))
    }),
    { numRuns: 50 },
  )
})
