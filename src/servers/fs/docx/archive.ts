/** The zip archive that a Word document is, read within bounds: a small file can unpack to any size. */
import { ToolError } from '../../../protocol/define.ts'
import { MAX_DOCX_PARTS, MAX_DOCX_XML_BYTES } from '../limits.ts'
import { findZipped, ZipProblem } from './zip.ts'

/** Where a Word document keeps its text (ECMA-376, part 1, section 11.3.10). */
const DOCUMENT = 'word/document.xml'

export interface DocxArchive {
  /** The XML of the main text. */
  readonly document: string
  /** The whole archive with another text; all other parts stay as they are. */
  withDocument(document: string): Uint8Array
}

/** Throws a ToolError for what is no Word document, or unpacks to more than can be handled. */
export function openDocx(bytes: Buffer, path: string): DocxArchive {
  const part = find(bytes, path)
  return {
    document: decode(part.content, path),
    withDocument: (document) => part.replacedBy(Buffer.from(document)),
  }
}

function find(bytes: Buffer, path: string) {
  try {
    const part = findZipped(bytes, DOCUMENT, { files: MAX_DOCX_PARTS, bytes: MAX_DOCX_XML_BYTES })
    if (part) return part
  } catch (problem) {
    throw problem instanceof ZipProblem ? unusable(path, problem.message, problem) : problem
  }
  throw unusable(path, `it has no ${DOCUMENT}`)
}

/** Not leniently: what could not be read would be written back as something else. */
function decode(content: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch (cause) {
    throw unusable(path, `its ${DOCUMENT} is not UTF-8`, cause)
  }
}

const unusable = (path: string, why: string, cause?: unknown): ToolError =>
  new ToolError(`${JSON.stringify(path)} can't be used as a Word document (.docx): ${why}.`, {
    cause,
    kind: 'invalid',
  })
