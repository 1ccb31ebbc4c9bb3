/** What OCR has read, and what not, in sentences. */
import type { FileScanStatus, ScanStatus } from '../search/file-search.ts'
import { count } from './answer.ts'

/** Of all searched files. */
export function toldScans({ pages, pictures, read, failed, languages, advice }: ScanStatus): string[] {
  const parts = [pages > 0 && count(pages, 'page'), pictures > 0 && count(pictures, 'picture')]
  const waiting = parts.filter((part) => part !== false).join(' and ')
  const later = languages
    ? `OCR reads them in the background (${languages.join(', ')}).`
    : 'They are not read.'
  return [
    waiting !== '' && `${waiting} without text may show some. ${later}`,
    pages + pictures > 0 || languages ? advice : undefined,
    read > 0 && `OCR has read ${inPages(read)}.`,
    failed > 0 && `OCR could not read ${inPages(failed)}; give a path to learn why.`,
  ].filter((sentence) => sentence !== false && sentence !== undefined)
}

const inPages = (some: number): string => `${count(some, 'page')} or picture${some === 1 ? '' : 's'}`

/** Of one file. */
export function toldFileScans(status: FileScanStatus, passages: number): string[] {
  const { isPicture, waiting, read, failed, problem, languages, advice } = status
  const of = (some: number) => (isPicture ? 'It' : `${count(some, 'page')} of it`)
  const were = (some: number) => (isPicture || some === 1 ? 'was' : 'were')
  const later = languages ? 'OCR reads it in the background.' : advice
  return [
    read > 0 && passages === 0 && 'OCR found no text in it.',
    read > 0 && passages > 0 && `${of(read)} ${were(read)} read by OCR, so there may be mistakes.`,
    waiting > 0 && `${of(waiting)} may show text that is not read. ${later ?? ''}`.trim(),
    failed > 0 && `${of(failed)} could not be read: ${problem ?? 'OCR does not say why.'}`,
  ].filter((sentence) => sentence !== false)
}
