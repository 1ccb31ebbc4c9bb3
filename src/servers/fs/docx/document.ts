/** Word documents among the files. They are changed as files are: whole or not at all. */
import { ToolError } from '../../../protocol/define.ts'
import type { Caller, Files } from '../files.ts'
import { MAX_DOCX_BYTES } from '../limits.ts'
import type { Change, Paragraph } from './paragraphs.ts'

/** XML and zip are loaded when a document is first worked on: most starts of the server never do. */
const load = async () => ({ ...(await import('./archive.ts')), ...(await import('./paragraphs.ts')) })

/** Text that XML can't hold, as a document can't either (XML 1.0, section 2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

/** Throws a ToolError for what is no Word document. */
export async function readDocx(files: Files, path: string): Promise<Paragraph[]> {
  const { openDocx, readParagraphs } = await load()
  await using file = await files.open(path)
  if (file.size > MAX_DOCX_BYTES)
    throw new ToolError(`${JSON.stringify(path)} has ${file.size} bytes; ${MAX_DOCX_BYTES} are the most.`, {
      kind: 'invalid',
    })
  return await readParagraphs(openDocx(await file.read(0, MAX_DOCX_BYTES), path).document, path)
}

/** Changes paragraphs; gives how many. Throws a ToolError, and has changed nothing then. */
export async function updateDocx(
  files: Files,
  path: string,
  changes: readonly Change[],
  caller: Caller,
): Promise<number> {
  for (const { index, new_text } of changes)
    if (!new_text.isWellFormed() || NOT_XML.test(new_text))
      throw new ToolError(
        `The text for paragraph ${index} has a character that a Word document can't hold. Nothing was written.`,
        { kind: 'invalid' },
      )
  const { openDocx, changeParagraphs } = await load()
  await files.edit(
    path,
    MAX_DOCX_BYTES,
    async (bytes) => {
      const archive = openDocx(bytes, path)
      return archive.withDocument(await changeParagraphs(archive.document, changes, path))
    },
    caller,
  )
  return changes.length
}
