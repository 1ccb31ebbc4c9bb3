/** Words of the line mode that are no command: methods and tools, with their arguments as people type them. */

import type { Context } from '../command/command.ts'
import type { Outcome } from '../command/exit-codes.ts'
import { type Given, invoke } from '../command/invoke.ts'
import { parseExactly } from '../protocol/exact-json.ts'
import { isRecord } from '../protocol/values.ts'
import type { Offer } from './offer.ts'

/** Whether a word can only mean a v1 method or of the protocol. */
export const isMethodName = (word: string): boolean =>
  /^mcp\.[\w.-]+$/.test(word) || /^[a-z]+\/[\w/]+$/i.test(word)

/** Calls a method or tool with the words after its name. */
export async function callByName(
  name: string,
  words: readonly string[],
  offer: Offer,
  context: Context,
): Promise<Outcome> {
  const given = readGiven(words)
  const isTool = !name.startsWith('mcp.') && !name.includes('/')
  return invoke(name, isTool ? byName(given, words, offer.parametersOf(name)) : given, context)
}

/** One JSON array is the arguments by position, one object those by name; else each word is one, JSON where it is that. */
export function readGiven(words: readonly string[]): Given | undefined {
  if (words.length === 0) return undefined
  const values = words.map(jsonOrText)
  const [first] = values
  return values.length === 1 && (isRecord(first) || Array.isArray(first)) ? first : values
}

function jsonOrText(word: string): unknown {
  try {
    return parseExactly(word)
  } catch {
    return word
  }
}

/** A tool takes its arguments by name: those by position get the names in the order of its schema. */
function byName(
  given: Given | undefined,
  words: readonly string[],
  parameters: readonly { name: string; type?: string }[],
): Record<string, unknown> {
  if (!Array.isArray(given)) return given ?? {}
  const typed = words.length === given.length
  return Object.fromEntries(
    given.map((value, i) => {
      const { name = `argument ${i + 1}`, type } = parameters[i] ?? {}
      return [name, typed && type === 'string' ? words[i] : value]
    }),
  )
}
