import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { readDocx, updateDocx } from '../docx/document.ts'
import { Changes, Paragraphs } from '../docx/shapes.ts'
import type { Files } from '../files.ts'
import { namesNote, Options, PathParameter, READ_ONLY, TextOutput, textReply } from './reply.ts'
import { asSpelled } from './spelling.ts'

export const readDocxParagraphs = defineTool({
  name: 'read_docx_paragraphs',
  title: 'Read Word Document',
  description:
    'Reads a Word document (.docx) as numbered paragraphs: its text, tables included, then headers, footers, notes and comments, which "part" marks.',
  capability: 'fs.read',
  input: Type.Object({ path: PathParameter('The document.') }, Options),
  output: Type.Object({ paragraphs: Paragraphs }),
  annotations: READ_ONLY,
  untrusted: 'file',
  async handler({ path: asked }, call, files: Files) {
    const { path, respelled } = asSpelled(files, asked)
    const structured = { paragraphs: await readDocx(files, path, call) }
    return respelled === undefined
      ? { structured }
      : textReply(JSON.stringify(structured), structured, respelled)
  },
})

export const updateDocxParagraphs = defineTool({
  name: 'update_docx_paragraphs',
  title: 'Update Word Document',
  description:
    'Replaces the text of paragraphs of a Word document (.docx), by the numbers that {tool:read_docx_paragraphs} gives. A paragraph keeps its style and the format of its first words; all else stays as it is.',
  capability: 'fs.write',
  // It tells how many paragraphs there are, and what is wrong with a document.
  alsoNeeds: 'fs.read',
  input: Type.Object({ path: PathParameter('The document.'), updates: Changes }, Options),
  output: TextOutput,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  asksItself: true,
  stake: ['path'],
  async handler({ path, updates }, call, files: Files) {
    const written = await updateDocx(files, path, updates, call)
    const count = updates.length
    const told = `Updated ${count} ${count === 1 ? 'paragraph' : 'paragraphs'} of ${path}`
    return textReply(told, {}, namesNote(written))
  },
})
