/**
 * Source code of any language by what its layout says: a definition begins at the left margin, or one step in, and takes the comment
 * right above it along. No grammar is needed, none can be out of date, and odd code costs no more than other.
 */
import { BlockBuilder, linesOf, type TextBlock } from './block.ts'

const MODIFIERS =
  'export|default|public|private|protected|internal|static|abstract|final|sealed|async|unsafe|extern|inline|virtual|override|pub(?:\\([^)]{0,40}\\))?|const|open|data|local|partial|readonly|suspend|tailrec|noinline|crate|declare'
const KINDS =
  'function\\*?|class|interface|enum|struct|union|trait|impl|type|namespace|module|package|def|defp|defmodule|defn|fn|func|fun|sub|proc|object|record|protocol|extension|mod|macro_rules!|message|service|resource|CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:TABLE|VIEW|FUNCTION|PROCEDURE|INDEX|TRIGGER)'
/** A line that begins what has a name: a function, a class, a type. */
const DEFINITION = new RegExp(`^\\(?(?:(?:${MODIFIERS})\\s+){0,6}(?:${KINDS})(?=\\s|<|\\()\\s*[^\\s=:;]`, 'i')
/** A value that is a function, and a function of a shell. */
const ASSIGNED =
  /^(?:export\s+)?(?:const|let|var)\s+[\w$]{1,100}\s*(?::[^=]{1,100})?=\s*(?:async\s*)?(?:function\b|\(|[\w$]{1,100}\s*=>)/
/** A method, or a function of C and its like: a name, parameters, and what it does begins on this line or the next one. */
const SIGNATURE = /^[\w$*&<>:[\]~,\s]{1,120}\([^;{}]{0,300}\)[^;={}]{0,60}/y
/** A line with a brace alone. */
const BRACE_BELOW = /\n[ \t]{0,40}\{[ \t]{0,40}\r?(?:\n|$)/y
const STATEMENT =
  /^(?:if|for|while|switch|catch|return|else|do|try|with|match|elif|except|unless|until|new|await|throw|case)\b/
const COMMENT = /^(?:\/\/|\/\*|\*|#|--|;;|'''|"""|@|\[\[?|%)/
/** What ends or goes on with what stands above it, although it is at the margin. */
const GOES_ON = /^(?:[\])}]|end\b|else\b|elif\b|except\b|finally\b|catch\b|rescue\b|fi\b|done\b|esac\b|EOF\b)/
/** One step in, at most. */
const MAX_INDENT = 4
const MAX_LINE = 1000
const MAX_NAME = 100

export function* readCode(text: string): Generator<TextBlock> {
  const builder = new BlockBuilder(text)
  /** The definition at the margin that the line stands in. */
  let outer: string | undefined
  /** The comment right above the line, from its first line to its last. */
  let comment: { start: number; end: number } | undefined
  for (const entry of linesOf(text)) {
    const trimmed = entry.line.trim()
    if (trimmed === '') {
      flush()
      // Between the definitions what belongs together has no blank line in it; within one it may.
      yield* builder.close('code')
      continue
    }
    const indent = entry.line.length - entry.line.trimStart().length
    const name = indent <= MAX_INDENT ? nameOf(trimmed, text, entry.end) : undefined
    if (name !== undefined) {
      yield* builder.close('code')
      stand(name, indent)
      if (comment) builder.add(comment)
      builder.add(entry)
      comment = undefined
    } else if (indent <= MAX_INDENT && COMMENT.test(trimmed)) {
      comment = { start: comment?.start ?? entry.start, end: entry.end }
    } else {
      if (indent === 0 && !builder.isOpen && !GOES_ON.test(trimmed)) {
        // Something else begins, which has no name.
        outer = undefined
        builder.below = []
      }
      flush()
      builder.add(entry)
    }
  }
  flush()
  yield* builder.close('code')

  function stand(name: string, indent: number): void {
    if (indent === 0) outer = name
    builder.below = indent === 0 || outer === undefined ? [name] : [outer, name]
  }

  function flush(): void {
    if (comment) builder.add(comment)
    comment = undefined
  }
}

/** The definition that a line begins, which ends at `end`. */
function nameOf(line: string, text: string, end: number): string | undefined {
  if (line.length > MAX_LINE || STATEMENT.test(line)) return undefined
  const isNamed = DEFINITION.test(line) || ASSIGNED.test(line) || opensBody(line, text, end)
  return isNamed ? shortName(line) : undefined
}

function opensBody(line: string, text: string, end: number): boolean {
  if (line.endsWith('{')) return isSignature(line.slice(0, -1))
  BRACE_BELOW.lastIndex = end
  return BRACE_BELOW.test(text) && isSignature(line)
}

/** Whether it is all that stands before the brace. */
function isSignature(line: string): boolean {
  if (line.length > MAX_LINE || !line.includes('(') || STATEMENT.test(line)) return false
  SIGNATURE.lastIndex = 0
  return SIGNATURE.exec(line)?.[0].length === line.length
}

const shortName = (line: string): string =>
  line
    .slice(0, MAX_NAME)
    .trim()
    .replace(/\s*[{:(=]?$/, '')
    .toWellFormed()
