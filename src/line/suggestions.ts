/** What was typed before and begins as the line does: shown faintly after the cursor, taken with the right arrow or End. */
import type { Interface, Key } from 'node:readline'
import { styleText } from 'node:util'

/** What the newest line that begins with this one has more; empty where there is none, or it is not plain ASCII. */
export function suggestion(line: string, history: readonly string[]): string {
  if (line.trim() === '') return ''
  const found = history.findLast((one) => one.length > line.length && one.startsWith(line))
  const rest = found?.slice(line.length) ?? ''
  return /^[ -~]*$/.test(rest) ? rest : ''
}

export interface SuggestionsOptions {
  lines: Interface
  input: NodeJS.ReadStream
  output: NodeJS.WritableStream & { columns?: number }
  history(): readonly string[]
  /** Whether what is typed now is a line, and no answer to a question. */
  wanted(): boolean
}

/** Suggests as long as the input has keys. readline handles a key between the two listeners. */
export function suggestWhileTyping({ lines, input, output, history, wanted }: SuggestionsOptions): void {
  let shown = ''
  let taken = ''
  const isAtEnd = () => lines.cursor === lines.line.length

  input.prependListener('keypress', (_, key: Key) => {
    taken = isAtEnd() && takes(key) ? shown : ''
    if (shown !== '' && isAtEnd()) output.write('\x1b[K')
    shown = ''
  })
  input.on('keypress', (_, { name }: Key) => {
    // What Tab completes comes later, and would be written over a suggestion.
    if (!wanted() || !isAtEnd() || name === 'tab') return
    if (taken !== '') {
      lines.write(taken)
      return
    }
    const room = (output.columns ?? 0) - lines.getCursorPos().cols - 1
    const rest = suggestion(lines.line, history())
    if (rest === '' || rest.length > room) return
    shown = rest
    output.write(`${styleText('dim', rest, { validateStream: false })}\x1b[${rest.length}D`)
  })
}

const takes = ({ name, ctrl }: Key): boolean =>
  name === 'right' || name === 'end' || (ctrl === true && (name === 'e' || name === 'f'))
