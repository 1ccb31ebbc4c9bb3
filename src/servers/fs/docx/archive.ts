/** The zip archive that a Word document is, read within bounds: a small file can unpack to any size. */
import { type UnzipFileInfo, type Unzipped, unzipSync, type Zippable, zipSync } from 'fflate'
import { ToolError } from '../../../protocol/define.ts'
import { MAX_DOCX_ENTRIES, MAX_DOCX_UNPACKED_BYTES } from '../limits.ts'

/** Where a Word document keeps its text (ECMA-376, part 1, section 11.3.10). */
const DOCUMENT = 'word/document.xml'

export interface DocxArchive {
  /** The XML of the main text. */
  readonly document: string
  /** The whole archive with another text; all other parts stay as they are. */
  withDocument(document: string): Uint8Array
}

/** Throws a ToolError for what is no Word document, or unpacks to more than can be handled. */
export function openDocx(bytes: Uint8Array, path: string): DocxArchive {
  const parts = unpack(bytes, path)
  const part = parts[DOCUMENT]
  if (!part) throw notDocx(path, `it has no ${DOCUMENT}`)
  return {
    document: new TextDecoder().decode(part),
    withDocument(document) {
      const packed: Zippable = {}
      for (const [name, content] of Object.entries(parts)) packed[name] = content
      packed[DOCUMENT] = new TextEncoder().encode(document)
      return zipSync(packed)
    },
  }
}

function unpack(bytes: Uint8Array, path: string): Unzipped {
  let entries = 0
  let unpacked = 0
  const filter = ({ originalSize }: UnzipFileInfo) => {
    entries++
    unpacked += originalSize
    if (entries > MAX_DOCX_ENTRIES || unpacked > MAX_DOCX_UNPACKED_BYTES)
      throw new ToolError(
        `${JSON.stringify(path)} unpacks to more than ${MAX_DOCX_UNPACKED_BYTES} bytes or ${MAX_DOCX_ENTRIES} parts, which is more than is read here.`,
        { kind: 'invalid' },
      )
    return true
  }
  try {
    return unzipSync(bytes, { filter })
  } catch (cause) {
    throw cause instanceof ToolError ? cause : notDocx(path, 'it is no zip archive, or a broken one', cause)
  }
}

const notDocx = (path: string, why: string, cause?: unknown): ToolError =>
  new ToolError(`${JSON.stringify(path)} is no Word document (.docx): ${why}.`, { cause, kind: 'invalid' })
