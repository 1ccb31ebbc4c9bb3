/** What is in a Word document, from its bytes and back to them. */
import { ToolError } from '../../../protocol/define.ts'
import { MAX_DOCX_PARAGRAPHS } from '../limits.ts'
import { openDocx, type TextPart } from './archive.ts'
import { type Found, findParagraphs, replaceTexts } from './paragraphs.ts'
import type { Change, PageWanted, Paragraph, ParagraphPage } from './shapes.ts'

/**
 * A page of the main text, and after it of what stands beside that. Throws a ToolError for what is no Word document, and
 * where the first paragraph that is wanted is too long alone.
 */
export function paragraphsIn(
  bytes: Buffer,
  path: string,
  { offset, limit, maxBytes }: PageWanted,
): ParagraphPage {
  const all = paragraphsOf(openDocx(bytes, path).parts, path)
  const paragraphs: Paragraph[] = []
  let length = 0
  for (const [at, { part, found }] of all.slice(offset, offset + limit).entries()) {
    const index = offset + at
    const paragraph = { index, text: found.text, ...(part.kind === undefined ? {} : { part: part.kind }) }
    length += Buffer.byteLength(JSON.stringify(JSON.stringify(paragraph)))
    if (length > maxBytes) {
      if (at > 0) break
      throw new ToolError(
        `Paragraph ${index} of ${JSON.stringify(path)} is too long for one reply (${found.text.length} characters). Go on behind it: offset ${index + 1}.`,
        { kind: 'invalid' },
      )
    }
    paragraphs.push(paragraph)
  }
  const next = offset + paragraphs.length
  return { paragraphs, total: all.length, nextOffset: next < all.length ? next : undefined }
}

/** The document with other paragraphs. Throws a ToolError for one that is not there, or is there twice. */
export function withChanges(bytes: Buffer, path: string, changes: readonly Change[]): Buffer {
  const archive = openDocx(bytes, path)
  const texts = new Map<string, string>()
  for (const [{ name, xml }, changed] of byPart(paragraphsOf(archive.parts, path), changes, path))
    texts.set(name, replaceTexts(xml, changed))
  return archive.withTexts(texts)
}

interface Placed {
  part: TextPart
  found: Found
}

/** All paragraphs in the order of their numbers. */
function paragraphsOf(parts: readonly TextPart[], path: string): Placed[] {
  const all: Placed[] = []
  for (const part of parts) {
    const what = part.kind === undefined ? 'its text' : `its ${part.name}`
    for (const found of findParagraphs(part.xml, what, path)) all.push({ part, found })
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
