/** Lines → text, with words that were divided put together. */

/** Whatever a word is divided by at the end of a line. */
const DIVIDED = /(\p{L}{2,})[-\u00ad\u2010]$/u
const GOES_ON = /^\p{Ll}+/u

/** The words with a hyphen in them that stand within lines, in lower case: these keep it where a line ends in it. */
export const hyphenated = (lines: readonly string[]): Set<string> =>
  new Set(lines.flatMap((line) => line.match(/\p{L}+-\p{L}+/gu) ?? []).map((word) => word.toLowerCase()))

export function joinLines(lines: readonly string[], known: ReadonlySet<string>): string {
  let text = ''
  for (const line of lines) {
    const head = DIVIDED.exec(text)?.[1]
    const tail = GOES_ON.exec(line)?.[0]
    if (text === '') text = line
    else if (head !== undefined && tail !== undefined)
      text = `${known.has(`${head}-${tail}`.toLowerCase()) ? text : text.slice(0, -1)}${line}`
    else if (text.endsWith('\u00ad')) text = `${text.slice(0, -1)}${line}`
    // A word of several parts, such as a name, goes on after its hyphen.
    else if (/\p{L}[-\u2010]$/u.test(text) && /^\p{Lu}/u.test(line)) text += line
    else text += ` ${line}`
  }
  return text
}
