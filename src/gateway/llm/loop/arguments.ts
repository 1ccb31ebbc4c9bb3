/** The arguments that a model wrote for a tool, and what is wrong with them in words that it can act on. */
import { isInexact, parseExactly } from '../../../protocol/exact-json.ts'
import type { JsonSchema } from '../../../protocol/mcp.ts'
import { isRecord, isWhole } from '../../../protocol/values.ts'

/** How much is repeated of what can't be read, in characters. */
const MOST_SHOWN = 100

/** The arguments, or why there are none. */
export type ReadArguments = { value: Record<string, unknown> } | { problem: string }

/** An empty text stands for none. */
export function readArguments(text: string): ReadArguments {
  try {
    const value: unknown = parseExactly(text.trim() === '' ? '{}' : text)
    if (isRecord(value)) return { value }
  } catch {
    // What it is instead of JSON is said below.
  }
  const shown = text.slice(0, MOST_SHOWN)
  return {
    problem: `The arguments must be one JSON object, and these are none: ${shown}${text.length > MOST_SHOWN ? '…' : ''}`,
  }
}

/**
 * What a tool's schema says against arguments, as far as their names and kinds go; undefined where nothing does. The tool's server
 * checks the rest: this keeps a person from being asked about a call that can't be made.
 */
export function argumentsProblem(args: Record<string, unknown>, schema: JsonSchema): string | undefined {
  const properties = isRecord(schema.properties) ? schema.properties : {}
  const known = Object.keys(properties)
  const list = known.length === 0 ? 'It takes none.' : `It takes ${known.join(', ')}.`
  const required = (Array.isArray(schema.required) ? schema.required : []).filter(isText)
  const missing = required.filter((name) => !isGiven(args, name))
  if (missing.length > 0)
    return `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing. ${list}`
  for (const [name, value] of Object.entries(args)) {
    if (!Object.hasOwn(properties, name)) {
      if (schema.additionalProperties === false)
        return `There is no parameter "${name.slice(0, MOST_SHOWN)}". ${list}`
      continue
    }
    const problem = value === null ? undefined : valueProblem(value, properties[name])
    if (problem !== undefined) return `"${name}" ${problem}.`
  }
  return undefined
}

const isText = (value: unknown): value is string => typeof value === 'string'

const isGiven = (args: Record<string, unknown>, name: string): boolean =>
  Object.hasOwn(args, name) && args[name] !== undefined && args[name] !== null

function valueProblem(value: unknown, schema: unknown): string | undefined {
  if (!isRecord(schema)) return undefined
  if (Array.isArray(schema.enum) && schema.enum.length > 0 && !schema.enum.includes(value))
    return `must be one of ${schema.enum.map((one) => JSON.stringify(one)).join(', ')}`
  const types = [schema.type].flat().filter(isText)
  if (types.length === 0 || types.some((type) => hasType(value, type))) return undefined
  return `must be of the type ${types.join(' or ')}`
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isRecord(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return isWhole(value) || isInexact(value)
    case 'number':
      return typeof value === 'number' || isInexact(value)
    case 'string':
    case 'boolean':
      return typeof value === type
    case 'null':
      return value === null
  }
  return true
}
