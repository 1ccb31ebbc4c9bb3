/**
 * A server that is not ours, as it was when its owner added it: what it offers is pinned by digests, cleaned of
 * characters that are invisible, and left out where it could be taken for something else.
 */

import type { DescribedTool, Descriptor } from '../protocol/descriptor.ts'
import { META, type Prompt, type Resource, type ResourceTemplate, type Tool } from '../protocol/mcp.ts'
import { advertisedName, MAX_ADVERTISED_NAME, mentionOf, nameProblem } from '../protocol/names.ts'
import { canonicalJson, isRecord } from '../protocol/values.ts'

import { STATE_NAMES } from './state-names.ts'

/** The current revision, which has no handshake, or the older ones, which begin with one. */
export type Era = 'current' | 'legacy'

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
  /** The era of the protocol that it was found to speak. */
  era?: Era | undefined
  /** By the name of a tool: why its output schema is none. */
  unsoundOutputs?: Record<string, string>
  /** What could not be read of it, and why. */
  remarks?: string[]
  /** By the name that a tool or prompt is offered under: the server's own, where not all of that is shown. */
  ownNames?: Record<string, string>
}

/** How an added server is started: the credential `server.json`, since `env` may hold secrets. */
export interface LaunchSpec {
  command: string
  args: string[]
  env: Record<string, string>
  /** What it has of the environment of whoever added it; what `env` has of the same name wins. */
  around?: Record<string, string>
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
  /** What of it is not offered, and why. */
  remarks: string[]
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
  /** What of it is not offered, and why. */
  remarks?: string[]
}

/** What is pinned after one tool, or all, was looked at anew. Undefined where the server has no tool of that name. */
export function approved(
  pinned: Pinned,
  { offer, pins, remarks }: Vetted,
  tool: string | undefined,
): Pinned | undefined {
  const { name } = pinned
  if (tool === undefined) return { name, offer, pins, remarks }
  const now = offer.tools.find((candidate) => candidate.name === tool)
  if (!now) return undefined
  const tools = [...pinned.offer.tools.filter((other) => other.name !== tool), now]
  const ownNames = { ...pinned.offer.ownNames, ...offer.ownNames }
  return {
    ...pinned,
    offer: { ...pinned.offer, tools, ownNames },
    pins: { ...pinned.pins, [tool]: pins[tool] as string },
  }
}

/** What an adapter says that a server offers; undefined where that has another shape. */
export function readOffer(value: unknown): Offer | undefined {
  if (!isRecord(value)) return undefined
  const said = (key: string) => (typeof value[key] === 'string' ? value[key] : undefined)
  const { tools, prompts, resources, resourceTemplates, remarks, unsoundOutputs } = value
  if (![tools, prompts, resources, resourceTemplates].every(isListOfRecords)) return undefined
  return {
    title: said('title'),
    version: said('version'),
    instructions: said('instructions'),
    tools: tools as unknown as Tool[],
    prompts: prompts as unknown as Prompt[],
    resources: resources as unknown as Resource[],
    resourceTemplates: resourceTemplates as unknown as ResourceTemplate[],
    completions: value.completions === true,
    era: value.era === 'current' || value.era === 'legacy' ? value.era : undefined,
    ...(isRecord(unsoundOutputs) ? { unsoundOutputs: unsoundOutputs as Record<string, string> } : {}),
    ...(Array.isArray(remarks) ? { remarks: remarks.filter((remark) => typeof remark === 'string') } : {}),
  }
}

const isListOfRecords = (value: unknown): boolean => Array.isArray(value) && value.every(isRecord)

/** How many of a server's last lines are shown when it can't be used. */
const LAST_WORDS = 20

/** Why a look at a server gave nothing, from what it and the adapter said: the adapter's last line, and the server's own. */
export function whyUnusable(said: string): string {
  const lines = said.trim().split('\n')
  const why = lines.filter((line) => !line.startsWith('{')).at(-1) || 'it ended without a word'
  const own = wordsIn(said).slice(-LAST_WORDS)
  return `${why.replace(/\.?$/, '.')}${own.length === 0 ? '' : ` The last it said:${own.map((line) => `\n  ${line}`).join('')}`}`
}

/** What the server itself said, of what the adapter logged. */
export const wordsIn = (said: string): string[] => said.split('\n').flatMap((line) => wordsOf(line) ?? [])

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
  return sha256(canonicalJson(parts))
}

/** Loaded when it is needed, which is seldom: it takes long. */
const sha256 = (text: string): string =>
  process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex')

/** The name that a server knows an item of its offer by. */
export function originalName({ ownNames = {} }: Offer, { name, _meta }: Named): string {
  if (Object.hasOwn(ownNames, name)) return ownNames[name] as string
  const original = _meta?.[META.originalName]
  return typeof original === 'string' ? original : name
}

interface Named {
  name: string
  _meta?: Record<string, unknown> | undefined
}

/**
 * The name that something of a server is offered under: its own, where every client accepts that; else one that is made of what
 * they accept in it and of a digest, so that it is always the same and never another's.
 */
export function offeredName(server: string, name: string): string {
  if (nameProblem(server, name) === undefined) return name
  const mark = `-${sha256(name).slice(0, 6)}`
  const room = MAX_ADVERTISED_NAME - advertisedName(server, mark).length
  const kept = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-zA-Z0-9_-]+/g, '_')
    .replace(/^[^a-zA-Z0-9]+/, '')
    .slice(0, Math.max(room, 0))
    .replace(/[_-]+$/, '')
  return `${kept === '' ? 'tool' : kept}${mark}`
}

export interface Vetted {
  offer: Offer
  pins: Record<string, string>
  /** What was left out, or changed by cleaning, and why. */
  remarks: string[]
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
    changed: Object.keys(now).filter((name) => Object.hasOwn(before, name) && before[name] !== now[name]),
    added: Object.keys(now).filter((name) => !Object.hasOwn(before, name)),
    removed: Object.keys(before).filter((name) => !Object.hasOwn(now, name)),
  }
}

/** What differs between what was pinned and the tools as a server gives them. */
export const driftOf = (server: string, pins: Pins, tools: readonly Tool[]): Drift =>
  driftBetween(
    pins,
    Object.fromEntries(
      tools
        .filter(({ name }) => typeof name === 'string')
        .map((tool) => [offeredName(server, tool.name), digestOf(tool)]),
    ),
  )

export const hasDrifted = ({ changed, added, removed }: Drift): boolean =>
  changed.length + added.length + removed.length > 0

/** The descriptor of an added server. Its content is another party's. */
export function describeThirdParty({ name, offer, remarks = [] }: Pinned): Descriptor {
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
    ...(remarks.length === 0 ? {} : { remarks }),
  }
}

/** Only a server of ours is believed that it asks before it destroys something. */
const ofOthers = ({ asksItself: _, stake: __, ...tool }: DescribedTool): DescribedTool => tool

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
