/** Text from the bytes of a file. */
import { isUtf8 } from 'node:buffer'
import { ToolError } from '../../../protocol/define.ts'
import { MAX_TEXT_JSON_BYTES } from '../limits.ts'

/** Throws a ToolError for what is not UTF-8. A byte order mark is kept, so that an edit gives it back. */
export function decodeText(bytes: Buffer, path: string): string {
  if (!isUtf8(bytes))
    throw new ToolError(
      (tool) =>
        `${JSON.stringify(path)} is not UTF-8 text. ${tool('read_document')} reads documents such as PDF, Word and spreadsheets; ${tool('read_media_file')} gives the bytes of any file in base64.`,
    )
  return bytes.toString()
}

/** Whether a text is too long for a reply once it is escaped. */
export const tooLongEscaped = (text: string): boolean =>
  text.length * 6 > MAX_TEXT_JSON_BYTES && Buffer.byteLength(JSON.stringify(text)) > MAX_TEXT_JSON_BYTES

/** How a client reads what is too large for one reply. */
export const tooLarge = (path: string, size: number): ToolError =>
  new ToolError(
    `${JSON.stringify(path)} is too large for one reply (${size} bytes). Read a part of it: "head" or "tail" for its first or last lines, "offset" and "length" for a range of bytes.`,
  )
