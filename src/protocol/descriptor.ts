/**
 * The descriptor, `<server>.cap.json`: what the gateway must know of a server without waking it.
 */
import { callsProblem } from './calls.ts'
import { isTemplate, type ModelPlace, type ServerDefinition, type UntrustedSource } from './define.ts'
import { eventNamesProblem } from './events.ts'
import type { JsonSchema, Prompt, Resource, ResourceTemplate, Tool } from './mcp.ts'
import { nameProblem, SERVER_NAME } from './names.ts'
import { isRecord } from './values.ts'

export const DESCRIPTOR_SUFFIX = '.cap.json'
/** The largest one that is read, in bytes: room for ten thousand tools. */
export const MAX_DESCRIPTOR_BYTES = 16 * 1024 * 1024

export interface Descriptor {
  service_name: string
  title: string
  version: string
  description: string
  instructions?: string
  scope: 'user' | 'system'
  /** Which language models it runs or reaches. The gateway alone calls such a server: no client sees or calls what it has. */
  models?: ModelPlace
  /** What it may call of other servers, on behalf of its callers. */
  calls?: readonly string[]
  listChanged: boolean
  subscribe: boolean
  tools: DescribedTool[]
  prompts: (Prompt & Described)[]
  resources: (Resource & Described)[]
  resourceTemplates: (ResourceTemplate & Described)[]
  /** What v1 clients call, besides the tools. */
  methods?: DescribedMethod[]
  /** Whether the server can complete arguments of its prompts and templates. */
  completions: boolean
  /** Whether it can be woken for what it has put on the wake list. */
  wakes?: boolean
  /** The events that it can tell, and those that it can be given. */
  events?: readonly string[]
  hears?: readonly string[]
  /** Of a server of others: what of it is not offered, and why. */
  remarks?: string[]
}

/** What the gateway must know of every item, and tells no client. */
export interface Described {
  capability: string
  /** Another capability that a caller needs. */
  alsoNeeds?: string
  untrusted?: UntrustedSource
}

export interface DescribedTool extends Tool, Described {
  /** Its server asks for consent where a call destroys something; the gateway does not ask before. */
  asksItself?: true
  /** The arguments that a person who is asked sees first, by their names. */
  stake?: readonly string[]
}

/** A v1 method, `mcp.<server>.<verb>`. */
export interface DescribedMethod {
  verb: string
  description: string
  capability: string
  positional: readonly string[]
  params_schema: JsonSchema
  result_schema: JsonSchema
  destructive: boolean
  asksItself?: true
  alsoNeeds?: string
  stake?: readonly string[]
  untrusted?: UntrustedSource
}

/** The descriptor of a server. Throws if a name is one that some client would refuse, or is there twice. */
export function describeServer<Deps>(server: ServerDefinition<Deps>): Descriptor {
  const descriptor: Descriptor = {
    service_name: server.name,
    title: server.title,
    version: server.version,
    description: server.description,
    ...(server.instructions === undefined ? {} : { instructions: server.instructions }),
    scope: server.scope,
    ...(server.models === undefined ? {} : { models: server.models }),
    ...(server.calls === undefined ? {} : { calls: server.calls }),
    listChanged: server.listChanged ?? false,
    subscribe: server.subscribe ?? false,
    tools: server.tools.map((tool) => ({
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: plain(tool.input),
      ...(tool.output === undefined ? {} : { outputSchema: plain(tool.output) }),
      annotations: { title: tool.title, ...tool.annotations },
      capability: tool.capability,
      ...(tool.alsoNeeds === undefined ? {} : { alsoNeeds: tool.alsoNeeds }),
      ...(tool.asksItself === undefined ? {} : { asksItself: tool.asksItself }),
      ...(tool.stake === undefined ? {} : { stake: tool.stake }),
      ...(tool.untrusted === undefined ? {} : { untrusted: tool.untrusted }),
    })),
    prompts: (server.prompts ?? []).map(({ handler: _, complete: __, ...prompt }) => prompt),
    resources: (server.resources ?? [])
      .filter((resource) => !isTemplate(resource.uri))
      .map(({ read: _, complete: __, cache: ___, ...resource }) => resource),
    resourceTemplates: (server.resources ?? [])
      .filter((resource) => isTemplate(resource.uri))
      .map(({ read: _, complete: __, cache: ___, uri, ...resource }) => ({ uriTemplate: uri, ...resource })),
    ...(server.v1 === undefined
      ? {}
      : {
          methods: server.v1.map(({ handler: _, input, result, ...method }) => ({
            ...method,
            params_schema: plain(input),
            result_schema: plain(result),
          })),
        }),
    ...(server.woken || server.background ? { wakes: true } : {}),
    ...(server.events === undefined ? {} : { events: server.events }),
    ...(server.hears === undefined ? {} : { hears: Object.keys(server.hears) }),
    completions: [...(server.prompts ?? []), ...(server.resources ?? [])].some((item) => item.complete),
  }
  const problem = descriptorProblem(descriptor, server.name)
  if (problem !== undefined) throw new Error(`The server "${server.name}" can't be described: ${problem}.`)
  return descriptor
}

