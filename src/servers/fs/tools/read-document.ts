import { noteOnParts, partRange } from '../../../documents/asked-parts.ts'
import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { readDocumentOf } from '../documents.ts'
import { DEFAULT_DOCUMENT_CHARS, MAX_DOCUMENT_CHARS } from '../limits.ts'
import { Options, READ_ONLY, textBlocks } from './reply.ts'
import { asSpelled } from './spelling.ts'

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
    const parts = partRange(pages)
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
      content: textBlocks(text === '' ? 'It has no text.' : text, noteOnParts(page, parts), respelled),
      structured,
    }
  },
})
