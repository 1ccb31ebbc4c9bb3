/** Pictures: no text by themselves, but one may be of text, such as a page that was scanned. */
import { type DocumentReader, documentProblem } from '../document.ts'
import { type PictureHeader, pictureHeader } from './header.ts'

/** Less than a line of text; icons are no larger. In pixels. */
const MIN_LONGER = 200
const MIN_SHORTER = 40
/** More takes OCR more memory than it has: some ten bytes for each. A telephone takes pictures of 12 million. */
const MAX_PIXELS = 20_000_000

export const readPicture: DocumentReader = async (bytes, { name }) => {
  const header = pictureHeader(bytes)
  if (!header) throw documentProblem(name, 'damaged', 'it is called a picture, and is none')
  return {
    async *blocks() {
      if (isTiny(header)) return
      const why = whyPictureUnread(header)
      if (why === undefined) yield { kind: 'remark', text: MAY_BE_TEXT, isPicture: true, place: {} }
      else yield { kind: 'remark', text: why, place: {} }
    },
  }
}

const MAY_BE_TEXT = 'This is a picture. It may be one of text.'

/** Whether it is too small to have text. */
function isTiny({ size }: PictureHeader): boolean {
  if (!size) return false
  const { width, height } = size
  return Math.max(width, height) < MIN_LONGER || Math.min(width, height) < MIN_SHORTER
}

/** Why a picture is not read, as a sentence; undefined where it can be. */
export function whyPictureUnread({ size, isAnimated }: PictureHeader): string | undefined {
  if (isAnimated) return 'This picture moves, and is not read.'
  if (!size || size.width * size.height <= MAX_PIXELS) return undefined
  return `This picture has ${size.width} × ${size.height} pixels, and pictures are read up to ${MAX_PIXELS / 1_000_000} million.`
}
