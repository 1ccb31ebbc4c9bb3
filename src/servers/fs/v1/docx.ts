import { defineV1, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { readDocx, updateDocx } from '../docx/document.ts'
import { Changes, Paragraphs } from '../docx/shapes.ts'
import { MAX_DOCX_PARAGRAPHS, MAX_WHOLE_FILE_BYTES } from '../limits.ts'
import { Options, Path, Status } from './shapes.ts'

export const readDocxParagraphs = defineV1({
  verb: 'read_docx_paragraphs',
  description: 'Reads the paragraphs of a Word document, and of its headers, footers, notes and comments.',
  capability: 'fs.read',
  input: Type.Object({ path: Path('The document.') }, Options),
  positional: ['path'],
  result: Paragraphs,
  destructive: false,
  untrusted: 'file',
  async handler({ path }, call, { files }: FsDeps) {
    const wanted = { offset: 0, limit: MAX_DOCX_PARAGRAPHS, maxBytes: MAX_WHOLE_FILE_BYTES }
    const { paragraphs, nextOffset } = await readDocx(files, path, wanted, call)
    if (nextOffset !== undefined)
      throw new ToolError(
        (tool) =>
          `${JSON.stringify(path)} is too long to be read at once; read it in pages with ${tool('read_docx_paragraphs')}.`,
        { kind: 'invalid' },
      )
    return paragraphs
  },
})

export const updateDocxParagraphs = defineV1({
  verb: 'update_docx_paragraphs',
  description: 'Replaces the text of paragraphs of a Word document.',
  capability: 'fs.write',
  // It tells how many paragraphs there are, and what is wrong with a document.
  alsoNeeds: 'fs.read',
  input: Type.Object({ path: Path('The document.'), updates: Changes }, Options),
  positional: ['path', 'updates'],
  result: Type.Object({ path: Type.String(), paragraphs_updated: Type.Integer(), status: Status }),
  destructive: true,
  asksItself: true,
  stake: ['path'],
  async handler({ path, updates }, call, { files }: FsDeps) {
    await updateDocx(files, path, updates, call)
    return { path, paragraphs_updated: updates.length, status: 'updated' }
  },
})
