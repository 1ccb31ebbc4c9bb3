/** Words of the line mode that are no command: methods and tools, with their arguments as people type them. */

import { isRecord } from '../../protocol/values.ts'
import { callTool, textOf } from '../catalogue.ts'
import type { Context } from '../command.ts'
import type { Outcome } from '../exit-codes.ts'
import { patiently, visible, writeJson, writeLine } from '../output.ts'
import type { Offer } from './offer.ts'

/** Whether a word can only mean a method of older clients or of the protocol. */
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
  if (name.startsWith('mcp.')) {
    const link = await context.gateway()
    const value = await patiently(context, () => name, link.older(name, given, context.signal))
    writeValue(context, value)
    return 'ok'
  }
  if (name.includes('/')) {
    const link = await context.gateway()
    const params = isRecord(given) ? given : {}
    writeJson(
      context.io,
      await patiently(context, () => name, link.request(name, params, { signal: context.signal })),
    )
    return 'ok'
  }
  const result = await callTool(context, name, byName(given, words, offer.parametersOf(name)))
  if (context.json) writeJson(context.io, result)
  else {
    const out = result.isError ? context.io.stderr : context.io.stdout
    writeLine(out, out.isTTY ? visible(textOf(result)) : textOf(result))
  }
  return result.isError ? 'failed' : 'ok'
}

/** One JSON array is the arguments by position, one object those by name; else each word is one, JSON where it is that. */
export function readGiven(words: readonly string[]): unknown[] | Record<string, unknown> | undefined {
  if (words.length === 0) return undefined
  const values = words.map(jsonOrText)
  const [first] = values
  return values.length === 1 && typeof first === 'object' && first !== null
    ? (first as unknown[] | Record<string, unknown>)
    : values
}

function jsonOrText(word: string): unknown {
  try {
    return JSON.parse(word)
  } catch {
    return word
  }
}

/** A tool takes its arguments by name: those by position get the names in the order of its schema. */
function byName(
  given: ReturnType<typeof readGiven>,
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

function writeValue({ io, json }: Context, value: unknown): void {
  if (typeof value === 'string' && !json) writeLine(io.stdout, io.stdout.isTTY ? visible(value) : value)
  else writeJson(io, value ?? null)
}
