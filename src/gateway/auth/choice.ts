/** What a token was made for: which tools it may use, and which capabilities are not asked about. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { TokenRecord } from '../state/tokens.ts'

/** How many answers are kept of each choice; names come from descriptors, so that they are few. */
const MAX_KEPT = 10_000
/** How many patterns one choice has at most. */
const MAX_PATTERNS = 100

/** Patterns of names, where `*` stands for any characters. */
export function compileChoice(patterns: readonly string[]): (name: string) => boolean {
  const kept = new Map<string, boolean>()
  return (name) => {
    const known = kept.get(name)
    if (known !== undefined) return known
    const chosen = patterns.some((pattern) => matches(pattern, name))
    if (kept.size < MAX_KEPT) kept.set(name, chosen)
    return chosen
  }
}

/** Part by part from the left, so that many stars take no longer than one. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === name
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}

/**
 * The patterns of a request's parameter; undefined where there are none. Throws INVALID_PARAMS for one that can't be right, or that
 * stands for none of the `known` names.
 */
export function readPatterns(
  params: Record<string, unknown>,
  { key, noun, known }: { key: keyof TokenRecord; noun: string; known: ReadonlySet<string> },
): string[] | undefined {
  const given = params[key]
  if (given === undefined) return undefined
  const invalid = (sentence: string) => new RpcError('INVALID_PARAMS', sentence)
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_PATTERNS)
    throw invalid(`params.${key} must be an array of 1 to ${MAX_PATTERNS} names or patterns.`)
  for (const pattern of given) {
    if (typeof pattern !== 'string' || !/^[\w.*-]{1,64}$/.test(pattern))
      throw invalid(
        `A ${noun} is named by letters, digits, "_", "-" and "."; "*" stands for any of them. ${JSON.stringify(pattern)?.slice(0, 80)} can't be one.`,
      )
    if (![...known].some((name) => matches(pattern, name)))
      throw invalid(`No ${noun} here is named "${pattern}"; there are ${listed(known)}.`)
  }
  return [...new Set<string>(given)]
}

const MAX_LISTED = 40

function listed(names: ReadonlySet<string>): string {
  const sorted = [...names].sort()
  const more = sorted.length - MAX_LISTED
  return sorted.slice(0, MAX_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
