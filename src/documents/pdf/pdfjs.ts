/** The one place that loads pdf.js, and that says what of it may run. */
import type { PDFDocumentProxy } from 'unpdf/pdfjs'
import { type DocumentProblem, documentProblem } from '../document.ts'

export type { PDFDocumentProxy, PDFPageProxy } from 'unpdf/pdfjs'

/** Loaded with the first PDF: it is one file of 1.7 MB. */
async function loaded() {
  const { getResolvedPDFJS } = await import('unpdf')
  return getResolvedPDFJS()
}

/**
 * Opens a PDF. Nothing of it runs: pdf.js only runs scripts where a viewer brings an interpreter. Nothing is fetched either, no font
 * is made ready to be drawn, and no picture is decoded. It opens with an empty password, as viewers open it.
 */
export async function openPdf(bytes: Buffer, name: string): Promise<PDFDocumentProxy> {
  const { getDocument, VerbosityLevel } = await loaded()
  const opening = getDocument({
    // It takes what it is given, so it gets a copy.
    data: new Uint8Array(bytes),
    password: '',
    verbosity: VerbosityLevel.ERRORS,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    useWasm: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    // In pixels: none.
    maxImageSize: 0,
    enableXfa: false,
    disableRange: true,
    disableStream: true,
    disableAutoFetch: true,
    BinaryDataFactory: NoData,
  })
  try {
    return await opening.promise
  } catch (error) {
    await opening.destroy()
    throw problemOf(error, name)
  }
}

/** What pdf.js calls its operators, by their numbers. */
export async function operatorNames(): Promise<ReadonlyMap<unknown, string>> {
  const { OPS } = await loaded()
  return new Map(Object.entries(OPS).map(([name, number]) => [number, name]))
}

/** In place of what fetches fonts and tables of characters. */
class NoData {
  fetch(): Promise<never> {
    return Promise.reject(new Error('Nothing is fetched.'))
  }
}

/** What pdf.js threw, as a problem of the document. */
function problemOf(cause: unknown, name: string): DocumentProblem {
  return cause instanceof Error && cause.name === 'PasswordException'
    ? documentProblem(
        name,
        'encrypted',
        'it opens only with a password. Save a copy of it without one, for example by printing it to a PDF, and read that',
        cause,
      )
    : documentProblem(
        name,
        'damaged',
        'no page was found in it, so it is damaged or incomplete. Get it again from where it came from',
        cause,
      )
}
