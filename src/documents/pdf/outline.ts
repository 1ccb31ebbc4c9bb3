/** What a PDF says of itself: its title, its language, its outline, and what in it is not read. */
import { languageCode } from '../language.ts'
import { plainText } from '../text.ts'
import type { PDFDocumentProxy } from './pdfjs.ts'
import { type Outline, outlineKey } from './typography.ts'

const MAX_ENTRIES = 5000
const MAX_DEPTH = 12
/** Of files that are in it. */
const MAX_NAMED = 20
/** What programs write where people gave no title. */
const NO_TITLE = /^(?:untitled|microsoft word - .*|.*\.(?:docx?|odt|tex|dvi|indd|pages|ps|pdf|html?))$/i

export interface About {
  title?: string
  language?: string
  outline: Outline
  /** What is in it that is not read or run, a sentence each. */
  remarks: string[]
}

/** What is damaged of it is as if it were not there. */
export async function about(pdf: PDFDocumentProxy): Promise<About> {
  const { info, metadata } = (await pdf.getMetadata().catch(() => undefined)) ?? {}
  const fields = (info ?? {}) as Readonly<Record<string, unknown>>
  const title = [metadata?.get('dc:title'), fields.Title].map(asTitle).find((one) => one !== undefined)
  const language = [fields.Language, metadata?.get('dc:language')]
    .flat()
    .map((tag) => (typeof tag === 'string' ? languageCode(tag) : undefined))
    .find((one) => one !== undefined)
  return {
    ...(title === undefined ? {} : { title }),
    ...(language === undefined ? {} : { language }),
    outline: await outlineOf(pdf),
    remarks: [
      ...(await attachments(pdf)),
      ...(await scripts(pdf)),
      ...(fields.IsXFAPresent === true ? [XFA] : []),
    ],
  }
}

const XFA = 'It is a form (XFA) that only some programs fill in; what was filled in may not be read.'

function asTitle(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const title = plainText(value).replace(/\s+/g, ' ').trim().slice(0, 500)
  return title === '' || NO_TITLE.test(title) ? undefined : title
}

async function outlineOf(pdf: PDFDocumentProxy): Promise<Outline> {
  const levels = new Map<string, number>()
  type Entries = Awaited<ReturnType<PDFDocumentProxy['getOutline']>>
  const add = (entries: Entries, level: number) => {
    for (const { title, items } of entries ?? []) {
      if (levels.size >= MAX_ENTRIES) return
      const key = outlineKey(title)
      if (key !== '' && !levels.has(key)) levels.set(key, level)
      if (level < MAX_DEPTH) add(items, level + 1)
    }
  }
  add(await pdf.getOutline().catch(() => []), 1)
  return levels
}

async function attachments(pdf: PDFDocumentProxy): Promise<string[]> {
  const files: unknown = await pdf.getAttachments().catch(() => null)
  const names = (files instanceof Map ? [...files.values()] : []).map((file: unknown) => {
    const name = typeof file === 'object' && file !== null && 'filename' in file ? file.filename : ''
    return typeof name === 'string' ? plainText(name).replace(/\s+/g, ' ').trim() : ''
  })
  if (names.length === 0) return []
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : ''
  return [`Files are attached to it, which are not read: ${names.slice(0, MAX_NAMED).join(', ')}${more}.`]
}

async function scripts(pdf: PDFDocumentProxy): Promise<string[]> {
  const has = await pdf.hasJSActions().catch(() => false)
  return has ? ['It has programs in it (JavaScript), which are never run.'] : []
}
