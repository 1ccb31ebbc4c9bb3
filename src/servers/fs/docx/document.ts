/** Word documents among the files. They are changed as files are: whole or not at all. */
import { ToolError } from '../../../protocol/define.ts'
import type { Caller, Files } from '../files.ts'
import { MAX_DOCX_BYTES, MAX_DOCX_PARAGRAPHS } from '../limits.ts'
import type { TextPart } from './archive.ts'
import type { Found } from './paragraphs.ts'
import type { Paragraph } from './shapes.ts'

export interface Change {
  index: number
  new_text: string
}

/** XML and zip are loaded when a document is first worked on: most starts of the server never do. */
const load = async () => ({ ...(await import('./archive.ts')), ...(await import('./paragraphs.ts')) })

/** Text that XML can't hold, as a document can't either (XML 1.0, section 2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

/** The main text, and after it what stands beside that. Throws a ToolError for what is no Word document. */
export async function readDocx(files: Files, path: string): Promise<Paragraph[]> {
  const { openDocx } = await load()
  await using file = await files.open(path)
  if (file.size > MAX_DOCX_BYTES)
    throw new ToolError(`${JSON.stringify(path)} has ${file.size} bytes; ${MAX_DOCX_BYTES} are the most.`, {
      kind: 'invalid',
    })
  const { parts } = openDocx(await file.read(0, MAX_DOCX_BYTES), path)
  return (await paragraphsOf(parts, path)).map(({ part: { kind }, found: { text } }, index) => ({
    ...{ index, text },
    ...(kind === undefined ? {} : { part: kind }),
  }))
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
  const { openDocx, replaceTexts } = await load()
  await files.edit(
    path,
    MAX_DOCX_BYTES,
    async (bytes) => {
      const archive = openDocx(bytes, path)
      const texts = new Map<string, string>()
      for (const [{ name, xml }, changed] of byPart(await paragraphsOf(archive.parts, path), changes, path))
        texts.set(name, replaceTexts(xml, changed))
      return archive.withTexts(texts)
    },
    caller,
  )
  return changes.length
}

interface Placed {
  part: TextPart
  found: Found
}

/** All paragraphs in the order of their numbers. */
async function paragraphsOf(parts: readonly TextPart[], path: string): Promise<Placed[]> {
  const { findParagraphs } = await load()
  const all: Placed[] = []
  for (const part of parts) {
    const what = part.kind === undefined ? 'its text' : `its ${part.name}`
    for (const found of await findParagraphs(part.xml, what, path)) all.push({ part, found })
    if (all.length > MAX_DOCX_PARAGRAPHS)
      throw new ToolError(`${JSON.stringify(path)} has more than ${MAX_DOCX_PARAGRAPHS} paragraphs.`, {
        kind: 'invalid',
      })
  }
  return all
}

/** What changes in each part. Throws a ToolError for an index that is not there, or is there twice. */
function byPart(
  all: readonly Placed[],
  changes: readonly Change[],
  path: string,
): Map<TextPart, Map<Found, string>> {
  const parts = new Map<TextPart, Map<Found, string>>()
  for (const { index, new_text } of changes) {
    const placed = all[index]
    if (!placed)
      throw new ToolError(
        `${JSON.stringify(path)} has ${all.length} paragraphs, counted from 0; there is no paragraph ${index}. Nothing was written.`,
        { kind: 'invalid' },
      )
    const changed = parts.get(placed.part) ?? new Map<Found, string>()
    if (changed.has(placed.found))
      throw new ToolError(`Paragraph ${index} is changed twice; give one text for it. Nothing was written.`, {
        kind: 'invalid',
      })
    parts.set(placed.part, changed.set(placed.found, new_text))
  }
  return parts
}
