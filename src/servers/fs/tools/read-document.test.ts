import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { serve } from '../testing/served.ts'

const kept = (name: string) => readFileSync(new URL(`../../../../test/documents/${name}`, import.meta.url))
const HTML =
  '<!doctype html><title>Boat</title><h1>Ropes</h1><ul><li>hemp</ul><table><tr><td>a|b<td>1</table>'

describe('read_document', () => {
  test('gives a document as Markdown, as text and as blocks', async () => {
    using served = serve({ 'page.html': HTML })
    const { content, structured } = await served.call('read_document', { path: '/page.html' })
    const markdown = '# Boat\n\n# Ropes\n\n- hemp\n\n| a\\|b | 1 |\n| --- | --- |'
    assert.deepEqual(content, [{ type: 'text', text: markdown }])
    assert.deepEqual(structured, { content: markdown, format: 'html', title: 'Boat' })
    assert.equal(
      await served.text('read_document', { path: '/page.html', as: 'text' }),
      'Boat\n\nRopes\n\nhemp\n\na|b | 1',
    )
    const { structured: blocks } = await served.call('read_document', { path: '/page.html', as: 'blocks' })
    assert.deepEqual((blocks as { blocks: object[] }).blocks[1], {
      kind: 'heading',
      level: 1,
      text: 'Ropes',
      place: { line: 1 },
    })
  })

  test('gives one sheet of a workbook, and says which there are', async () => {
    using served = serve({ 'book.xlsx': kept('openpyxl.xlsx') })
    const whole = await served.call('read_document', { path: '/book.xlsx' })
    const { parts } = whole.structured as { parts: { kind: string; count: number; names: string[] } }
    assert.equal(parts.kind, 'sheet')
    assert.equal(parts.names.length, parts.count)
    const last = await served.text('read_document', { path: '/book.xlsx', pages: `${parts.count}` })
    assert.match(last, new RegExp(`^\\[sheet ${parts.count}: `))
    assert.doesNotMatch(last, /\[sheet 1\b/)
    await assert.rejects(
      served.text('read_document', { path: '/book.xlsx', pages: `${parts.count + 1}` }),
      /has \d+ sheets, counted from 1; there is no sheet \d+/,
    )
  })

  test('gives a page of a text that says where its pages begin', async () => {
    using served = serve({ 'pages.odt': kept('pages.odt') })
    assert.match(
      await served.text('read_document', { path: '/pages.odt', pages: '6' }),
      /^\[page 6\]\n\n\| Valve 11 .*After the table, the last of this page\.$/s,
    )
  })

  test('gives a long one in parts that are the whole together', async () => {
    const text = Array.from({ length: 3000 }, (_, i) => `paragraph ${i}`).join('\n\n')
    using served = serve({ 'long.txt': text })
    let read = ''
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const reply = await served.call('read_document', { path: '/long.txt', offset })
      const part = reply.structured as { content: string; nextOffset?: number }
      assert.ok(part.content.length <= 12_000)
      if (part.nextOffset !== undefined)
        assert.deepEqual(reply.content?.at(-1), {
          type: 'text',
          text: `There is more: call again with offset ${part.nextOffset}.`,
        })
      read += part.content
      offset = part.nextOffset
    }
    assert.equal(read, text)
    await assert.rejects(
      served.text('read_document', { path: '/long.txt', offset: 1_000_000 }),
      /nothing at offset 1000000/,
    )
  })

  test('reads what a file is, whatever its name says, and says why it can’t be read', async () => {
    using served = serve({
      'notes.txt': kept('openpyxl.xlsx'),
      'empty.pdf': '',
      'bytes.bin': gzipSync('x'.repeat(1000)),
      'a.txt': 'words',
      'flowing.docx': kept('pandoc.docx'),
    })
    assert.match(await served.text('read_document', { path: '/notes.txt' }), /\[sheet 1/)
    await assert.rejects(served.text('read_document', { path: '/empty.pdf' }), /it is empty/)
    await assert.rejects(served.text('read_document', { path: '/bytes.bin' }), /it is no text/)
    await assert.rejects(served.text('read_document', { path: '/a.txt', pages: '2' }), /has no pages/)
    await assert.rejects(
      served.text('read_document', { path: '/flowing.docx', pages: '2' }),
      /does not say where its pages begin: leave out "pages"/,
    )
    for (const pages of ['0', 'x', '3-2', '1,2'])
      await assert.rejects(served.text('read_document', { path: '/a.txt', pages }), /pages is a number/)
  })

  test('believes the name of a large file that it is no document, and reads none of it', async () => {
    const large = Buffer.alloc(2 * 1024 * 1024, 'words ')
    using served = serve({ 'film.mp4': large, 'words.log': large, 'small.mp4': 'words' })
    await assert.rejects(
      served.text('read_document', { path: '/film.mp4' }),
      /"\/film\.mp4" can't be read: Sound and film \(\.mp4\) are not read\.$/,
    )
    for (const path of ['/words.log', '/small.mp4'])
      assert.match(await served.text('read_document', { path }), /^words/)
  })
})
