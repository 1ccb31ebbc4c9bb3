/**
 * A server that is not ours, as it was when its owner added it: what it offers is pinned by digests, cleaned of
 * characters that nobody sees, and left out where it could be taken for something else.
 */
import type { DescribedTool, Descriptor } from './descriptor.ts'
import { MAX_DESCRIPTOR_DEPTH } from './limits.ts'
import type { Prompt, Resource, ResourceTemplate, Tool } from './mcp.ts'
import { mentionOf, nameProblem } from './names.ts'
import { STATE_NAMES } from './state-names.ts'
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

/** What an added server may do besides answering. */
export interface Grants {
  /** Whether it may use the network. */
  network: boolean
  /** Whether it may read, or also change, the files of its user. */
  files: 'none' | 'read' | 'write'
}

/** An added server as its owner sees it in a list. */
export interface AddedServerInfo extends Grants {
  name: string
  /** What starts it, or the package that it was installed from. */
  command: string
  /** How many tools it offers. */
  tools: number
  /** Tools that are not called until they are approved. */
  quarantined: string[]
  enabled: boolean
}

/** What a server was found to offer when it was added or approved. */
export interface Offered {
  tools: { name: string; description: string }[]
  prompts: number
  resources: number
  /** What was left out, or changed by cleaning, and why. */
  remarks: string[]
}

/** Of all, or of one tool. */
export const offeredOf = ({ offer, remarks }: Vetted, tool?: string): Offered => ({
  tools: offer.tools
    .filter(({ name }) => tool === undefined || name === tool)
    .map(({ name, description }) => ({ name, description: description ?? '' })),
  prompts: offer.prompts.length,
  resources: offer.resources.length + offer.resourceTemplates.length,
  remarks,
})

/** Names of parts of the system: of methods and units, and of what is kept beside servers. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...'adapter admin call get licence llm llm-remote mcp owner search server stdio-adapter tools user'.split(
    ' ',
  ),
  ...STATE_NAMES,
])

/** Why a server can't be added under a name, as the end of a sentence; undefined where it can. `own` are the names of ours. */
export const addedNameProblem = (name: string, own: readonly string[]): string | undefined =>
  RESERVED_NAMES.has(name) || own.includes(name) ? `the name "${name}" is taken` : nameProblem(name, 'x')

/** What an added server is held to: the file `pinned.json`. */
export interface Pinned {
  name: string
  /** Cleaned, and without what was left out. */
  offer: Offer
  /** By the name of a tool: the digest of it as the server said it. */
  pins: Record<string, string>
}

/** What is pinned after one tool, or all, was looked at anew. Undefined where the server has no tool of that name. */
export function approved(
  pinned: Pinned,
  { offer, pins }: Vetted,
  tool: string | undefined,
): Pinned | undefined {
  const { name } = pinned
  if (tool === undefined) return { name, offer, pins }
  const now = offer.tools.find((candidate) => candidate.name === tool)
  if (!now) return undefined
  const tools = [...pinned.offer.tools.filter((other) => other.name !== tool), now]
  return {
    name,
    offer: { ...pinned.offer, tools },
    pins: { ...pinned.pins, [tool]: pins[tool] as string },
  }
}

/** What an adapter says that a server offers; undefined where that has another shape. */
export function readOffer(value: unknown): Offer | undefined {
  if (!isRecord(value)) return undefined
  const named = (key: string) => listed(value[key], (item) => typeof item.name === 'string')
  const said = (key: string) => (typeof value[key] === 'string' ? value[key] : undefined)
  const [tools, prompts] = [named('tools'), named('prompts')]
  const resources = listed(value.resources, (item) => typeof item.uri === 'string')
  const resourceTemplates = listed(value.resourceTemplates, (item) => typeof item.uriTemplate === 'string')
  if (!tools || !prompts || !resources || !resourceTemplates) return undefined
  if (tools.some(({ description }) => description !== undefined && typeof description !== 'string'))
    return undefined
  return {
    title: said('title'),
    version: said('version'),
    instructions: said('instructions'),
    tools: tools as unknown as Tool[],
    prompts: prompts as unknown as Prompt[],
    resources: resources as unknown as Resource[],
    resourceTemplates: resourceTemplates as unknown as ResourceTemplate[],
    completions: value.completions === true,
  }
}

function listed(
  value: unknown,
  fits: (item: Record<string, unknown>) => boolean,
): Record<string, unknown>[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.every((item) => isRecord(item) && fits(item)) ? value : undefined
}

/** How many of a server's last lines are told when it can't be used. */
const LAST_WORDS = 20

/** Why a look at a server gave nothing, from what it and the adapter said: the adapter's last line, and the server's own. */
export function whyUnusable(said: string): string {
  const lines = said.trim().split('\n')
  const why = lines.filter((line) => !line.startsWith('{')).at(-1) || 'it ended without a word'
  const own = lines.flatMap((line) => wordsOf(line) ?? []).slice(-LAST_WORDS)
  return `${why.replace(/\.?$/, '.')}${own.length === 0 ? '' : ` The last it said:${own.map((line) => `\n  ${line}`).join('')}`}`
}

function wordsOf(line: string): string | undefined {
  try {
    const { stderr } = JSON.parse(line.slice(line.indexOf('{'))) as { stderr?: unknown }
    return typeof stderr === 'string' && stderr.trim() !== '' ? stderr : undefined
  } catch {
    return undefined
  }
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

const NO_DRIFT: Drift = { changed: [], added: [], removed: [] }

/** The drift that a quarantine file tells of; none where it is no such file. */
export function readDrift(text: string | undefined): Drift {
  try {
    const value: unknown = JSON.parse(text ?? '')
    if (!isRecord(value)) return NO_DRIFT
    const names = (key: keyof Drift) =>
      Array.isArray(value[key]) ? value[key].filter((name) => typeof name === 'string') : []
    return { changed: names('changed'), added: names('added'), removed: names('removed') }
  } catch {
    return NO_DRIFT
  }
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
  const described = <T>(items: readonly T[]) =>
    items.map((item) => ({ ...named(item), capability, untrusted: 'server' as const }))
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
    tools: described(offer.tools).map(ofOthers),
    prompts: described(offer.prompts),
    resources: described(offer.resources),
    resourceTemplates: described(offer.resourceTemplates),
    completions: offer.completions ?? false,
  }
}

/** Only a server of ours is believed that it asks before it destroys something. */
const ofOthers = ({ asksItself: _, ...tool }: DescribedTool): DescribedTool => tool

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
