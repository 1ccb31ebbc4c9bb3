/** What was written on a page: fields that are filled in, and comments. */

import { plainText } from '../text.ts'
import type { PageBlock } from './page-block.ts'
import type { PDFPageProxy } from './pdfjs.ts'
import { rowOf } from './row.ts'

/** Of one page. */
const MAX_ANNOTATIONS = 2000

/** What pdf.js says of a field or a comment. */
interface Annotation {
  subtype?: unknown
  fieldType?: unknown
  fieldName?: unknown
  fieldValue?: unknown
  alternativeText?: unknown
  password?: unknown
  contentsObj?: { str?: unknown }
}

/** A field is a row of its name and its value. */
export async function annotationsOf(page: PDFPageProxy): Promise<PageBlock[]> {
  const all: readonly Annotation[] = await page.getAnnotations({ intent: 'any' }).catch(() => [])
  const seen = new Set<string>()
  return all.slice(0, MAX_ANNOTATIONS).flatMap((annotation) => {
    const block = annotation.subtype === 'Widget' ? fieldOf(annotation) : commentOf(annotation)
    if (!block || seen.has(block.text)) return []
    seen.add(block.text)
    return [block]
  })
}

function fieldOf({
  fieldType,
  fieldName,
  fieldValue,
  alternativeText,
  password,
}: Annotation): PageBlock | undefined {
  // Signatures and buttons have no value that people read.
  if (fieldType !== 'Tx' && fieldType !== 'Ch' && fieldType !== 'Btn') return undefined
  const value = clean(
    [fieldValue]
      .flat()
      .filter((one) => typeof one === 'string')
      .join(', '),
  )
  const name = clean(
    typeof alternativeText === 'string' && alternativeText !== '' ? alternativeText : fieldName,
  )
  if (value === '' || value === 'Off' || password === true) return undefined
  return rowOf([name, value])
}

function commentOf({ contentsObj, subtype }: Annotation): PageBlock | undefined {
  const text = subtype === 'Link' || subtype === 'Popup' ? '' : clean(contentsObj?.str)
  return text === '' ? undefined : { kind: 'note', text }
}

const clean = (value: unknown): string =>
  typeof value === 'string' ? plainText(value).replace(/\s+/g, ' ').trim() : ''
