/**
 * What v1 clients ask the gateway itself: which methods there are, and what they take. Tools are among them,
 * as `mcp.<server>.<tool>`.
 */
import type { DescribedMethod, DescribedTool, Descriptor } from '../../protocol/descriptor.ts'
import type { JsonSchema } from '../../protocol/mcp.ts'
import { withNames } from '../../protocol/names.ts'
import type { Grant } from '../call/call.ts'
import { isOfOthers } from './addresses.ts'
import type { Catalogue, Entry } from './catalogue.ts'
import type { LocalMethod } from './router.ts'

/** A method's description in the shape of v1 clients. */
interface V1Capability {
  method: string
  description: string
  params_schema: JsonSchema
  result_schema: JsonSchema
}

export function v1Methods(catalogue: Catalogue): Record<string, LocalMethod> {
  const own: Record<string, LocalMethod> = {
    'mcp.hello': ({ grant }) => ({ value: names(grant).sort() }),
    'mcp.listCapabilities': ({ grant }) => ({
      value: catalogue.entries
        .map((entry) => ({
          ...service(entry.descriptor),
          capabilities: withNames(
            capabilities(entry, granted(entry, grant)),
            (tool) => `${prefixOf(entry.descriptor)}${tool}`,
          ),
        }))
        .filter((service) => service.capabilities.length > 0),
    }),
  }
  /** Answered elsewhere in the gateway. */
  const alsoOwn = ['mcp.licence.check']
  return own

  /** A verb that is both a v1 method and a tool is the v1 method. */
  function granted({ descriptor, tools, methods }: Entry, grant: Grant): (DescribedMethod | DescribedTool)[] {
    const items = [...methods.values(), ...[...tools.values()].filter(({ name }) => !methods.has(name))]
    return items.filter((item) => catalogue.offers(grant, descriptor, item))
  }

  function names(grant: Grant): string[] {
    const offered = [...Object.keys(own), ...alsoOwn].filter((name) => grant.allows(name))
    const served = catalogue.entries.flatMap((entry) =>
      granted(entry, grant).map((item) => methodName(entry.descriptor, item)),
    )
    return [...offered, ...served]
  }
}

const service = (descriptor: Descriptor) => {
  const { service_name, description, version } = descriptor
  // What a server of others says of itself is its words.
  const mark = isOfOthers(descriptor) ? { untrusted: 'server' as const } : {}
  return { service_name, description, version, ...mark }
}

const prefixOf = ({ service_name }: Descriptor) => `mcp.${service_name}.`

const methodName = (descriptor: Descriptor, item: DescribedMethod | DescribedTool) =>
  prefixOf(descriptor) + ('verb' in item ? item.verb : item.name)

const capabilities = (entry: Entry, items: (DescribedMethod | DescribedTool)[]): V1Capability[] =>
  items.map((item) => ({
    method: methodName(entry.descriptor, item),
    description: item.description,
    params_schema:
      'verb' in item
        ? positionalSchema(item.params_schema, item.positional)
        : positionalSchema(item.inputSchema, Object.keys(propertiesOf(item.inputSchema))),
    result_schema: ('verb' in item ? item.result_schema : item.outputSchema) ?? { type: 'string' },
  }))

/** The schema of parameters by position, made of the one by name. */
function positionalSchema(schema: JsonSchema, order: readonly string[]): JsonSchema {
  const properties = propertiesOf(schema)
  const required = new Set(Array.isArray(schema.required) ? (schema.required as string[]) : [])
  return {
    type: 'array',
    prefixItems: order.map((name) => ({ title: name, ...properties[name] })),
    minItems: order.findLastIndex((name) => required.has(name)) + 1,
    maxItems: order.length,
  }
}

const propertiesOf = (schema: JsonSchema): Record<string, JsonSchema> =>
  (schema.properties ?? {}) as Record<string, JsonSchema>
