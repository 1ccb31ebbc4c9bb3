/** The zip archive that a Word document is, read within bounds: a small file can unpack to any size. */
import sax from 'sax'
import { ZipProblem } from '../../../documents/zip/problem.ts'
import { openZip, type Zip } from '../../../documents/zip/zip.ts'
import { ToolError } from '../../../protocol/define.ts'
import { MAX_DOCX_PARTS, MAX_DOCX_TEXT_PARTS, MAX_DOCX_XML_BYTES } from '../limits.ts'
import type { PartKind } from './shapes.ts'

/** Where a Word document keeps its main text (ECMA-376, part 1, section 11.3.10), and what belongs to that. */
const FOLDER = 'word'
const DOCUMENT = `${FOLDER}/document.xml`
const RELATIONSHIPS = `${FOLDER}/_rels/document.xml.rels`
/** The most bytes of the latter: some ten thousand links. */
const MAX_RELATIONSHIPS_BYTES = 4 * 1024 * 1024
/** In the order in which they are read, by the last word of the relationship's type (sections 11.3.2 to 11.3.9). */
const KINDS: Readonly<Record<string, PartKind>> = {
  header: 'header',
  footer: 'footer',
  footnotes: 'footnote',
  endnotes: 'endnote',
  comments: 'comment',
}

/** A part of the archive that holds paragraphs. */
export interface TextPart {
  readonly name: string
  /** What it is beside the main text; undefined for that. */
  readonly kind: PartKind | undefined
  readonly xml: string
}

export interface DocxArchive {
  /** The main text comes first. */
  readonly parts: readonly TextPart[]
  /** The whole archive with other texts in some parts; all else stays as it is. */
  withTexts(texts: ReadonlyMap<string, string>): Buffer
}

/** Throws a ToolError for what is no Word document, or unpacks to more than can be handled. */
export function openDocx(bytes: Buffer, path: string): DocxArchive {
  return asDocument(path, () => {
    const zip = openZip(bytes, MAX_DOCX_PARTS)
    const main = zip.read(DOCUMENT, MAX_DOCX_XML_BYTES)
    if (!main) throw unusable(path, `it has no ${DOCUMENT}`)
    const parts: TextPart[] = [{ name: DOCUMENT, kind: undefined, xml: decode(main, DOCUMENT, path) }]
    let size = main.length
    for (const { name, kind } of besides(zip, path)) {
      const part = zip.read(name, MAX_DOCX_XML_BYTES)
      if (!part) continue
      size += part.length
      if (size > MAX_DOCX_XML_BYTES)
        throw unusable(path, `its texts unpack to more than ${MAX_DOCX_XML_BYTES} bytes`)
      parts.push({ name, kind, xml: decode(part, name, path) })
    }
    return {
      parts,
      withTexts: (texts) =>
        asDocument(path, () => zip.with(new Map([...texts].map(([name, xml]) => [name, Buffer.from(xml)])))),
    }
  })
}

/** The parts that the main text refers to, those of a kind together. */
function besides(zip: Zip, path: string): { name: string; kind: PartKind }[] {
  const listed = zip.read(RELATIONSHIPS, MAX_RELATIONSHIPS_BYTES)
  const found = new Map<string, PartKind>()
  if (listed)
    for (const { type, target } of relationships(decode(listed, RELATIONSHIPS, path), path)) {
      const kind = KINDS[type.slice(type.lastIndexOf('/') + 1)]
      if (kind) found.set(partName(target), kind)
    }
  found.delete(DOCUMENT)
  if (found.size > MAX_DOCX_TEXT_PARTS)
    throw unusable(
      path,
      `it has ${found.size} headers, footers and notes, of which ${MAX_DOCX_TEXT_PARTS} are the most`,
    )
  const order = Object.values(KINDS)
  return [...found]
    .map(([name, kind]) => ({ name, kind }))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || BY_NAME.compare(a.name, b.name))
}

/** `header2.xml` stands before `header10.xml`. */
const BY_NAME = new Intl.Collator('en', { numeric: true })

const partName = (target: string): string =>
  target.startsWith('/') ? target.slice(1) : `${FOLDER}/${target.replace(/^\.\//, '')}`

/** What stands within the archive (part 2, section 6.5.3.4). */
function relationships(xml: string, path: string): { type: string; target: string }[] {
  const found: { type: string; target: string }[] = []
  const parser = sax.parser(true)
  parser.onerror = (cause) => {
    throw unusable(path, `its ${RELATIONSHIPS} is not well-formed XML`, cause)
  }
  parser.onopentag = ({ name, attributes }) => {
    const { Type, Target, TargetMode } = attributes as Record<string, string>
    if (/(^|:)Relationship$/.test(name) && Type && Target && TargetMode !== 'External')
      found.push({ type: Type, target: Target })
  }
  parser.write(xml).close()
  return found
}

/** Does something with an archive, whose problems are the document's. */
function asDocument<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (problem) {
    throw problem instanceof ZipProblem ? unusable(path, problem.message, problem) : problem
  }
}

/** Not leniently: what could not be read would be written back as something else. */
function decode(content: Uint8Array, name: string, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch (cause) {
    throw unusable(path, `its ${name} is not UTF-8`, cause)
  }
}

const unusable = (path: string, why: string, cause?: unknown): ToolError =>
  new ToolError(`${JSON.stringify(path)} can't be used as a Word document (.docx): ${why}.`, {
    cause,
    kind: 'invalid',
  })
