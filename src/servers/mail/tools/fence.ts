/** Marks in an answer between which is what a sender wrote. What they wrote can't close them. */

const NAME = 'email'
const MARKS = new RegExp(`[<\uFF1C\u2039](?=\\s{0,10}/?\\s{0,10}${NAME}\\b)`, 'gi')

export const fenced = (text: string): string => `<${NAME}>\n${withoutFence(text)}\n</${NAME}>`

export const withoutFence = (text: string): string => text.replace(MARKS, '(')
