import { codeSpans } from './code.ts'
import { markdownLines } from './markdown.ts'
import type { Renderer } from './renderer.ts'

/** Knows Markdown and the languages of code. */
export const RENDERER: Renderer = { markdown: markdownLines, code: codeSpans }
