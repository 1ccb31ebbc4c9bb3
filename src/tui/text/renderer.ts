/** How long texts become lines. What knows Markdown and languages is large, and comes after the first picture. */
import type { Line, Span } from './lines.ts'
import { paragraph, span } from './lines.ts'

export interface Renderer {
  markdown(text: string, columns: number): Line[]
  /** The lines of a text in some language, by a file's name or the word after a fence; not folded. */
  code(text: string, language: string): Span[][]
}

/** Until the real one is there. */
export const PLAIN_RENDERER: Renderer = {
  markdown: (text, columns) => paragraph(text, columns),
  code: (text) => text.split('\n').map((one) => [span(one)]),
}
