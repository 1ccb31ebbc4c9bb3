import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { type DocumentRead, readDocumentOf } from '../documents.ts'
import { DEFAULT_DOCUMENT_CHARS, MAX_DOCUMENT_CHARS } from '../limits.ts'
import { Options, READ_ONLY, textBlocks } from './reply.ts'
import { asSpelled } from './spelling.ts'

interface Range {
  first: number
  last: number
}

const PAGES = /^([1-9]\d{0,6})(?:\s*-\s*([1-9]\d{0,6}))?$/

export const readDocument = defineTool({
  name: 'read_document',
  title: 'Read Document',
  description:
    'Reads a document, such as PDF, Word, EPUB, a spreadsheet (Excel), a presentation (Powerpoint) or mail, as Markdown: all of it, or some pages, sheets, slides or chapters.',
  capability: 'fs.read',
  input: Type.Object(
    {
      // In few words: it is in every prompt that offers the tool.
      path: Type.String({ description: 'Such as "/Documents/lease.pdf".' }),
      pages: Type.Optional(
        Type.String({ description: 'Only these pages, sheets, slides or chapters: "7" or "7-9".' }),
      ),
      as: Type.Optional(
        Type.Enum(['markdown', 'text', 'blocks'], {
          default: 'markdown',
          description: 'Blocks are text with its kind and place.',
        }),
      ),
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          default: 0,
          description: 'Where to begin; nextOffset of the part before.',
        }),
      ),
      limit: Type.Optional(
        Type.Integer({
          minimum: 100,
          maximum: MAX_DOCUMENT_CHARS,
          default: DEFAULT_DOCUMENT_CHARS,
          description: 'How much to read, in characters.',
        }),
      ),
    },
    Options,
  ),
  output: Type.Object({
    content: Type.Optional(Type.String()),
    blocks: Type.Optional(
      Type.Array(Type.Object({ kind: Type.String(), text: Type.String() }, { additionalProperties: true })),
    ),
    format: Type.String(),
    title: Type.Optional(Type.String()),
    language: Type.Optional(Type.String()),
    parts: Type.Optional(
      Type.Object({
        kind: Type.Enum(['page', 'sheet', 'slide', 'chapter']),
        count: Type.Integer(),
        names: Type.Optional(Type.Array(Type.String(), { description: 'The first of them.' })),
      }),
    ),
    ocr: Type.Optional(
      Type.Boolean({ description: 'Some of it was read from pictures by OCR, and may have mistakes.' }),
    ),
    nextOffset: Type.Optional(Type.Integer({ description: 'The offset of the next part.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'file',
  async handler(
    { path: asked, pages, as = 'markdown', offset = 0, limit = DEFAULT_DOCUMENT_CHARS },
    call,
    deps: FsDeps,
  ) {
    const { path, respelled } = asSpelled(deps.files, asked)
    const parts = partsOf(pages)
    const page = await readDocumentOf(deps, path, { as, offset, limit, ...(parts && { parts }) }, call)
    const { next, blocks, content, scans: _, isRecognised, unread, ...about } = page
    if (offset > 0 && (blocks ?? content)?.length === 0)
      throw new ToolError(`There is nothing at offset ${offset}: what was asked for ends before.`, {
        kind: 'invalid',
      })
    const structured = {
      ...about,
      ...(content !== undefined && { content }),
      ...(blocks && { blocks: blocks.map((block) => ({ ...block })) }),
      ...(isRecognised && { ocr: true }),
      ...(next !== undefined && { nextOffset: next }),
    }
    const text = blocks ? JSON.stringify(blocks) : (content ?? '')
    return {
      content: textBlocks(text === '' ? 'It has no text.' : text, noteOn(page, parts), respelled),
      structured,
    }
  },
})

/** Throws a ToolError for what is no page, and no range of some. */
function partsOf(pages: string | undefined): Range | undefined {
  if (pages === undefined || pages.trim() === '') return undefined
  const [, first, last = first] = PAGES.exec(pages.trim()) ?? []
  if (first === undefined || Number(last) < Number(first))
    throw new ToolError('pages is a number such as "7", or a range such as "7-9", counted from 1.', {
      kind: 'invalid',
    })
  return { first: Number(first), last: Number(last) }
}

/** How many pages there are, which of them these are, and how the next are asked for. */
function noteOn({ parts, next, unread }: DocumentRead, asked: Range | undefined): string | undefined {
  const last = parts && asked && Math.min(asked.last, parts.count)
  const has =
    parts === undefined
      ? undefined
      : asked === undefined
        ? parts.count === 1
          ? `It has 1 ${parts.kind}.`
          : `It has ${parts.count} ${parts.kind}s; "pages" gives some of them.`
        : asked.first === last
          ? `This is ${parts.kind} ${last} of ${parts.count}.`
          : `These are ${parts.kind}s ${asked.first}-${last} of ${parts.count}.`
  const more =
    next !== undefined
      ? `There is more: call again with offset ${next}${asked && parts ? ` and the same pages` : ''}.`
      : last !== undefined && last < (parts?.count ?? 0)
        ? `The next is pages "${last + 1}".`
        : undefined
  const pictures = unread === undefined ? undefined : `Not all pictures in it were read: ${unread}`
  return [has, pictures, more].filter((note) => note !== undefined).join(' ') || undefined
}
