/**
 * Glob patterns against relative paths: `*` and `?` within a name, `**` for any number of folders, `[a-z]` and
 * `[!a-z]`, `{one,two}`, a backslash before what is meant literally. Names with a leading dot match like others.
 * Matching takes time in proportion to pattern times path, whatever the pattern.
 */
import { ToolError } from '../../protocol/define.ts'

export type Matcher = (path: string) => boolean

const MAX_PATTERN = 1000
const MAX_ALTERNATIVES = 256

/** Throws a ToolError for a pattern that is too long or has too many alternatives. */
export function globMatcher(pattern: string): Matcher {
  if (pattern.length > MAX_PATTERN)
    throw new ToolError(`A pattern has more than ${MAX_PATTERN} characters. Use a shorter one.`)
  const alternatives = expandBraces(pattern).map((alternative) =>
    alternative
      .replace(/^(\.?\/)+/, '')
      .split('/')
      .map(parseName),
  )
  return (path) => {
    const names = path.split('/').map((name) => [...name])
    return alternatives.some((alternative) => matchesPath(alternative, names))
  }
}

/** Matches what one of the exclusions covers: its path, or, for one without `*`, that name at any depth. */
export function exclusionMatcher(patterns: readonly string[]): Matcher {
  const matchers = patterns
    .flatMap((pattern) => (pattern.includes('*') ? [pattern] : [pattern, `**/${pattern}`]))
    .map(globMatcher)
  return (path) => matchers.some((matches) => matches(path))
}

type Part = '*' | ((char: string) => boolean)
const ANY_FOLDERS = '**'
type NamePattern = typeof ANY_FOLDERS | Part[]

/** A group in braces that has none within it. */
const GROUP = /^(.*)(?<!\\)\{((?:[^\\{}]|\\.)*,(?:[^\\{}]|\\.)*)\}(.*)$/s
const CHOICE = /(?:[^\\,]|\\.)+|(?<=^|,)(?=,|$)/gs

/** `a{b,c}` as `ab` and `ac`. Braces without a comma, or not closed, stand for themselves. */
function expandBraces(pattern: string): string[] {
  const group = GROUP.exec(pattern)
  if (!group) return [pattern]
  const [, before = '', choices = '', after = ''] = group
  const all: string[] = []
  for (const [choice] of choices.matchAll(CHOICE)) {
    all.push(...expandBraces(before + choice + after))
    if (all.length > MAX_ALTERNATIVES)
      throw new ToolError(
        `A pattern has more than ${MAX_ALTERNATIVES} alternatives in braces. Use a simpler one.`,
      )
  }
  return all
}

function parseName(text: string): NamePattern {
  if (text === ANY_FOLDERS) return ANY_FOLDERS
  const parts: Part[] = []
  const chars = [...text]
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]
    if (char === '*') {
      if (parts.at(-1) !== '*') parts.push('*')
    } else if (char === '?') parts.push(() => true)
    else if (char === '[') {
      const set = parseSet(chars, at)
      parts.push(set?.matches ?? literal('['))
      at = set?.end ?? at
    } else if (char === '\\' && at + 1 < chars.length) parts.push(literal(chars[++at]))
    else parts.push(literal(char))
  }
  return parts
}

const literal =
  (expected: string | undefined) =>
  (char: string): boolean =>
    char === expected

/** A set of characters that begins at `start`; undefined if it is not closed. */
function parseSet(chars: readonly string[], start: number) {
  const negated = chars[start + 1] === '!' || chars[start + 1] === '^'
  const first = start + (negated ? 2 : 1)
  const end = chars.indexOf(']', first + 1)
  if (end < 0) return undefined
  const ranges: [string, string][] = []
  for (let at = first; at < end; at++) {
    const from = chars[at] ?? ''
    if (chars[at + 1] === '-' && at + 2 < end) {
      ranges.push([from, chars[at + 2] ?? ''])
      at += 2
    } else ranges.push([from, from])
  }
  return {
    end,
    matches: (char: string) => ranges.some(([from, to]) => from <= char && char <= to) !== negated,
  }
}

/** Which beginnings of the pattern match the names so far, kept name by name. */
function matchesPath(pattern: readonly NamePattern[], names: readonly string[][]): boolean {
  let reached = pattern.map(() => false)
  reached.unshift(true)
  passFolders(pattern, reached)
  for (const name of names) {
    const next: boolean[] = [false]
    for (const [index, part] of pattern.entries())
      next.push(
        part === ANY_FOLDERS
          ? reached[index + 1] === true
          : reached[index] === true && matchesName(part, name),
      )
    passFolders(pattern, next)
    reached = next
  }
  return reached[pattern.length] === true
}

/** `**` also stands for no folder at all. */
function passFolders(pattern: readonly NamePattern[], reached: boolean[]): void {
  for (const [index, part] of pattern.entries())
    if (part === ANY_FOLDERS && reached[index]) reached[index + 1] = true
}

/** Goes back to the last `*` only, which is enough. */
function matchesName(pattern: readonly Part[], name: readonly string[]): boolean {
  let at = 0
  let star = -1
  let starAt = 0
  for (let index = 0; index < name.length; ) {
    const part = pattern[at]
    if (part === '*') {
      star = at++
      starAt = index
    } else if (part?.(name[index] ?? '')) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++starAt
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
