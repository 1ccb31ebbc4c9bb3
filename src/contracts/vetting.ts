/**
 * Looks over what a server of others says of itself before it is shown: texts are cleaned and bounded, each item keeps
 * the parts that are known and nothing else (no icons from elsewhere, nothing that passes for a word of the gateway), and what
 * can't be offered is left out by itself, with a sentence that says why.
 */
import { bounded, cleaned, cleanLine, cleanText } from '../protocol/foreign-text.ts'
import { MAX_DESCRIPTOR_DEPTH } from '../protocol/limits.ts'
import {
  type JsonSchema,
  META,
  type Prompt,
  type Resource,
  type ResourceTemplate,
  type Tool,
} from '../protocol/mcp.ts'
import { nameProblem } from '../protocol/names.ts'
import { canonicalJson, isRecord, nestsDeeperThan } from '../protocol/values.ts'
import { ResourceClaims } from './resource-claims.ts'
import { digestOf, type Offer, offeredName, type Vetted } from './third-party.ts'

/** The longest description or instructions, and the longest title, in characters. */
const MAX_DESCRIPTION = 16 * 1024
const MAX_TITLE = 200
/** The most that one tool may say of itself, in characters of JSON. */
const MAX_ITEM = 512 * 1024
/** Of resources with a template. */
const MAX_TEMPLATES = 100
/** An item stands in a list of the descriptor. */
const MAX_ITEM_DEPTH = MAX_DESCRIPTOR_DEPTH - 2
/** More than these are of no use. */
const MAX_REMARKS = 50
/** Values of schemas, where null is one. */
const VALUES: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])

/** An item can't be offered; the message is the end of a sentence. */
class Unfit extends Error {}

type Fields = Record<string, unknown>

