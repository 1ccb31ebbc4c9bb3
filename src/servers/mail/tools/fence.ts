/** Marks in an answer, or in an error, between which is what a sender wrote. What they wrote can't close them. */
import { ToolError, type ToolErrorKind } from '../../../protocol/define.ts'

const NAME = 'email'
const MARKS = new RegExp(`[<\uFF1C\u2039](?=\\s{0,10}/?\\s{0,10}${NAME}\\b)`, 'gi')

export const fenced = (text: string): string => `<${NAME}>\n${withoutFence(text)}\n</${NAME}>`

/** An error that can't do without words of a sender. `sentence` is ours, and ends with a colon. */
export const errorWith = (
  sentence: string,
  words: string,
  options: ErrorOptions & { kind?: ToolErrorKind } = {},
): ToolError => new ToolError(`${sentence}\n${fenced(words)}`, { ...options, untrusted: 'mail' })

export const withoutFence = (text: string): string => text.replace(MARKS, '(')
