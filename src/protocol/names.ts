/**
 * Names of servers and tools, and how the gateway joins them. Clients differ in what they accept (some refuse
 * dots, some cap the length), so the rules here are the strictest of theirs.
 *
 * A server's name has no underscore; the first underscore of an advertised name therefore ends the server's
 * part, and two servers can never collide, however many there are.
 */
export const SERVER_NAME = /^[a-z][a-z0-9-]{0,23}$/
export const TOOL_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,48}$/
/** Server and tool together, with the underscore between them. */
export const MAX_ADVERTISED_NAME = 50

/** The gateway's own tools; no server's tool may be advertised under such a name. */
export const OWN_TOOLS = { search: 'search_tools', details: 'get_tool_details', call: 'call_tool' } as const
/** Paths of the gateway that a server of that name would hide (`/mcp/tools`). */
const RESERVED_SERVER_NAMES: ReadonlySet<string> = new Set(['tools'])

export const advertisedName = (server: string, tool: string): string => `${server}_${tool}`

/** Splits an advertised name; undefined where it has no server's part. */
export function splitAdvertisedName(name: string): { server: string; tool: string } | undefined {
  const end = name.indexOf('_')
  return end < 1 ? undefined : { server: name.slice(0, end), tool: name.slice(end + 1) }
}

/** Why a tool or prompt of this name can't be advertised, or undefined if it can. */
export function nameProblem(server: string, tool: string): string | undefined {
  if (!SERVER_NAME.test(server)) return `the server name "${server}" does not match ${SERVER_NAME.source}`
  if (RESERVED_SERVER_NAMES.has(server)) return `the server name "${server}" is taken by the gateway itself`
  if ((Object.values(OWN_TOOLS) as string[]).includes(advertisedName(server, tool)))
    return `"${advertisedName(server, tool)}" is the name of a tool of the gateway itself`
  if (!TOOL_NAME.test(tool)) return `the name "${tool}" does not match ${TOOL_NAME.source}`
  const length = advertisedName(server, tool).length
  if (length > MAX_ADVERTISED_NAME)
    return `"${advertisedName(server, tool)}" has ${length} characters; ${MAX_ADVERTISED_NAME} are the most that every client accepts`
  return undefined
}

/**
 * A text of a server names one of its tools as `{tool:read_text_file}`, since its readers know it by different names: at
 * `/mcp` with a prefix, at `/mcp/<server>` without, as a v1 method by another one.
 */
const MENTION = /\{tool:([a-zA-Z0-9][\w-]{0,48})\}/g
const MENTION_BEGINS = '{tool:'

export const mentionOf = (tool: string): string => `${MENTION_BEGINS}${tool}}`

/** The tools that the texts of a value name, each as often as it is named. */
export const mentionsIn = (value: unknown): string[] =>
  [...(JSON.stringify(value) ?? '').matchAll(MENTION)].map(([, tool]) => tool as string)

/** A text, or all texts of a value that is plain JSON, with each tool named as its reader knows it. */
export function withNames<T>(value: T, nameOf: (tool: string) => string): T {
  const named = (text: string) => text.replace(MENTION, (_, tool: string) => nameOf(tool))
  if (typeof value === 'string') return (value.includes(MENTION_BEGINS) ? named(value) : value) as T
  const text = JSON.stringify(value)
  return text?.includes(MENTION_BEGINS) ? JSON.parse(named(text)) : value
}
