/** The reader of each format. Apart from the table of formats: who only wants to know what is read loads none of them. */
import type { DocumentReader } from './document.ts'
import type { Format } from './formats.ts'
import type { ReadText } from './text/block.ts'

/** Of its text, or of its bytes. */
interface Reader {
  text?: () => Promise<ReadText>
  document?: () => Promise<DocumentReader>
}

/** Each is loaded with the first file of its format. */
const READERS: Readonly<Record<Format, Reader>> = {
  text: { text: async () => (await import('./text/plain.ts')).readPlain },
  markdown: { text: async () => (await import('./text/markdown.ts')).readMarkdown },
  html: { text: async () => (await import('./text/html.ts')).readHtml },
  code: { text: async () => (await import('./text/code.ts')).readCode },
  csv: { text: async () => (await import('./text/csv.ts')).readCsv },
  json: { text: async () => (await import('./text/json.ts')).readJson },
  calendar: { text: async () => (await import('./calendar/ics.ts')).readIcs },
  notebook: { text: async () => (await import('./text/notebook.ts')).readNotebook },
  email: { document: async () => (await import('./mail/email.ts')).readEmail },
  pdf: { document: async () => (await import('./pdf/pdf.ts')).readPdf },
  docx: { document: async () => (await import('./docx/reader.ts')).readDocx },
  xlsx: { document: async () => (await import('./spreadsheet/xlsx.ts')).readXlsx },
  ods: { document: async () => (await import('./spreadsheet/ods.ts')).readOds },
  pptx: { document: async () => (await import('./pptx/reader.ts')).readPptx },
  odt: { document: async () => (await import('./odf/text.ts')).readOdt },
  odp: { document: async () => (await import('./odf/presentation.ts')).readOdp },
  epub: { document: async () => (await import('./epub/reader.ts')).readEpub },
  picture: { document: async () => (await import('./picture/picture.ts')).readPicture },
}

export const readerOf = (format: Format): Reader => READERS[format]