const KEYS = new Set<string>([
  'service_name',
  'title',
  'version',
  'description',
  'instructions',
  'scope',
  'models',
  'calls',
  'listChanged',
  'subscribe',
  'tools',
  'prompts',
  'resources',
  'resourceTemplates',
  'methods',
  'completions',
  'wakes',
  'events',
  'hears',
  'remarks',
] satisfies (keyof Descriptor)[])

/**
 * Why a value read from `<name>.cap.json` is no descriptor that can be used, or undefined if it is one. A
 * descriptor cannot name a socket: it follows from the server's name, so that no file can point the gateway
 * elsewhere.
 */
export function descriptorProblem(value: unknown, name: string): string | undefined {
  if (!isRecord(value)) return 'it is not a JSON object'
  for (const key of Object.keys(value)) {
    if (key === 'socket') return 'it names a socket, which follows from the service_name; remove "socket"'
    if (!KEYS.has(key)) return `it has an unknown key "${key}"`
  }
  if (value.service_name !== name) return `its service_name must be "${name}", as in the file's name`
  if (!SERVER_NAME.test(name)) return `the name "${name}" does not match ${SERVER_NAME.source}`
  if (typeof value.description !== 'string' || typeof value.version !== 'string')
    return 'description and version must be strings'
  if (value.scope !== 'user' && value.scope !== 'system') return 'scope must be "user" or "system"'
  if (value.models !== undefined && value.models !== 'local' && value.models !== 'remote')
    return 'models must be "local" or "remote", or left out'
  if (value.wakes !== undefined && typeof value.wakes !== 'boolean') return 'wakes must be true or false'
  const problem =
    eventNamesProblem('events', value.events, `${name}.`) ?? eventNamesProblem('hears', value.hears)
  if (problem !== undefined) return problem
  for (const list of ['tools', 'prompts'] as const) {
    const items = value[list]
    if (!Array.isArray(items)) return `${list} must be an array`
    const seen = new Set<string>()
    for (const item of items) {
      if (!isRecord(item) || typeof item.name !== 'string' || typeof item.capability !== 'string')
        return `each of ${list} needs a name and a capability`
      const problem = nameProblem(name, item.name)
      if (problem !== undefined) return problem
      if (seen.has(item.name)) return `${list} has "${item.name}" twice`
      seen.add(item.name)
      if (!isText(item.alsoNeeds ?? '')) return `alsoNeeds of "${item.name}" must be the name of a capability`
      if (list === 'tools' && !isRecord(item.inputSchema)) return `the tool "${item.name}" has no inputSchema`
    }
  }
  for (const [list, key] of [
    ['resources', 'uri'],
    ['resourceTemplates', 'uriTemplate'],
  ] as const) {
    const items = value[list]
    if (!Array.isArray(items) || !items.every((item) => isRecord(item) && typeof item[key] === 'string'))
      return `${list} must be an array of objects with "${key}"`
  }
  const { methods = [] } = value
  if (
    !Array.isArray(methods) ||
    !methods.every(
      (item) =>
        isRecord(item) &&
        typeof item.verb === 'string' &&
        VERB.test(item.verb) &&
        typeof item.capability === 'string' &&
        isText(item.alsoNeeds ?? '') &&
        isRecord(item.params_schema),
    )
  )
    return 'methods must be an array of objects with "verb", "capability" and "params_schema"'
  return callsProblem(value.calls) ?? (value.calls === undefined ? undefined : whyNoCalls(value))
}

/** Why a server may call no other, as the end of a sentence; undefined where it may. */
function whyNoCalls({ models, tools, prompts, resources, resourceTemplates }: Record<string, unknown>) {
  if (models !== undefined) return 'a server of models calls no other; remove "calls"'
  const items = [tools, prompts, resources, resourceTemplates].flat()
  return items.some((item) => isRecord(item) && item.untrusted === 'server')
    ? 'a server that others wrote calls no other; remove "calls"'
    : undefined
}

const isText = (value: unknown): boolean => typeof value === 'string'

/** The last part of a name such as `mcp.fs.list`. */
const VERB = /^[a-zA-Z][a-zA-Z0-9_]{0,48}$/

/** A TypeBox schema as plain JSON. */
const plain = (schema: unknown): Tool['inputSchema'] => JSON.parse(JSON.stringify(schema))
