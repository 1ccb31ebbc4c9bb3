/** Documents through the real gateway, as official clients of both eras read them. Needs `make build`. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { META } from '../src/protocol/mcp.ts'
import { type Appliance, ROOT, startAppliance } from './support/appliance.ts'
import { callTool } from './support/http.ts'
import { type AnyClient, connectCurrent, connectLegacy } from './support/official-clients.ts'

const KEPT: Readonly<Record<string, string>> = {
  'article.pdf': 'pdf/article.pdf',
  'manual.pdf': 'pdf/manual.pdf',
  'encrypted.pdf': 'pdf/encrypted.pdf',
  'mixed.pdf': 'pdf/mixed.pdf',
  'letter.docx': 'features.docx',
  'book.xlsx': 'openpyxl.xlsx',
  'macros.xlsm': 'xlsxwriter-macros.xlsm',
  'talk.pptx': 'features.pptx',
  'letter.odt': 'features.odt',
  'novel.epub': 'pandoc.epub',
}
/** A PNG of one pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
/** A model that can read little must be able to read one answer. */
const MOST_CHARS = 12_000

let a: Appliance
before(async () => {
  a = await startAppliance()
  const place = (name: string) => join(a.files, name)
  for (const [name, kept] of Object.entries(KEPT))
    copyFileSync(join(ROOT, 'test/documents', kept), place(name))
  const article = readFileSync(place('article.pdf'))
  writeFileSync(place('damaged.pdf'), article.subarray(0, article.length / 3))
  writeFileSync(place('damaged.docx'), readFileSync(place('letter.docx')).subarray(0, 3000))
  writeFileSync(place('empty.pdf'), '')
  writeFileSync(place('picture.png'), PICTURE)
  writeFileSync(
    place('film.mp4'),
    Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0'), Buffer.alloc(3000, 0x81)]),
  )
  writeFileSync(place('long.md'), Array.from({ length: 5000 }, (_, i) => `Paragraph ${i} ends.`).join('\n\n'))
  mkdirSync(place('folder'))
  execFileSync('mkfifo', [place('pipe')])
})
after(() => a?.stop())

interface Read {
  content: { type: string; text: string }[]
  structuredContent?: {
    content?: string
    blocks?: { kind: string; text: string; place: { part?: number } }[]
    format: string
    parts?: { kind: string; count: number; names?: string[] }
    nextOffset?: number
  }
  isError?: boolean
  _meta?: Record<string, unknown>
}
interface Resources {
  readResource(params: { uri: string }): Promise<{
    contents: { mimeType?: string; text?: string; blob?: string; _meta?: Record<string, unknown> }[]
  }>
}

const clients: Record<string, () => Promise<AnyClient>> = {
  'client 2.4.0, pinned to 2026-07-28': () => connectCurrent({ url: a.url, token: a.token }),
  'sdk 1.32.2': async () => (await connectLegacy({ url: a.url, token: a.token })) as AnyClient,
}

