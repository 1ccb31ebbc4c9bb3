/**
 * What can be called, known from descriptors alone: lists are answered from here, and no server is woken for
 * them. A view is what one endpoint offers: all servers with prefixed names, or one server with its own.
 */
import type { DescribedTool, Descriptor } from '../../protocol/descriptor.ts'
import type { Prompt, Resource, ResourceTemplate, ServerCapabilities, Tool } from '../../protocol/mcp.ts'
import { advertisedName, splitAdvertisedName } from '../../protocol/names.ts'
import { matchTemplate } from '../../protocol/uri-template.ts'
import type { MirroredHeader } from '../call.ts'
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

export interface Target {
  descriptor: Descriptor
  /** The name as the server knows it. */
  name: string
}

export type ListKind = 'tools' | 'prompts' | 'resources'

export class Catalogue {
  #descriptors = new Map<string, Descriptor>()
  #headers = new Map<DescribedTool, readonly MirroredHeader[]>()
  #views = new Map<string, View>()
  readonly #listeners = new Set<(kinds: ReadonlySet<ListKind>, servers: ReadonlySet<string>) => void>()
  readonly #product: { title: string; version: string; instructions: string }

  constructor(product: { title: string; version: string; instructions: string }) {
    this.#product = product
  }

  /** Takes over what a scan found, and tells who listens which lists are other than before, and whose. */
  replace(descriptors: ReadonlyMap<string, Descriptor>): void {
    const before = this.#descriptors
    this.#descriptors = new Map([...descriptors].sort(([a], [b]) => (a < b ? -1 : 1)))
    this.#views.clear()
    this.#headers = new Map(
      [...this.#descriptors.values()].flatMap((d) =>
        d.tools.map((tool) => [tool, mirroredHeaders(tool.inputSchema)] as const),
      ),
    )
    const kinds = new Set<ListKind>()
    const servers = new Set<string>()
    for (const name of new Set([...before.keys(), ...this.#descriptors.keys()])) {
      for (const kind of changedKinds(before.get(name), this.#descriptors.get(name))) {
        kinds.add(kind)
        servers.add(name)
      }
    }
    if (kinds.size > 0) this.tell(kinds, servers)
  }

  /** Tells who listens that lists of some servers have changed. */
  tell(kinds: ReadonlySet<ListKind>, servers: ReadonlySet<string>): void {
    for (const listener of this.#listeners) listener(kinds, servers)
  }

  onChange(listener: (kinds: ReadonlySet<ListKind>, servers: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get servers(): Descriptor[] {
    return [...this.#descriptors.values()]
  }

  has(server: string): boolean {
    return this.#descriptors.has(server)
  }

  /** What an endpoint offers; `server` undefined is all of them. Undefined if there is no such server. */
  view(server: string | undefined): View | undefined {
    const key = server ?? ''
    let view = this.#views.get(key)
    if (view) return view
    if (server === undefined) view = this.#aggregate()
    else {
      const descriptor = this.#descriptors.get(server)
      if (!descriptor) return undefined
      view = viewOf(descriptor, (name) => name)
    }
    this.#views.set(key, view)
    return view
  }

  /** Which server a tool's or prompt's name leads to, and its name there; the item is undefined if it has none such. */
  find<K extends 'tools' | 'prompts'>(
    kind: K,
    server: string | undefined,
    name: string,
  ): { target: Target; item: Descriptor[K][number] } | undefined {
    const split = server === undefined ? splitAdvertisedName(name) : { server, tool: name }
    const descriptor = split && this.#descriptors.get(split.server)
    const item = descriptor?.[kind].find((candidate) => candidate.name === split?.tool)
    return split && descriptor && item ? { target: { descriptor, name: split.tool }, item } : undefined
  }

  /** Which server a resource's URI leads to: one that lists it, else the first by name with a template that fits. */
  findResource(server: string | undefined, uri: string): Target | undefined {
    const candidates =
      server === undefined ? this.servers : [this.#descriptors.get(server)].filter((d) => d !== undefined)
    const descriptor =
      candidates.find((d) => d.resources.some((resource) => resource.uri === uri)) ??
      candidates.find((d) =>
        d.resourceTemplates.some(({ uriTemplate }) => uriTemplate === uri || matchTemplate(uriTemplate, uri)),
      )
    return descriptor && { descriptor, name: uri }
  }

  mirroredHeaders(server: string | undefined, tool: string): readonly MirroredHeader[] {
    const found = this.find('tools', server, tool)
    return (found && this.#headers.get(found.item)) ?? []
  }

  #aggregate(): View {
    const views = this.servers.map((d) => viewOf(d, (name) => advertisedName(d.service_name, name)))
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
        ...this.servers.flatMap((d) => (d.instructions ? [`${d.service_name}: ${d.instructions}`] : [])),
      ].join('\n'),
      title: this.#product.title,
      version: this.#product.version,
    }
  }
}

function viewOf(d: Descriptor, rename: (name: string) => string): View {
  const hasResources = d.resources.length + d.resourceTemplates.length > 0
  return {
    tools: d.tools.map(({ capability: _, legacy: __, ...tool }) => ({ ...tool, name: rename(tool.name) })),
    prompts: d.prompts.map(({ capability: _, ...prompt }) => ({ ...prompt, name: rename(prompt.name) })),
    resources: d.resources.map(({ capability: _, ...resource }) => resource),
    resourceTemplates: d.resourceTemplates.map(({ capability: _, ...template }) => template),
    capabilities: {
      ...(d.tools.length > 0 ? { tools: { listChanged: true } } : {}),
      ...(d.prompts.length > 0 ? { prompts: { listChanged: true } } : {}),
      ...(hasResources ? { resources: { listChanged: true, subscribe: d.subscribe } } : {}),
      ...(d.completions ? { completions: {} } : {}),
      logging: {},
    },
    instructions: d.instructions,
    title: d.title,
    version: d.version,
  }
}

function changedKinds(before: Descriptor | undefined, after: Descriptor | undefined): ListKind[] {
  const differs = (...keys: (keyof Descriptor)[]) =>
    keys.some((key) => JSON.stringify(before?.[key] ?? []) !== JSON.stringify(after?.[key] ?? []))
  return [
    ...(differs('tools') ? (['tools'] as const) : []),
    ...(differs('prompts') ? (['prompts'] as const) : []),
    ...(differs('resources', 'resourceTemplates') ? (['resources'] as const) : []),
  ]
}
