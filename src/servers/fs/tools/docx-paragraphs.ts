import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { readDocx, updateDocx } from '../docx/document.ts'
import { Changes, Paragraphs } from '../docx/shapes.ts'
import { DEFAULT_PARAGRAPHS, MAX_PAGE, MAX_TEXT_BYTES } from '../limits.ts'
import { namesNote, Options, PathParameter, READ_ONLY, TextOutput, textBlocks, textReply } from './reply.ts'
import { asSpelled } from './spelling.ts'

export const readDocxParagraphs = defineTool({
  name: 'read_docx_paragraphs',
  title: 'Read Word Document',
  description:
    'Reads a Word document (.docx) as numbered paragraphs: its text with tables, then headers, footers, notes and comments, marked by "part". A long document is returned in pages.',
  capability: 'fs.read',
  input: Type.Object(
    {
      path: PathParameter('The document.'),
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          default: 0,
          description: 'The first paragraph to read; nextOffset of the page before.',
        }),
      ),
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MAX_PAGE,
          default: DEFAULT_PARAGRAPHS,
          description: 'Paragraphs per page.',
        }),
      ),
    },
    Options,
  ),
  output: Type.Object({
    paragraphs: Paragraphs,
    total: Type.Integer({ description: 'Number of paragraphs in the document.' }),
    nextOffset: Type.Optional(Type.Integer({ description: 'The offset of the next page.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'file',
  async handler({ path: asked, offset = 0, limit = DEFAULT_PARAGRAPHS }, call, { files }: FsDeps) {
    const { path, respelled } = asSpelled(files, asked)
    const wanted = { offset, limit, maxBytes: MAX_TEXT_BYTES }
    const { paragraphs, total, nextOffset } = await readDocx(files, path, wanted, call)
    if (offset > 0 && offset >= total)
      throw new ToolError(
        `${JSON.stringify(path)} has ${total} paragraphs, counted from 0; there is none at offset ${offset}.`,
        { kind: 'invalid' },
      )
    const structured = { paragraphs, total, ...(nextOffset === undefined ? {} : { nextOffset }) }
    const more = nextOffset === undefined ? undefined : moreNote(nextOffset, total)
    return { content: textBlocks(JSON.stringify(structured), more, respelled), structured }
  },
})

const moreNote = (next: number, total: number): string =>
  `The document has ${total} paragraphs. The next page begins at offset ${next}.`

export const updateDocxParagraphs = defineTool({
  name: 'update_docx_paragraphs',
  title: 'Update Word Document',
  description:
    'Replaces the text of paragraphs of a Word document (.docx), by the numbers that {tool:read_docx_paragraphs} gives. A paragraph keeps its style and the format of its first words. Nothing else changes.',
  capability: 'fs.write',
  // It tells how many paragraphs there are, and what is wrong with a document.
  alsoNeeds: 'fs.read',
  input: Type.Object({ path: PathParameter('The document.'), updates: Changes }, Options),
  output: TextOutput,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  asksItself: true,
  stake: ['path'],
  async handler({ path, updates }, call, { files }: FsDeps) {
    const written = await updateDocx(files, path, updates, call)
    const count = updates.length
    const told = `Updated ${count} ${count === 1 ? 'paragraph' : 'paragraphs'} of ${path}`
    return textReply(told, {}, namesNote(written))
  },
})
