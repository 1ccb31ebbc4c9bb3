/** What the gateway offers, kept for a while: for completion, suggestions, and the order of arguments. */

import { listTools } from '../command/catalogue.ts'
import type { Context } from '../command/command.ts'
import { inWords, isRecord, textIn } from '../protocol/values.ts'

export interface Parameter {
  name: string
  type?: string
  required: boolean
  choices?: readonly string[]
}

export interface Offer {
  /** Methods and tools by the names that they are called by. */
  names: readonly string[]
  parametersOf(name: string): readonly Parameter[]
}

export const NO_OFFER: Offer = { names: [], parametersOf: () => [] }

interface Capability {
  method: string
  params_schema: Record<string, unknown>
}

/** Asks the gateway. Throws a CliError. */
export async function askOffer(context: Context): Promise<Offer> {
  const link = await context.gateway()
  const [hello, services, tools] = await Promise.all([
    link.v1<string[]>('mcp.hello', undefined, context.signal),
    link.v1<{ capabilities: Capability[] }[]>('mcp.listCapabilities', undefined, context.signal),
    listTools(context),
  ])
  const parameters = new Map<string, readonly Parameter[]>()
  for (const { capabilities } of services)
    for (const { method, params_schema } of capabilities) parameters.set(method, byPosition(params_schema))
  for (const { name, inputSchema } of tools) parameters.set(name, byName(inputSchema))
  return {
    names: [...new Set([...hello, ...tools.map(({ name }) => name)])].sort(),
    parametersOf: (name) => parameters.get(name) ?? [],
  }
}

function byPosition(schema: Record<string, unknown>): Parameter[] {
  const items = Array.isArray(schema.prefixItems) ? schema.prefixItems.filter(isRecord) : []
  const needed = typeof schema.minItems === 'number' ? schema.minItems : 0
  return items.map((item, i) => parameter(textIn(item.title) ?? '', item, i < needed))
}

function byName(schema: Record<string, unknown>): Parameter[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  return Object.entries(isRecord(schema.properties) ? schema.properties : {}).map(([name, property]) =>
    parameter(name, isRecord(property) ? property : {}, required.has(name)),
  )
}

const parameter = (name: string, schema: Record<string, unknown>, required: boolean): Parameter => ({
  name,
  required,
  ...(typeof schema.type === 'string' ? { type: schema.type } : {}),
  ...choices(schema),
})

/** A choice of words is an `enum`, or an `anyOf` of constants. */
function choices({ enum: words, anyOf }: Record<string, unknown>): { choices?: string[] } {
  if (Array.isArray(words)) return { choices: words.map(inWords) }
  const constants = Array.isArray(anyOf) ? anyOf.filter(isRecord).map((one) => one.const) : []
  return constants.length > 0 && constants.every((one) => typeof one === 'string')
    ? { choices: constants as string[] }
    : {}
}