/** `claims` are the addresses that belong to other servers. */
export function vet(server: string, offer: Offer, claims = new ResourceClaims()): Vetted {
  const remarks: string[] = [...(offer.remarks ?? [])]
  const each = <T extends { key: string }>(
    kind: string,
    items: readonly object[],
    read: (item: Fields) => T,
  ): T[] => {
    const kept = new Map<string, T>()
    for (const item of items as Fields[]) {
      const shown = cleanLine(textOr(item.name ?? item.uri ?? item.uriTemplate, '')).slice(0, 80)
      try {
        if (nestsDeeperThan(item, MAX_ITEM_DEPTH))
          throw new Unfit(`it nests deeper than ${MAX_ITEM_DEPTH} levels`)
        const size = JSON.stringify(item).length
        if (size > MAX_ITEM)
          throw new Unfit(`it says ${size} characters of itself, and ${MAX_ITEM} are the most`)
        const made = read(item)
        if (kept.has(made.key)) throw new Unfit(`another ${kind} has the same name`)
        kept.set(made.key, made)
        if (canonicalJson(cleaned(item)) !== canonicalJson(item))
          remarks.push(`the ${kind} "${shown}" had invisible characters; they were removed`)
      } catch (thrown) {
        if (!(thrown instanceof Unfit)) throw thrown
        remarks.push(`the ${kind} "${shown}" is left out: ${thrown.message}`)
      }
    }
    return [...kept.values()]
  }
  const ownNames: Record<string, string> = {}
  const nameOf = (item: Fields): { name: string; original?: string } => {
    if (typeof item.name !== 'string') throw new Unfit('its name is no text')
    const name = offeredName(server, item.name)
    const problem = nameProblem(server, name)
    if (problem !== undefined) throw new Unfit(problem)
    if (item.name === name) return { name }
    const original = cleanLine(item.name)
    // Invisible characters are part of the name, for the server alone.
    if (original !== item.name) ownNames[name] = item.name
    return { name, original }
  }
  const claimed = (address: unknown): string => {
    if (typeof address !== 'string') throw new Unfit('its address is no text')
    if (cleanLine(address) !== address) throw new Unfit('its address has invisible characters')
    const problem = claims.problem(server, address)
    if (problem !== undefined) throw new Unfit(problem)
    return address
  }

  const pins: Record<string, string> = {}
  const tools = each('tool', offer.tools, (item) => {
    const { name, original } = nameOf(item)
    const { unsoundOutputs = {} } = offer
    const own = textOr(item.name, '')
    const unsound = Object.hasOwn(unsoundOutputs, own) ? unsoundOutputs[own] : undefined
    const outputSchema = outputSchemaOf(item, unsound, (why) =>
      remarks.push(`the outputSchema of the tool "${name}" is left out: ${why}`),
    )
    const tool: Tool = {
      name,
      ...titleOf(item, original),
      description: descriptionOf(item) ?? '',
      inputSchema: inputSchemaOf(item),
      ...(outputSchema ? { outputSchema } : {}),
      ...annotationsOf(item),
      ...(original === undefined ? {} : { _meta: { [META.originalName]: original } }),
    }
    pins[name] = digestOf(item as unknown as Tool)
    return { key: name, tool }
  })
  const prompts = each('prompt', offer.prompts, (item) => {
    const { name, original } = nameOf(item)
    const prompt: Prompt = {
      name,
      ...titleOf(item, original),
      ...optional('description', descriptionOf(item)),
      ...optional('arguments', argumentsOf(item)),
      ...(original === undefined ? {} : { _meta: { [META.originalName]: original } }),
    }
    return { key: name, prompt }
  })
  const resources = each('resource', offer.resources, (item) => {
    const uri = claimed(item.uri)
    const size = typeof item.size === 'number' ? { size: item.size } : {}
    return { key: uri, resource: { uri, ...describedResource(item, uri), ...size } as Resource }
  })
  const templates = each('resource template', offer.resourceTemplates.slice(0, MAX_TEMPLATES), (item) => {
    const uriTemplate = claimed(item.uriTemplate)
    return {
      key: uriTemplate,
      template: { uriTemplate, ...describedResource(item, uriTemplate) } as ResourceTemplate,
    }
  })
  if (offer.resourceTemplates.length > MAX_TEMPLATES)
    remarks.push(
      `${offer.resourceTemplates.length - MAX_TEMPLATES} resource templates are left out: ${MAX_TEMPLATES} are the most`,
    )
  const title = textOr(offer.title, undefined)
  const version = textOr(offer.version, undefined)
  const instructions = textOr(offer.instructions, undefined)
  return {
    offer: {
      title: title === undefined ? undefined : bounded(cleanLine(title), MAX_TITLE),
      version: version === undefined ? undefined : bounded(cleanLine(version), MAX_TITLE),
      instructions:
        instructions === undefined ? undefined : bounded(cleanText(instructions), MAX_DESCRIPTION),
      tools: tools.map(({ tool }) => tool),
      prompts: prompts.map(({ prompt }) => prompt),
      resources: resources.map(({ resource }) => resource),
      resourceTemplates: templates.map(({ template }) => template),
      completions: offer.completions,
      era: offer.era,
      ...(Object.keys(ownNames).length === 0 ? {} : { ownNames }),
    },
    pins: Object.fromEntries(tools.map(({ tool }) => [tool.name, pins[tool.name] as string])),
    remarks:
      remarks.length > MAX_REMARKS
        ? [...remarks.slice(0, MAX_REMARKS), `${remarks.length - MAX_REMARKS} more remarks of this kind`]
        : remarks,
  }
}

/** Whether nothing is left that could be used. */
export const offersNothing = ({ offer: { tools, prompts, resources, resourceTemplates } }: Vetted): boolean =>
  [tools, prompts, resources, resourceTemplates].every(({ length }) => length === 0)

const textOr = <T>(value: unknown, otherwise: T): string | T =>
  typeof value === 'string' ? value : otherwise

const optional = <T>(key: string, value: T | undefined): Record<string, T> =>
  value === undefined ? {} : { [key]: value }

function descriptionOf({ description }: Fields): string | undefined {
  if (description === undefined || description === null) return undefined
  if (typeof description !== 'string') throw new Unfit('its description is no text')
  return bounded(cleanText(description), MAX_DESCRIPTION)
}

/** Of what is offered under another name, the title has the one that it came with. */
function titleOf({ title }: Fields, original: string | undefined): { title?: string } {
  const own = typeof title === 'string' ? cleanLine(title) : ''
  const shown = [
    own,
    original !== undefined && own !== original ? (own === '' ? original : `(${original})`) : '',
  ]
  const text = shown.filter((part) => part !== '').join(' ')
  return text === '' ? {} : { title: bounded(text, MAX_TITLE) }
}

