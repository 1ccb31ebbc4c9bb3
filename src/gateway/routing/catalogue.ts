/**
 * What can be called, known from descriptors alone: lists are answered from here, and no server is woken for
 * them. A view is what one endpoint offers to one tier: all servers with prefixed names, or one server with its own.
 */

import { MAX_ADDRESS } from '../../contracts/resource-claims.ts'
import type { ModelPlace } from '../../protocol/define.ts'
import type { Described, DescribedMethod, DescribedTool, Descriptor } from '../../protocol/descriptor.ts'
import {
  META,
  type Prompt,
  type Resource,
  type ResourceTemplate,
  type ServerCapabilities,
  type Tool,
} from '../../protocol/mcp.ts'
import { advertisedName, splitAdvertisedName, withNames } from '../../protocol/names.ts'
import { matchTemplate } from '../../protocol/uri-template.ts'
import type { Grant, MirroredHeader } from '../call/call.ts'
import { isOfOthers, unambiguous } from './addresses.ts'
import { mirroredHeaders } from './mirrored-headers.ts'

export interface View {
  tools: Tool[]
  prompts: Prompt[]
  resources: Resource[]
  resourceTemplates: ResourceTemplate[]
  capabilities: ServerCapabilities
  instructions: string | undefined
  title: string
  version: string
}

export type DescribedPrompt = Descriptor['prompts'][number]

/** A server's descriptor with its items by name. */
export interface Entry {
  descriptor: Descriptor
  tools: ReadonlyMap<string, DescribedTool>
  prompts: ReadonlyMap<string, DescribedPrompt>
  /** v1 methods by verb. */
  methods: ReadonlyMap<string, DescribedMethod>
}

/** An item, the server it is of, and its name there. */
export interface Found<T> {
  descriptor: Descriptor
  name: string
  item: T
}

type Item = { capability: string; alsoNeeds?: string } & ({ name: string } | { verb: string })

export type ListKind = 'tools' | 'prompts' | 'resources'

export class Catalogue {
  /** There is one grant for each tier or choice of tools, and one descriptor as long as it stays as it is. */
  readonly #had = new WeakMap<Grant, WeakMap<Descriptor, readonly string[]>>()
  #entries = new Map<string, Entry>()
  #headers = new WeakMap<DescribedTool, readonly MirroredHeader[]>()
  #views = new WeakMap<Grant, Map<string, View>>()
  readonly #listeners = new Set<(kinds: ReadonlySet<ListKind>, servers: ReadonlySet<string>) => void>()
  readonly #product: { title: string; version: string; instructions: string }
  readonly #resident: ReadonlyMap<string, Descriptor>
  #modelServers: ReadonlyMap<string, Descriptor> = new Map()

  /** `resident` are the servers that are part of the gateway; nothing found later takes the place of one. */
  constructor(
    product: { title: string; version: string; instructions: string },
    resident: readonly Descriptor[] = [],
  ) {
    this.#product = product
    this.#resident = new Map(resident.map((descriptor) => [descriptor.service_name, descriptor]))
  }