for (const [name, open] of Object.entries(clients))
  describe(name, () => {
    let client: AnyClient & Resources
    before(async () => {
      client = (await open()) as AnyClient & Resources
      // The clients check results against the schemas that they have listed.
      await client.listTools()
    })
    after(() => client?.close())

    const read = async (path: string, more: object = {}): Promise<Read> =>
      (await client.callTool({ name: 'fs_read_document', arguments: { path, ...more } })) as Read
    const told = ({ content }: Read) => content.map(({ text }) => text).join('\n')
    const resource = async (uri: string) => (await client.readResource({ uri })).contents[0]

    for (const [path, format, kind, says] of [
      ['/article.pdf', 'pdf', 'page', /\[page 1\]/],
      ['/letter.docx', 'docx', undefined, /^#+ /m],
      ['/book.xlsx', 'xlsx', 'sheet', /\[sheet 1: /],
      ['/talk.pptx', 'pptx', 'slide', /\[slide 1\b/],
      ['/letter.odt', 'odt', undefined, /^#+ /m],
      ['/novel.epub', 'epub', 'chapter', /\[chapter 1\b/],
    ] as const)
      test(`${format} comes as Markdown, text and blocks, marked as what others wrote`, async () => {
        const markdown = await read(path)
        assert.equal(markdown.isError, undefined, told(markdown))
        assert.equal(markdown._meta?.[META.untrusted], 'file')
        assert.deepEqual(
          [markdown.structuredContent?.format, markdown.structuredContent?.parts?.kind],
          [format, kind],
        )
        assert.equal(markdown.content[0]?.text, markdown.structuredContent?.content)
        assert.match(told(markdown), says)
        const text = await read(path, { as: 'text' })
        assert.doesNotMatch(text.structuredContent?.content ?? '#', /^#+ |^\| --- /m)
        const { blocks = [] } = (await read(path, { as: 'blocks', limit: 1_000_000 })).structuredContent ?? {}
        assert.ok(blocks.length > 1)
        for (const { text: said } of blocks.slice(0, 3))
          assert.ok(text.structuredContent?.content?.includes(said), said)
      })

    test('a long one is read to its end, part by part, without gaps or repeats', async () => {
      const whole = (await read('/long.md', { limit: 1_000_000 })).structuredContent?.content ?? ''
      let parts = ''
      for (let offset: number | undefined = 0; offset !== undefined; ) {
        const part: Read = await read('/long.md', { offset })
        const { content = '', nextOffset } = part.structuredContent ?? {}
        assert.ok(content.length <= MOST_CHARS, `${content.length}`)
        if (nextOffset !== undefined)
          assert.match(told(part), new RegExp(`call again with offset ${nextOffset}\\.$`))
        parts += content
        offset = nextOffset
      }
      assert.equal(parts, whole)
      for (const i of [0, 2500, 4999]) assert.ok(whole.includes(`Paragraph ${i} ends.`))
    })

    test('page after page is the whole document, and each answer says how many there are and how to go on', async () => {
      const whole = await read('/manual.pdf', { limit: 1_000_000 })
      const { parts, content = '' } = whole.structuredContent ?? {}
      const count = parts?.count ?? 0
      assert.ok(count > 1)
      assert.match(told(whole), new RegExp(`It has ${count} pages; "pages" gives some of them`))
      const pages: string[] = []
      for (let page = 1; page <= count; page++) {
        const one = await read('/manual.pdf', { pages: `${page}` })
        assert.match(told(one), new RegExp(`This is page ${page} of ${count}\\.`))
        assert.equal(told(one).includes(`The next is pages "${page + 1}".`), page < count)
        pages.push(one.structuredContent?.content ?? '')
      }
      assert.equal(pages.join('\n\n'), content)
    })

    test('a range of pages is those alone, also where it reaches beyond the end', async () => {
      const range = await read('/manual.pdf', { pages: '1-2' })
      assert.match(told(range), /\[page 1\][\s\S]*\[page 2\][\s\S]*These are pages 1-2 of \d+\./)
      assert.doesNotMatch(told(range), /\[page 3\]/)
      const count = range.structuredContent?.parts?.count ?? 0
      assert.match(
        told(await read('/manual.pdf', { pages: `${count}-99` })),
        new RegExp(`This is page ${count} of ${count}\\.$`),
      )
    })

    test('the first page of what has none is all of it', async () => {
      const { structuredContent } = await read('/letter.docx', { pages: '1' })
      assert.equal(structuredContent?.content, (await read('/letter.docx')).structuredContent?.content)
    })

    test('pages that are none are refused with what to write', async () => {
      for (const [path, pages, says] of [
        ['/manual.pdf', '0', /pages is a number such as "7", or a range such as "7-9", counted from 1/],
        ['/manual.pdf', 'abc', /pages is a number such as "7"/],
        ['/manual.pdf', '7-2', /pages is a number such as "7"/],
        ['/manual.pdf', '999', /has \d+ pages, counted from 1; there is no page 999/],
        ['/book.xlsx', '999', /has \d+ sheets, counted from 1; there is no sheet 999/],
        ['/letter.docx', '2', /does not say where its pages begin: leave out "pages"/],
        ['/long.md', '2', /has no pages.*leave out "pages"/],
      ] as const) {
        const refused = await read(path, { pages })
        assert.equal(refused.isError, true, `${path} ${pages}`)
        assert.match(told(refused), says)
      }
    })

    test('what can’t be read says why, and what to do', async () => {
      for (const [path, says] of [
        ['/encrypted.pdf', /password/],
        ['/damaged.pdf', /damaged/],
        ['/damaged.docx', /archive|damaged/],
        ['/empty.pdf', /it is empty/],
        ['/film.mp4', /no document of a known format/],
        ['/folder', /folder/],
        ['/pipe', /pipe|no (plain|regular) file|not a file/i],
        ['/none.pdf', /There is no "\/none\.pdf"/],
        ['/manul.pdf', /Did you mean .*manual\.pdf/],
        ['/../../etc/passwd', /outside|There is no/],
        ['/etc/passwd', /There is no/],
      ] as const) {
        const refused = await read(path)
        assert.equal(refused.isError, true, path)
        assert.match(told(refused), says)
      }
    })

    test('what never runs, and what OCR has read, is said in it', async () => {
      assert.match(told(await read('/macros.xlsm')), /macros, which are not run/)
      assert.match(told(await read('/mixed.pdf')), /Read from a picture by OCR/)
      assert.match(told(await read('/picture.png')), /It has no text/)
    })

    test('a resource with a place in its URI is that page, sheet, slide or chapter', async () => {
      for (const [uri, path, pages] of [
        ['fs:///manual.pdf#page=2', '/manual.pdf', '2'],
        ['fs:///book.xlsx#sheet=2', '/book.xlsx', '2'],
        ['fs:///talk.pptx#slide=2', '/talk.pptx', '2'],
        ['fs:///novel.epub#chapter=2', '/novel.epub', '2'],
      ] as const) {
        const found = await resource(uri)
        assert.equal(found?.mimeType, 'text/markdown')
        assert.equal(found?.text, (await read(path, { pages })).structuredContent?.content)
        assert.equal(found?._meta?.[META.untrusted], 'file')
      }
    })

    test('a place that a document does not have says which it has', async () => {
      for (const [uri, says] of [
        ['fs:///manual.pdf#page=999', /has \d+ pages, counted from 1; there is no page 999/],
        ['fs:///book.xlsx#page=2', /has \d+ sheets and no pages: ask for one with #sheet=1/],
        ['fs:///manual.pdf#sheet=1', /has \d+ pages and no sheets: ask for one with #page=1/],
        ['fs:///letter.docx#page=1', /has no pages: leave out what is behind the #/],
        ['fs:///manual.pdf#page=0', /of a page like fs:\/\/\/lease\.pdf#page=7/],
        ['fs:///manual.pdf#page=1-2', /of a page like/],
        ['fs:///manual.pdf#L1-L2', /not UTF-8 text\. fs_read_document reads what is in a document/],
        ['fs:///encrypted.pdf#page=1', /password/],
      ] as const)
        await assert.rejects(resource(uri), says, uri)
    })

    test('without a place a document comes as its bytes, with its type', async () => {
      const pdf = await resource('fs:///manual.pdf')
      assert.equal(pdf?.mimeType, 'application/pdf')
      assert.ok(Buffer.from(pdf?.blob ?? '', 'base64').equals(readFileSync(join(a.files, 'manual.pdf'))))
      const book = await resource('fs:///book.xlsx')
      assert.match(book?.mimeType ?? '', /spreadsheetml\.sheet$/)
      assert.ok(book?.blob)
    })

    test('who reads a document as a text is told which tool reads it', async () => {
      const refused = (await client.callTool({
        name: 'fs_read_text_file',
        arguments: { path: '/manual.pdf' },
      })) as Read
      assert.match(told(refused), /fs_read_document reads documents such as PDF/)
    })
  })

test('the server’s own address reads them under the tool’s own name', async () => {
  const { json } = await callTool(`${a.url}/fs`, a.token, 'read_document', {
    path: '/manual.pdf',
    pages: '1',
  })
  assert.equal(json.result._meta[META.untrusted], 'file')
  assert.match(json.result.content[1].text, /This is page 1 of/)
})
