import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { zipSync } from 'fflate'
import { shippedModelFolder } from '../../../search/embedding/shipped.ts'
import { MAX_READ_BYTES } from '../../../search/reading/parts.ts'
import { readFiles } from './read-files.ts'
import { openWorkers } from './workers.ts'

const workers = openWorkers()
after(() => workers.close())
const owner = () => ({ caller: 'search', signal: new AbortController().signal })
const file = (name: string, content: string | Uint8Array) => {
  const bytes = Buffer.from(content)
  return { name, size: bytes.length, parts: [{ start: 0, bytes }] }
}
const R = 'http://schemas.openxmlformats.org/package/2006/relationships'
const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const docx = (...paragraphs: string[]) => {
  const body = paragraphs.map((text) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`).join('')
  const xml = `<w:document xmlns:w="${W}"><w:body>${body}</w:body></w:document>`
  const relationships = `<Relationships xmlns="${R}"><Relationship Id="r1" Type="officeDocument" Target="word/document.xml"/></Relationships>`
  return zipSync({ '_rels/.rels': Buffer.from(relationships), 'word/document.xml': Buffer.from(xml) })
}
const read = (files: ReturnType<typeof file>[], of = workers) =>
  readFiles(of, owner(), files, shippedModelFolder())

describe('files that are read for searching', () => {
  test('are read together, in their order, each with its pieces or why it has none', async () => {
    const results = await read([
      file('a.md', '# Boat\n\nThe red boat has to be painted in spring.'),
      file('b.txt', randomBytes(2000)),
      file('c.eml', 'Subject: Rope\n\nblue rope'),
      file('d.html', '<p>hemp'),
    ])
    assert.deepEqual(
      results.map((one) =>
        'pieces' in one ? one.pieces.map(({ content }) => content).join('|') : one.problem,
      ),
      [
        '# Boat\n\nThe red boat has to be painted in spring.',
        'It is no text.',
        'Subject: Rope\nblue rope',
        'hemp',
      ],
    )
    assert.ok('pieces' in (results[0] ?? {}) && 'language' in (results[0] ?? {}))
  })

  test('may be Word documents; one that is damaged costs no other', async () => {
    const results = await read([
      file('damaged.docx', 'PK\x03\x04 no archive'),
      file('letter.docx', docx('First paragraph.', 'Second.')),
      file('a.txt', 'fine'),
    ])
    const [damaged, letter, text] = results
    assert.match(
      damaged && 'problem' in damaged ? damaged.problem : '',
      /^"damaged.docx" can't be read: it is no zip archive, or a broken one\.$/,
    )
    assert.ok(letter && 'pieces' in letter && text && 'pieces' in text)
    assert.deepEqual(
      letter.pieces.map(({ content, startLine }) => [content, startLine]),
      [['First paragraph.\nSecond.', 0]],
    )
  })

  test('are read by themselves where one of them takes more than it may', async () => {
    const small = openWorkers({ heapMegabytes: 32, bufferMegabytes: 16 })
    try {
      const large = docx('many words that are packed into a few bytes. '.repeat(600_000))
      const files = [file('a.txt', 'before'), file('b.docx', large), file('c.txt', 'after')]
      const [before, packed, after] = await read(files, small)
      assert.ok(before && 'pieces' in before && after && 'pieces' in after)
      assert.match(
        packed && 'problem' in packed ? packed.problem : '',
        /took more than \d+ MB of memory and was stopped/,
      )
    } finally {
      await small.close()
    }
  })

  test('of any format and of full length fit into a worker', { timeout: 240_000 }, async () => {
    const contents = [
      'word '.repeat(MAX_READ_BYTES / 5),
      'a\n\n'.repeat(MAX_READ_BYTES / 3),
      '{"k": "ü"},\n'.repeat(MAX_READ_BYTES / 12),
    ]
    for (const format of ['txt', 'md', 'ts', 'csv', 'json', 'html'])
      for (const content of contents) {
        const [result] = await read([file(`a.${format}`, content)])
        assert.ok(
          result && 'pieces' in result && result.pieces.length > 0,
          `${format}: ${JSON.stringify(result).slice(0, 200)}`,
        )
      }
  })

  test('reject with the reason of a signal', async () => {
    const given = AbortSignal.abort(new Error('stopped'))
    await assert.rejects(
      readFiles(workers, { caller: 'search', signal: given }, [file('a.txt', 'x')]),
      /stopped/,
    )
    assert.deepEqual(await read([]), [])
  })
})
