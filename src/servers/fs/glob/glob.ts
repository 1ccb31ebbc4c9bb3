/** Glob patterns against relative paths. What a path takes grows with its last name times the patterns' length, and no more. */
import { ToolError } from '../../../protocol/define.ts'
import { MAX_PATTERN_CHARS, MAX_PATTERNS_CHARS } from '../limits.ts'
import { Automaton, type Reached } from './automaton.ts'
import { parseGlob } from './parse.ts'

export type Matcher = (path: string) => boolean

/** Throws a ToolError for a pattern that is too long. */
export function globMatcher(pattern: string): Matcher {
  checkLength(pattern)
  return matcher(new Automaton([parseGlob(pattern)]))
}

/**
 * Matches what one of the exclusions covers: its path, or, for one without `*`, that name at any depth. Throws a ToolError
 * for patterns that are too long.
 */
export function exclusionMatcher(patterns: readonly string[]): Matcher {
  let length = 0
  for (const pattern of patterns) {
    checkLength(pattern)
    length += pattern.length
  }
  if (length > MAX_PATTERNS_CHARS)
    throw new ToolError(
      `The patterns have ${length} characters together; ${MAX_PATTERNS_CHARS} are the most. Use fewer or shorter ones.`,
      { kind: 'invalid' },
    )
  const isFixed = (pattern: string) => pattern.includes('*') || /^\.?\//.test(pattern)
  return matcher(
    new Automaton(
      patterns.filter(isFixed).map(parseGlob),
      patterns.filter((pattern) => !isFixed(pattern)).map(parseGlob),
    ),
  )
}

function checkLength(pattern: string): void {
  if (pattern.length > MAX_PATTERN_CHARS)
    throw new ToolError(`A pattern has more than ${MAX_PATTERN_CHARS} characters. Use a shorter one.`, {
      kind: 'invalid',
    })
}

/** Folders come before what is in them, so what the way there has reached is kept. */
function matcher(automaton: Automaton): Matcher {
  const way: { prefix: string; reached: Reached }[] = []
  return (path) => {
    while (way.length > 0 && !path.startsWith(way.at(-1)?.prefix ?? '')) way.pop()
    let { prefix, reached } = way.at(-1) ?? { prefix: '', reached: automaton.start }
    for (const char of path.slice(prefix.length)) {
      reached = automaton.after(reached, char)
      prefix += char
      if (char === '/') way.push({ prefix, reached })
    }
    return automaton.isEnd(automaton.after(reached, '/'))
  }
}
