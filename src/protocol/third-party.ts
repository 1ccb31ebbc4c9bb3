/**
 * A server that is not ours, as it was when its owner added it: what it offers is pinned by digests, cleaned of
 * characters that nobody sees, and left out where it could be taken for something else.
 */
import type { DescribedTool, Descriptor } from './descriptor.ts'
import { MAX_DESCRIPTOR_DEPTH } from './limits.ts'
import type { Prompt, Resource, ResourceTemplate, Tool } from './mcp.ts'
import { mentionOf, nameProblem } from './names.ts'
import { canonicalJson, isRecord, nestsDeeperThan } from './values.ts'

/** What a server offers, as it says itself. */
export interface Offer {
  title?: string | undefined
  version?: string | undefined
  instructions?: string | undefined
  tools: Tool[]
  prompts: Prompt[]
  resources: Resource[]
  resourceTemplates: ResourceTemplate[]
  /** Whether it can complete arguments. */
  completions?: boolean | undefined
}

/** How an added server is started: the credential `server.json`, since `env` may hold secrets. */
export interface LaunchSpec {
  command: string
  args: string[]
  env: Record<string, string>
}

/** What an added server is held to: the file `pinned.json`. */
export interface Pinned {
  name: string
  /** Cleaned, and without what was left out. */
  offer: Offer
  /** By the name of a tool: the digest of it as the server said it. */
  pins: Record<string, string>
}

/** The name of the credential that the adapter learns by how to start the server. */
export const LAUNCH_CREDENTIAL = 'server.json'

/** In the environment of all that one `luca up` starts, so that what is left of it can be found. */
export const APPLIANCE_MARK = 'LLMBDO_APPLIANCE'

/** The digest of a tool as its server gives it: a change of any part of it is another one. */
export function digestOf({ name, title, description, inputSchema, outputSchema, annotations }: Tool): string {
  const parts = { name, title, description, inputSchema, outputSchema, annotations }
  // Loaded when it is needed, which is seldom: it takes long.
  return process
    .getBuiltinModule('node:crypto')
    .createHash('sha256')
    .update(canonicalJson(parts))
    .digest('hex')
}

/** Format characters (zero-width, bidirectional controls) and tags: what a model reads and a person does not see. */
const INVISIBLE = /\p{Cf}|[\u{e0000}-\u{e007f}]|[\u180b-\u180f]|[\ufe00-\ufe0f]|\u3164|\uffa0/gu

const clean = (text: string): string => text.replace(INVISIBLE, '')

/** All texts of a value without characters that nobody sees, keys included. */
export function cleaned<T>(value: T): T {
  if (typeof value === 'string') return clean(value) as T
  if (Array.isArray(value)) return value.map(cleaned) as T
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), cleaned(inner)])) as T
}

export interface Vetted {
  offer: Offer
  pins: Record<string, string>
  /** What was left out, or changed by cleaning, and why. */
  remarks: string[]
}

/** An item stands in a list of the descriptor. */
const MAX_ITEM_DEPTH = MAX_DESCRIPTOR_DEPTH - 2

/** Looks a server's offer over: what may be offered under its name, and what a person should know. */
export function vet(server: string, offer: Offer): Vetted {
  const remarks: string[] = []
  const pins: Record<string, string> = {}
  const named = <T extends { name: string }>(kind: string, items: readonly T[]): T[] => {
    const kept = new Map<string, T>()
    for (const item of items) {
      const safe = cleaned(item)
      if (canonicalJson(safe) !== canonicalJson(item))
        remarks.push(`the ${kind} "${safe.name}" had characters that nobody sees; they were removed`)
      const problem = kept.has(safe.name)
        ? `another ${kind} has the same name`
        : nestsDeeperThan(item, MAX_ITEM_DEPTH)
          ? `it nests deeper than ${MAX_ITEM_DEPTH} levels`
          : nameProblem(server, safe.name)
      if (problem === undefined) kept.set(safe.name, safe)
      else remarks.push(`the ${kind} "${safe.name.slice(0, 80)}" is left out: ${problem}`)
    }
    return [...kept.values()]
  }
  for (const tool of offer.tools) pins[clean(tool.name)] = digestOf(tool)
  const tools = named(
    'tool',
    offer.tools.filter((tool) => isRecord(tool.inputSchema)),
  )
  return {
    offer: {
      ...cleaned({ title: offer.title, version: offer.version, instructions: offer.instructions }),
      tools: tools.map((tool) => ({ ...tool, description: tool.description ?? '' })),
      prompts: named('prompt', offer.prompts),
      resources: cleaned(offer.resources),
      resourceTemplates: cleaned(offer.resourceTemplates),
      completions: offer.completions,
    },
    pins: Object.fromEntries(tools.map(({ name }) => [name, pins[name] as string])),
    remarks,
  }
}

