/**
 * Word documents among the files. They are changed as files are: whole or not at all. What is in them is read in a
 * worker (`content.ts`): others made them, and zip and XML let few bytes stand for much work.
 */

import type { ToolContext } from '../../../protocol/define.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { Caller, Files, Written } from '../files.ts'
import { MAX_DOCX_BYTES } from '../limits.ts'
import { openWithRoom } from '../opening.ts'
import type { Change, PageWanted, ParagraphPage } from './shapes.ts'

/** Text that XML can't hold, as a document can't either (XML 1.0, section 2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

/** How many times as long its text is as a document, about: it is packed. */
const UNPACKED = 10

/** The main text, and after it what stands beside that. Throws a ToolError for what is no Word document. */
export async function readDocx(
  files: Files,
  path: string,
  wanted: PageWanted,
  call: Pick<ToolContext, 'room' | 'signal' | 'caller'>,
): Promise<ParagraphPage> {
  const bytes = await bytesOf(files, path, wanted, call)
  return files.workers.run(call, 'readDocx', [bytes, path, wanted], [bytes])
}

/** The file is closed before its reading waits for its turn. */
async function bytesOf(
  files: Files,
  path: string,
  { maxBytes }: PageWanted,
  call: Pick<ToolContext, 'room'>,
): Promise<Buffer> {
  await using file = await openWithRoom(files, path, call, (size) => Math.min(UNPACKED * size, maxBytes))
  if (file.size > MAX_DOCX_BYTES)
    throw new ToolError(`${JSON.stringify(path)} has ${file.size} bytes; ${MAX_DOCX_BYTES} are the most.`, {
      kind: 'invalid',
    })
  return await file.read(0, MAX_DOCX_BYTES)
}

/** Changes paragraphs. Throws a ToolError, and has changed nothing then. */
export async function updateDocx(
  files: Files,
  path: string,
  changes: readonly Change[],
  caller: Caller,
): Promise<Written> {
  for (const { index, new_text } of changes)
    if (!new_text.isWellFormed() || NOT_XML.test(new_text))
      throw new ToolError(
        `The text for paragraph ${index} has a character that a Word document can't hold. Nothing was written.`,
        { kind: 'invalid' },
      )
  return files.edit(
    path,
    MAX_DOCX_BYTES,
    (bytes) => files.workers.run(caller, 'updateDocx', [bytes, path, changes]),
    caller,
  )
}