function inputSchemaOf({ inputSchema }: Fields): Tool['inputSchema'] {
  if (inputSchema === undefined || inputSchema === null) return { type: 'object' }
  if (!isRecord(inputSchema)) throw new Unfit('its inputSchema is no object')
  const schema = readSchema(inputSchema)
  if (schema.type !== undefined && schema.type !== 'object')
    throw new Unfit('its inputSchema is not of the type "object"')
  return { ...forClients(schema), type: 'object' }
}

/** Clients refuse a whole list for one that is no schema, or not of the type "object". */
function outputSchemaOf(
  { outputSchema }: Fields,
  unsound: string | undefined,
  leftOut: (why: string) => void,
): JsonSchema | undefined {
  if (outputSchema === undefined || outputSchema === null) return undefined
  if (unsound !== undefined) leftOut(`it is no schema: ${cleanLine(unsound)}`)
  else if (!isRecord(outputSchema) || outputSchema.type !== 'object')
    leftOut('it is not of the type "object"')
  else return readOutputSchema(outputSchema)
  return undefined
}

/**
 * An output schema as clients are given it: without the names that schemas call each other by, since the official ones keep those of all
 * servers in one place, and refuse the tools of all for two that are the same.
 */
export const readOutputSchema = (schema: Fields): JsonSchema => forClients(readSchema(schema, ['$id']))

/** The outermost parts as clients of the older revisions want them, who refuse a whole list otherwise; some write `[]` for no properties. */
function forClients({ $schema, properties, required, ...rest }: JsonSchema): JsonSchema {
  const asObject = (schema: unknown) => (isRecord(schema) ? schema : schema === false ? { not: {} } : {})
  return {
    ...optional('$schema', textOr($schema, undefined)),
    ...rest,
    ...(isRecord(properties)
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, each]) => [name, asObject(each)]),
          ),
        }
      : {}),
    ...(Array.isArray(required) ? { required: required.filter((name) => typeof name === 'string') } : {}),
  }
}

/** A schema, cleaned; what is null where a part may be left out is left out, and parts of these names are. */
function readSchema(schema: Fields, without: readonly string[] = []): JsonSchema {
  const read = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(read)
    if (!isRecord(value)) return value
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => {
        if (VALUES.has(key)) return [[key, inner]]
        if (key === 'properties' && isRecord(inner)) return [[key, propertiesOf(inner)]]
        return inner === null || without.includes(key) ? [] : [[key, read(inner)]]
      }),
    )
  }
  const propertiesOf = (properties: Fields) =>
    Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [name, each === null ? {} : read(each)]),
    )
  return cleaned(read(schema)) as JsonSchema
}

const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const

/** Hints that are left out mean what MCP says that they do. */
function annotationsOf({ annotations }: Fields): Pick<Tool, 'annotations'> {
  if (!isRecord(annotations)) return {}
  const hints = HINTS.flatMap((hint) =>
    typeof annotations[hint] === 'boolean' ? [[hint, annotations[hint]] as const] : [],
  )
  const title = titleOf(annotations, undefined)
  return { annotations: { ...title, ...Object.fromEntries(hints) } as Tool['annotations'] & object }
}

function argumentsOf({ arguments: given }: Fields): Prompt['arguments'] | undefined {
  if (given === undefined || given === null) return undefined
  if (!Array.isArray(given) || !given.every((one) => isRecord(one) && typeof one.name === 'string'))
    throw new Unfit('its arguments are no list of names')
  return given.map((one: Fields) => ({
    name: one.name as string,
    ...titleOf(one, undefined),
    ...optional('description', descriptionOf(one)),
    ...(typeof one.required === 'boolean' ? { required: one.required } : {}),
  }))
}

function describedResource(item: Fields, address: string) {
  const mimeType = textOr(item.mimeType, undefined)
  return {
    name: bounded(cleanLine(textOr(item.name, address)) || address, MAX_TITLE),
    ...titleOf(item, undefined),
    ...optional('description', descriptionOf(item)),
    ...optional('mimeType', mimeType === undefined ? undefined : bounded(cleanLine(mimeType), MAX_TITLE)),
  }
}