/** In an adapter's state folder: the drift that it found. */
export const QUARANTINE_FILE = 'quarantine.json'

/** Which tools are not as they were pinned. */
export interface Drift {
  changed: string[]
  added: string[]
  removed: string[]
}

type Pins = Readonly<Record<string, string>>

/** What differs between the pins of two times. */
export function driftBetween(before: Pins, now: Pins): Drift {
  return {
    changed: Object.keys(now).filter((name) => name in before && before[name] !== now[name]),
    added: Object.keys(now).filter((name) => !(name in before)),
    removed: Object.keys(before).filter((name) => !(name in now)),
  }
}

/** What differs between what was pinned and the tools as a server gives them. */
export const driftOf = (pins: Pins, tools: readonly Tool[]): Drift =>
  driftBetween(pins, Object.fromEntries(tools.map((tool) => [clean(tool.name), digestOf(tool)])))

export const hasDrifted = ({ changed, added, removed }: Drift): boolean =>
  changed.length + added.length + removed.length > 0

/** The descriptor of an added server. Its content is another party's. */
export function describeThirdParty({ name, offer }: Pinned): Descriptor {
  const capability = `${name}.use`
  const named = mentionsMarked(offer)
  const withCapability = <T>(items: readonly T[]) => items.map((item) => ({ ...named(item), capability }))
  return {
    service_name: name,
    title: offer.title ?? name,
    version: offer.version ?? '0',
    description: `${offer.title ?? name}, a server that was added.`,
    ...(offer.instructions === undefined
      ? {}
      : { instructions: named({ description: offer.instructions }).description }),
    scope: 'user',
    listChanged: false,
    subscribe: false,
    tools: withCapability(offer.tools).map(describeTool),
    prompts: withCapability(offer.prompts),
    resources: withCapability(offer.resources),
    resourceTemplates: withCapability(offer.resourceTemplates),
    completions: offer.completions ?? false,
  }
}

/** Only a server of ours is believed that it asks before it destroys something. */
function describeTool({ asksItself: _, ...tool }: DescribedTool): DescribedTool {
  return { ...tool, untrusted: 'server' }
}

/** A word that is no part of a path or an address. */
const WORD = /(?<![\w/.-])[\w-]+(?![\w/-])/g
/** What can't be anything but a name: `list_issues`, `get-file`, `readNote`. */
const NAME_ALONE = /\w[_-]\w|[a-z][A-Z]/
/** Values of schemas, in which a description is data. */
const VALUES: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])

/** Marks where descriptions name a tool of the same server, so that the gateway can name it as clients know it. */
function mentionsMarked({ tools }: Offer): <T>(value: T) => T {
  const names = new Set(tools.map(({ name }) => name).filter((name) => NAME_ALONE.test(name)))
  const mark = (text: string) => text.replace(WORD, (word) => (names.has(word) ? mentionOf(word) : word))
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isRecord(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key === 'description' && typeof inner === 'string') return [key, mark(inner)]
        return [key, VALUES.has(key) ? inner : walk(inner)]
      }),
    )
  }
  return (value) => walk(value) as typeof value
}