  /**
   * Takes over what a scan found, and tells who listens which lists are other than before, and whose. Gives what was left out of
   * them, as sentences.
   */
  replace(descriptors: ReadonlyMap<string, Descriptor>): string[] {
    const before = this.#entries
    this.#modelServers = new Map([...descriptors].filter(([, { models }]) => models !== undefined))
    const offered = [...descriptors].filter(([, { models }]) => models === undefined)
    const sorted = [...new Map([...offered, ...this.#resident])].sort(([a], [b]) => (a < b ? -1 : 1))
    const { descriptors: offering, remarks } = unambiguous(sorted.map(([, descriptor]) => descriptor))
    this.#entries = new Map(offering.map((descriptor) => [descriptor.service_name, entryOf(descriptor)]))
    this.#views = new WeakMap()
    const kinds = new Set<ListKind>()
    const servers = new Set<string>()
    for (const name of new Set([...before.keys(), ...this.#entries.keys()])) {
      for (const kind of changedKinds(before.get(name)?.descriptor, this.#entries.get(name)?.descriptor)) {
        kinds.add(kind)
        servers.add(name)
      }
    }
    if (kinds.size > 0) this.tell(kinds, servers)
    return remarks
  }

  /** Tells who listens that lists of some servers have changed. */
  tell(kinds: ReadonlySet<ListKind>, servers: ReadonlySet<string>): void {
    for (const listener of this.#listeners) listener(kinds, servers)
  }

  onChange(listener: (kinds: ReadonlySet<ListKind>, servers: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What clients see. */
  get servers(): Descriptor[] {
    return [...this.#entries.values()].map(({ descriptor }) => descriptor)
  }

  /** Servers that are processes of their own, those that the gateway alone calls among them. */
  get processes(): Descriptor[] {
    const offered = this.servers.filter((d) => this.#resident.get(d.service_name) !== d)
    return [...offered, ...this.#modelServers.values()].sort((a, b) =>
      a.service_name < b.service_name ? -1 : 1,
    )
  }

  /** The server of models that are there; undefined if there is none. */
  modelServer(place: ModelPlace): Descriptor | undefined {
    return [...this.#modelServers.values()].find(({ models }) => models === place)
  }

  /** The names of all tools, as clients see them at `/mcp`. */
  get toolNames(): ReadonlySet<string> {
    return new Set(
      this.servers.flatMap((d) => d.tools.map(({ name }) => advertisedName(d.service_name, name))),
    )
  }

  /** What a tool needs that a person may be asked about. */
  get askedCapabilities(): ReadonlySet<string> {
    const asked = this.entries.flatMap(({ descriptor: { tools, methods = [] } }) => [
      ...tools.filter(isDestructive),
      ...methods.filter(({ destructive }) => destructive),
    ])
    return new Set(asked.map(({ capability }) => capability))
  }

  get entries(): Entry[] {
    return [...this.#entries.values()]
  }

  /**
   * What a token's choice of tools must have for an item of a server; undefined for methods of the gateway's own servers: a
   * language model is no tool.
   */
  chosenAs({ service_name }: Descriptor, name: string, isV1: boolean): string | undefined {
    if (isV1 && this.#resident.has(service_name)) return undefined
    return advertisedName(service_name, name)
  }

  /** What servers say that they call where that is no capability: a method of the gateway's own servers, such as `llm.embed`. */
  calledAs({ service_name }: Descriptor, name: string, isV1: boolean): string[] | undefined {
    return isV1 && this.#resident.has(service_name) ? [`${service_name}.${name}`] : undefined
  }

  /** Whether a caller may use an item of a server. */
  offers(grant: Grant, descriptor: Descriptor, item: Item): boolean {
    if (!grant.allows(item.capability)) return false
    if (item.alsoNeeds !== undefined && !grant.allows(item.alsoNeeds)) return false
    if (!grant.tools) return true
    const isV1 = 'verb' in item
    const name = this.chosenAs(descriptor, isV1 ? item.verb : item.name, isV1)
    return name === undefined || grant.tools.has(name)
  }

  /** Which of the capabilities that a server's items need a caller has, for what it is given to be held against. */
  had(grant: Grant, descriptor: Descriptor): readonly string[] {
    let known = this.#had.get(grant)
    if (!known) {
      known = new WeakMap()
      this.#had.set(grant, known)
    }
    const kept = known.get(descriptor)
    if (kept) return kept
    const { tools, methods = [], prompts, resources, resourceTemplates } = descriptor
    const items = [...tools, ...methods, ...prompts, ...resources, ...resourceTemplates]
    const offered = items.filter((item) => this.offers(grant, descriptor, item))
    const had = [...new Set(offered.map(({ capability }) => capability))]
    known.set(descriptor, had)
    return had
  }

  has(server: string): boolean {
    return this.#entries.has(server)
  }

  /** What an endpoint offers to a tier; `server` undefined is all of them. Undefined if there is no such server. */
  view(server: string | undefined, grant: Grant): View | undefined {
    let views = this.#views.get(grant)
    if (!views) {
      views = new Map()
      this.#views.set(grant, views)
    }
    const key = server ?? ''
    let view = views.get(key)
    if (view) return view
    if (server === undefined) view = this.#aggregate(grant)
    else {
      const entry = this.#entries.get(server)
      if (!entry) return undefined
      view = this.#viewOf(entry.descriptor, grant, (name) => name)
    }
    views.set(key, view)
    return view
  }

  findTool(server: string | undefined, name: string): Found<DescribedTool> | undefined {
    return this.#find(server, name, (entry) => entry.tools)
  }

  findPrompt(server: string | undefined, name: string): Found<DescribedPrompt> | undefined {
    return this.#find(server, name, (entry) => entry.prompts)
  }

  /** Which server a v1 method, `mcp.<server>.<verb>`, leads to: one of its methods, else a tool of that name. */
  findMethod(method: string): Found<DescribedMethod | DescribedTool> | undefined {
    const [, server = '', verb = ''] = V1_METHOD.exec(method) ?? []
    const entry = this.#entries.get(server)
    const item = entry?.methods.get(verb) ?? entry?.tools.get(verb)
    return entry && item && { descriptor: entry.descriptor, name: verb, item }
  }

  /** Which server a resource's URI leads to: one that lists it, else one with a template that fits. Of others no two have either. */
  findResource(server: string | undefined, uri: string): Found<Described> | undefined {
    if (uri.length > MAX_ADDRESS) return undefined
    const candidates =
      server === undefined ? this.servers : this.servers.filter((d) => d.service_name === server)
    for (const descriptor of candidates) {
      const item = descriptor.resources.find((resource) => resource.uri === uri)
      if (item) return { descriptor, name: item.name, item }
    }
    for (const descriptor of candidates) {
      const item = descriptor.resourceTemplates.find(
        ({ uriTemplate }) => uriTemplate === uri || matchTemplate(uriTemplate, uri),
      )
      if (item) return { descriptor, name: item.name, item }
    }
    return undefined
  }

  mirroredHeaders(server: string | undefined, tool: string): readonly MirroredHeader[] {
    const found = this.findTool(server, tool)
    if (!found) return []
    let headers = this.#headers.get(found.item)
    if (!headers) {
      headers = mirroredHeaders(found.item.inputSchema)
      this.#headers.set(found.item, headers)
    }
    return headers
  }

  #find<T>(
    server: string | undefined,
    name: string,
    itemsOf: (entry: Entry) => ReadonlyMap<string, T>,
  ): Found<T> | undefined {
    const split = server === undefined ? splitAdvertisedName(name) : { server, tool: name }
    const entry = split && this.#entries.get(split.server)
    const item = entry && itemsOf(entry).get(split.tool)
    return item && { descriptor: entry.descriptor, name: split.tool, item }
  }

  #aggregate(grant: Grant): View {
    const views = this.servers
      .map((d) => ({
        server: d.service_name,
        ...this.#viewOf(d, grant, (name) => advertisedName(d.service_name, name)),
      }))
      .filter(({ tools, prompts, resources, resourceTemplates }) =>
        [tools, prompts, resources, resourceTemplates].some(({ length }) => length > 0),
      )
    const seen = new Set<string>()
    return {
      tools: views.flatMap((v) => v.tools),
      prompts: views.flatMap((v) => v.prompts),
      resources: views.flatMap((v) => v.resources).filter(({ uri }) => !seen.has(uri) && seen.add(uri)),
      resourceTemplates: views.flatMap((v) => v.resourceTemplates),
      // Servers come and go while a client is connected, so every kind is declared from the start.
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        completions: {},
        logging: {},
      },
      instructions: [
        this.#product.instructions,
        ...views.flatMap(({ server, instructions }) => (instructions ? [`${server}: ${instructions}`] : [])),
      ].join('\n'),
      title: this.#product.title,
      version: this.#product.version,
    }
  }

  #viewOf(d: Descriptor, grant: Grant, rename: (name: string) => string): View {
    const hasResources = d.resources.length + d.resourceTemplates.length > 0
    const granted = <T extends Item>(items: readonly T[]) =>
      items.filter((item) => this.offers(grant, d, item))
    const shown = <T extends Item & Described>(items: readonly T[]) => granted(items).map(asShown)
    const tools = shown(d.tools).map(({ asksItself: _, stake: __, ...tool }) => ({
      ...tool,
      name: rename(tool.name),
    }))
    const prompts = shown(d.prompts).map((prompt) => ({ ...prompt, name: rename(prompt.name) }))
    return {
      tools: withNames(tools, rename),
      prompts: withNames(prompts, rename),
      resources: withNames(shown(d.resources), rename),
      resourceTemplates: withNames(shown(d.resourceTemplates), rename),
      capabilities: {
        ...(d.tools.length > 0 ? { tools: { listChanged: true } } : {}),
        ...(d.prompts.length > 0 ? { prompts: { listChanged: true } } : {}),
        ...(hasResources ? { resources: { listChanged: true, subscribe: d.subscribe } } : {}),
        ...(d.completions ? { completions: {} } : {}),
        logging: {},
      },
      instructions:
        d.instructions && (isOfOthers(d) ? WORDS_OF_OTHERS : '') + withNames(d.instructions, rename),
      title: d.title,
      version: d.version,
    }
  }
}

/** Before what a server of others says of itself, where no mark can stand beside it. */
const WORDS_OF_OTHERS = '(as this server, which others wrote, says of itself) '

/** An item without what the gateway alone needs of it; what a server of others says of it is marked as its words. */
function asShown<T extends Described & { _meta?: Record<string, unknown> }>({
  capability: _,
  alsoNeeds: __,
  untrusted,
  ...item
}: T) {
  return untrusted === 'server' ? { ...item, _meta: { ...item._meta, [META.untrusted]: untrusted } } : item
}

/** MCP's defaults where a hint is missing: a tool changes things and may destroy them. */
export const isDestructive = ({ annotations }: DescribedTool): boolean =>
  annotations?.readOnlyHint !== true && annotations?.destructiveHint !== false

const V1_METHOD = /^mcp\.([^.]+)\.([^.]+)$/

const byName = <T extends { name: string }>(items: readonly T[]) =>
  new Map(items.map((item) => [item.name, item]))

const entryOf = (descriptor: Descriptor): Entry => ({
  descriptor,
  tools: byName(descriptor.tools),
  prompts: byName(descriptor.prompts),
  methods: new Map((descriptor.methods ?? []).map((method) => [method.verb, method])),
})

function changedKinds(before: Descriptor | undefined, after: Descriptor | undefined): ListKind[] {
  const differs = (...keys: (keyof Descriptor)[]) =>
    keys.some((key) => JSON.stringify(before?.[key] ?? []) !== JSON.stringify(after?.[key] ?? []))
  return [
    ...(differs('tools') ? (['tools'] as const) : []),
    ...(differs('prompts') ? (['prompts'] as const) : []),
    ...(differs('resources', 'resourceTemplates') ? (['resources'] as const) : []),
  ]
}
