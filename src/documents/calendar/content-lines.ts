/** Lines of a calendar: a name, parameters and a value, folded over several lines of the file. Source: RFC 5545, section 3.1. */
import { linesOf } from '../text/block.ts'

export interface ContentLine {
  /** In capitals. */
  name: string
  parameters: ReadonlyMap<string, string>
  /** As it stands there: what is escaped in a text is still escaped. */
  value: string
  /** Where it lies in the text of the file. */
  start: number
  end: number
}

/** Of one line, in characters: what is longer is an attached file, and the rest of it is left out. */
const MAX_LINE = 64 * 1024
const LINE = /^([\w-]+)((?:;[\w-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)$/s

export function* contentLines(text: string): Generator<ContentLine> {
  let parts: string[] = []
  let length = 0
  let start = 0
  let end = 0
  for (const { line, start: lineStart, end: lineEnd } of linesOf(text)) {
    const isFolded = parts.length > 0 && (line.startsWith(' ') || line.startsWith('\t'))
    if (!isFolded) {
      const whole = contentLine(parts.join(''), start, end)
      if (whole) yield whole
      parts = []
      length = 0
      start = lineStart
    }
    const part = isFolded ? line.slice(1) : line
    if (length < MAX_LINE) parts.push(part.slice(0, MAX_LINE))
    length += part.length
    end = lineEnd
  }
  const last = contentLine(parts.join(''), start, end)
  if (last) yield last
}

function contentLine(line: string, start: number, end: number): ContentLine | undefined {
  const [, name = '', given = '', value = ''] = LINE.exec(line.slice(0, MAX_LINE)) ?? []
  if (name === '') return undefined
  const parameters = new Map<string, string>()
  for (const [, parameter = '', its = ''] of given.matchAll(/;([\w-]+)=((?:"[^"]*"|[^";:])*)/g))
    parameters.set(parameter.toUpperCase(), its.replaceAll('"', ''))
  return { name: name.toUpperCase(), parameters, value, start, end }
}

/** The text that a value stands for (section 3.3.11). */
export const textOf = (value: string): string =>
  value.replace(/\\(.)/gs, (_, character: string) => (/[nN]/.test(character) ? '\n' : character)).trim()
