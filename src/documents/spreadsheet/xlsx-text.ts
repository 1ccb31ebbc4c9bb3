/** Texts, formats and comments that the sheets of an Excel workbook refer to. Source: ECMA-376, part 1, sections 18.4, 18.7 and 18.8. */
import type { Package } from '../package/package.ts'
import type { XmlHandler } from '../xml/xml.ts'
import { plainNumber, type ShowNumber, showNumberOf } from './number-format.ts'
import { type Comment, MAX_CELL_TEXT } from './sheet.ts'

/** Of the texts of a workbook, in characters: they are held while its sheets are read. */
export const MAX_TEXTS = 128 * 1024 * 1024
const MAX_TEXT_COUNT = 4_000_000
/** Excel writes no more. */
const MAX_STYLES = 65_490

/** What stands in XML for characters that it can't have. */
export const unescaped = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9a-f]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text

/** Throws a DocumentProblem. */
export async function sharedTextsOf(document: Package, part: string): Promise<string[]> {
  const texts: string[] = []
  let left = MAX_TEXTS
  for await (const text of document.stream<string>(part, (emit) =>
    textHandler('x:si', (text) => emit(text)),
  )) {
    left -= text.length
    if (left < 0 || texts.push(unescaped(text)) > MAX_TEXT_COUNT)
      throw document.problem('too large', 'it has more texts than are read of one workbook')
  }
  return texts
}

/** Puts together the text of each element of a name; how it is spoken is left out. */
function textHandler(
  element: string,
  found: (text: string, attributes: Readonly<Record<string, string | undefined>>) => void,
): XmlHandler {
  let text = ''
  let attributes: Readonly<Record<string, string | undefined>> = {}
  let isText = false
  let isPhonetic = false
  return {
    open(name, own) {
      if (name === element) {
        text = ''
        attributes = own
      } else if (name === 'x:rPh') isPhonetic = true
      isText = !isPhonetic && (name === 'x:t' || name.endsWith(':text'))
    },
    text(piece) {
      if (isText && text.length <= MAX_CELL_TEXT) text += piece
    },
    close(name) {
      isText = false
      if (name === 'x:rPh') isPhonetic = false
      else if (name === element) found(text, attributes)
    },
  }
}

/** How the numbers of each style are shown. Throws a DocumentProblem. */
export function formatsOf(document: Package, part: string): ShowNumber[] {
  const codes = new Map<number, string>()
  const shown = new Map<number, ShowNumber>()
  const formats: ShowNumber[] = []
  let isOfCells = false
  document.xml(part, {
    open(name, { numFmtId, formatCode, applyNumberFormat }) {
      const id = Number(numFmtId ?? 0)
      if (name === 'x:numFmt' && formatCode !== undefined && codes.size < MAX_STYLES)
        codes.set(id, formatCode)
      else if (name === 'x:cellXfs') isOfCells = true
      else if (name === 'x:xf' && isOfCells && formats.length < MAX_STYLES) {
        const show = shown.get(id) ?? showNumberOf(id, codes.get(id))
        shown.set(id, show)
        formats.push(applyNumberFormat === '0' && id === 0 ? plainNumber : show)
      }
    },
    close(name) {
      if (name === 'x:cellXfs') isOfCells = false
    },
  })
  return formats
}

/** Throws a DocumentProblem. */
export function commentsOf(document: Package, part: string): Comment[] {
  const comments: Comment[] = []
  const isThreaded = part.includes('threadedComment')
  document.xml(
    part,
    textHandler(isThreaded ? '?:threadedComment' : 'x:comment', (text, { ref }) => {
      if (ref !== undefined && comments.length < MAX_TEXT_COUNT) comments.push({ address: ref, text })
    }),
  )
  return comments
}
