/**
 * A line of the line mode → words. Single and double quotes and the backslash are those of a POSIX shell; a word that
 * begins with a bracket or brace is JSON up to where that closes. `| COMMAND` gives the output to a program of this
 * machine, `> FILE` and `>> FILE` to a file of it, and a last `&` runs all of it in the background. A line that begins
 * with `#` is a comment.
 */

export interface Line {
  words: string[]
  /** What comes after the first `|`, for the shell of this machine. */
  pipe?: string
  file?: { path: string; append: boolean }
  background: boolean
}

export class LineError extends Error {
  override readonly name = 'LineError'
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' }

/** Throws a LineError for what is not closed, or leads nowhere. */
export function parseLine(text: string): Line {
  const line: Line = { words: [], background: false }
  if (/^\s*#/.test(text)) return line
  let at = 0
  while (at < text.length) {
    const char = text[at] as string
    if (/\s/.test(char)) at++
    else if (char === '|') {
      if (line.file) throw new LineError('The output can go to a file or to a program, not to both.')
      line.pipe = text.slice(at + 1).trim()
      if (line.pipe.endsWith('&')) {
        line.pipe = line.pipe.slice(0, -1).trimEnd()
        line.background = true
      }
      if (line.pipe === '') throw new LineError('"|" needs a command after it.')
      break
    } else if (char === '>') {
      if (line.file) throw new LineError('The output can go to one file.')
      const append = text[at + 1] === '>'
      const path = readWord(text, skipSpace(text, at + (append ? 2 : 1)))
      if (path.word === '') throw new LineError('">" needs the path of a file after it.')
      line.file = { path: path.word, append }
      at = path.end
    } else if (char === '&') {
      if (text.slice(at + 1).trim() !== '') throw new LineError('"&" must be the last on its line.')
      line.background = true
      break
    } else {
      const { word, end } = CLOSING[char] ? readJson(text, at) : readWord(text, at)
      line.words.push(word)
      at = end
    }
  }
  if (line.words.length === 0 && (line.pipe !== undefined || line.file || line.background))
    throw new LineError('There is no command to run.')
  return line
}

const skipSpace = (text: string, at: number): number => at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0)

/** Up to where its first bracket closes; strings in it may hold brackets. */
function readJson(text: string, start: number): { word: string; end: number } {
  const open: string[] = []
  let inString = false
  for (let at = start; at < text.length; at++) {
    const char = text[at] as string
    if (inString) {
      if (char === '\\') at++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (CLOSING[char]) open.push(CLOSING[char] as string)
    else if (char === ']' || char === '}') {
      if (open.pop() !== char) throw new LineError(`"${char}" closes what was not opened.`)
      if (open.length === 0) return { word: text.slice(start, at + 1), end: at + 1 }
    }
  }
  throw new LineError(`The "${text[start]}" is not closed.`)
}

function readWord(text: string, start: number): { word: string; end: number } {
  let word = ''
  let at = start
  while (at < text.length) {
    const char = text[at] as string
    if (/[\s|>&]/.test(char)) break
    if (char === "'") {
      const end = text.indexOf("'", at + 1)
      if (end < 0) throw new LineError("The ' is not closed.")
      word += text.slice(at + 1, end)
      at = end + 1
    } else if (char === '"') {
      at++
      while (at < text.length && text[at] !== '"') {
        if (text[at] === '\\' && /["\\]/.test(text[at + 1] ?? '')) at++
        word += text[at++]
      }
      if (at >= text.length) throw new LineError('The " is not closed.')
      at++
    } else if (char === '\\') {
      if (at + 1 >= text.length) throw new LineError('The line ends with a \\ that nothing follows.')
      word += text[at + 1]
      at += 2
    } else {
      word += char
      at++
    }
  }
  return { word, end: at }
}

/** A word as it must be typed to be read as it is. */
export function quote(word: string): string {
  if (word !== '' && /^[^\s'"\\|>&[\]{}#]+$/.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}
