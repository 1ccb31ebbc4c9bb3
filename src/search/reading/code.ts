/**
 * Source code of any language by what its layout says: a definition begins at the left margin, or one step in, and takes the comment
 * right above it along. No grammar is needed, none can be out of date, and odd code costs no more than other.
 */
import { type Block, BlockBuilder, linesOf } from './block.ts'

/** A line that begins what has a name: a function, a class, a type. */
const DEFINITION =
  /^(?:(?:export|default|public|private|protected|internal|static|abstract|final|sealed|async|unsafe|extern|inline|virtual|override|pub(?:\([^)]*\))?|const|open|data|local)\s+)*(?:function\*?|class|interface|enum|struct|union|trait|impl|type|namespace|module|package|def|fn|func|fun|sub|proc|object|record|protocol|extension|mod|macro_rules!|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW|FUNCTION|PROCEDURE|INDEX|TRIGGER))\b.{0,200}/i
/** A value that is a function, and a method or C function: a name, parameters, and an open brace. */
const ASSIGNED =
  /^(?:export\s+)?(?:const|let|var)\s+[\w$]+\s*(?::[^=]{1,100})?=\s*(?:async\s*)?(?:function\b|\(|[\w$]+\s*=>).{0,200}/
const CALLABLE = /^[\w$*&<>:[\]~,\s]{1,120}\([^;{}]{0,300}\)[^;=]{0,60}\{\s*$/
const STATEMENT = /^(?:if|for|while|switch|catch|return|else|do|try|with|match|elif|except|unless|until)\b/
const COMMENT = /^(?:\/\/|\/\*|\*|#|--|;;|'''|"""|@|\[\[?|%)/
/** One step in, at most. */
const MAX_INDENT = 4
const MAX_NAME = 100

export function readCode(text: string): Block[] {
  const builder = new BlockBuilder(text)
  /** The definitions that the line stands in: at the margin, and one step in. */
  let outer: string | undefined
  let comment: { start: number; end: number }[] = []
  for (const entry of linesOf(text)) {
    const trimmed = entry.line.trim()
    const indent = entry.line.length - entry.line.trimStart().length
    const name = indent <= MAX_INDENT ? nameOf(trimmed) : undefined
    if (name !== undefined) {
      builder.close()
      if (indent === 0) outer = name
      builder.headings = indent === 0 || outer === undefined ? [name] : [outer, name]
      for (const line of [...comment, entry]) builder.add(line)
      comment = []
      continue
    }
    if (trimmed === '') {
      flush()
      // Between the definitions what belongs together has no blank line in it; within one it may.
      if (indent === 0) builder.close()
      continue
    }
    if (indent <= MAX_INDENT && COMMENT.test(trimmed)) comment.push(entry)
    else {
      flush()
      builder.add(entry)
    }
  }
  flush()
  builder.close()
  return builder.blocks

  function flush(): void {
    for (const line of comment) builder.add(line)
    comment = []
  }
}

function nameOf(line: string): string | undefined {
  if (line.length > 1000 || STATEMENT.test(line)) return undefined
  if (!DEFINITION.test(line) && !ASSIGNED.test(line) && !CALLABLE.test(line)) return undefined
  return line.replace(/\s*[{:(=]?\s*$/, '').slice(0, MAX_NAME)
}
