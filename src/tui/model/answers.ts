/**
 * What gateways, servers and the root helper answer, as far as it can be understood. They may be older or newer than
 * this luca, so nothing of an answer is taken for granted: what is not there is undefined, and what makes no sense
 * without it is left out.
 */

import { textOf } from '../../command/catalogue.ts'
import { markOf, opensAsFolder, unreadable } from '../../command/served-entries.ts'
import type { CallToolResult, ContentBlock, Prompt, Tool, ToolAnnotations } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import type { Outcome } from './effects.ts'

/** Understands a value; undefined where it is not what was asked for. */
export type Reader<T> = (value: unknown) => T | undefined

/** An answer that can't be understood is one that failed. */
export function understood<T>(outcome: Outcome<unknown>, read: Reader<T>): Outcome<T> {
  if (!outcome.ok) return outcome
  const value = read(outcome.value)
  return value === undefined ? { ok: false, error: NOT_UNDERSTOOD } : { ok: true, value }
}

/** What a tool gave besides its text; one that failed says why. */
export function structureIn<T>(outcome: Outcome<CallToolResult>, read: Reader<T>): Outcome<T> {
  if (!outcome.ok) return outcome
  const { isError, structuredContent } = outcome.value
  if (isError) return { ok: false, error: textOf(outcome.value) }
  return understood({ ok: true, value: structuredContent }, read)
}

const NOT_UNDERSTOOD =
  'The answer is not one that this luca understands; the gateway may be of another version.'

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const numberIn = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/** Those of a list that can be understood; undefined where it is no list. */
const listOf = <T>(
  value: unknown,
  read: (item: Record<string, unknown>) => T | undefined,
): T[] | undefined =>
  Array.isArray(value)
    ? value.filter(isRecord).flatMap((item) => {
        const one = read(item)
        return one === undefined ? [] : [one]
      })
    : undefined

/** A part of an answer, which is all that is wanted of it. */
export const partOf =
  <T>(part: string, read: Reader<T>): Reader<T> =>
  (value) =>
    isRecord(value) ? read(value[part]) : undefined

export interface ServerState {
  name: string
  /** A word; `awake`, `asleep` and `failing` are known. */
  state: string
  inFlight: number | undefined
  tools: number | undefined
}

/** A socket that the gateway speaks HTTP on. */
export interface Listening {
  protocol: string
  address: string
  port: number
}

export interface Status {
  version: string | undefined
  uptimeSeconds: number | undefined
  sessions: number | undefined
  servers: ServerState[]
  listening: Listening[] | undefined
  /** Descriptors that are left out, with the reason. */
  problems: { path: string; why: string }[]
  /** Databases of the gateway that were damaged, and are kept. */
  damaged: string[]
}

export const statusIn: Reader<Status> = (value) => {
  if (!isRecord(value)) return undefined
  const servers = listOf(value.servers, ({ name, state, inFlight, tools }) =>
    typeof name === 'string'
      ? { name, state: textIn(state) ?? 'unknown', inFlight: numberIn(inFlight), tools: numberIn(tools) }
      : undefined,
  )
  return (
    servers && {
      version: textIn(value.version),
      uptimeSeconds: numberIn(value.uptimeSeconds),
      sessions: numberIn(value.sessions),
      servers,
      listening: listOf(value.listening, ({ protocol, address, port }) =>
        typeof protocol === 'string' && typeof address === 'string' && typeof port === 'number'
          ? { protocol, address, port }
          : undefined,
      ),
      problems: Object.entries(isRecord(value.problems) ? value.problems : {}).flatMap(([path, why]) =>
        typeof why === 'string' ? [{ path, why }] : [],
      ),
      damaged: Array.isArray(value.damaged) ? value.damaged.filter((path) => typeof path === 'string') : [],
    }
  )
}

/** A call that waits for a person's consent. */
export interface Approval {
  id: string
  who: string
  tool: string
  arguments: string
  waitingSeconds: number | undefined
  /** What it would do, where that is known: `delete "/a.txt"`. */
  what: string | undefined
  /** What would go out; its lines are marked. */
  text: string | undefined
  warning: string | undefined
}

/** Who allows a call must see which it is: one that does not say so is not shown. */
export const approvalsIn = partOf('approvals', (value) =>
  listOf(
    value,
    ({ id, who, tool, arguments: given, waitingSeconds, what, text, warning }): Approval | undefined =>
      typeof id === 'string' &&
      typeof who === 'string' &&
      typeof tool === 'string' &&
      typeof given === 'string'
        ? {
            id,
            who,
            tool,
            arguments: given,
            waitingSeconds: numberIn(waitingSeconds),
            what: textIn(what),
            text: textIn(text),
            warning: textIn(warning),
          }
        : undefined,
  ),
)

export interface Unit {
  name: string
  /** In bytes; undefined while it sleeps: what is counted then are files in memory, which the kernel gives up at need. */
  memory: number | undefined
}

export const unitsIn = partOf('units', (value) =>
  listOf(value, ({ name, memory, status }): Unit | undefined =>
    typeof name === 'string'
      ? { name, memory: status === 'asleep' ? undefined : numberIn(memory) }
      : undefined,
  ),
)

/** The fingerprint of the CA that devices have to trust; null before it was made. */
export const caIn = partOf('ca', (value): { fingerprint: string | null } | undefined => {
  if (value === null) return { fingerprint: null }
  const fingerprint = isRecord(value) ? textIn(value.fingerprint) : undefined
  return fingerprint === undefined ? undefined : { fingerprint }
})

/** In bytes. */
export interface FileSystem {
  path: string
  size: number
  used: number
}

export const fileSystemsIn = partOf('fileSystems', (value) =>
  listOf(value, ({ paths, size, used }): FileSystem | undefined =>
    typeof size === 'number' && typeof used === 'number'
      ? { path: textIn(Array.isArray(paths) ? paths[0] : undefined) ?? '', size, used }
      : undefined,
  ),
)

export interface User {
  name: string
  uid: number | undefined
  realName: string | undefined
  owner: boolean | undefined
  hasPassword: boolean | undefined
}

export const usersIn = partOf('users', (value) =>
  listOf(value, ({ name, uid, realName, owner, hasPassword }): User | undefined =>
    typeof name === 'string'
      ? {
          name,
          uid: numberIn(uid),
          realName: textIn(realName),
          owner: typeof owner === 'boolean' ? owner : undefined,
          hasPassword: typeof hasPassword === 'boolean' ? hasPassword : undefined,
        }
      : undefined,
  ),
)

/** The tier of the licence that holds for whoever asks. */
export const tierIn = partOf('tier', textIn)

export interface LanguageModel {
  id: string
  /** Whose it is: a provider's name, or `local` where it is on this machine. */
  owner: string | undefined
  /** In tokens. */
  context: number | undefined
  bytes: number | undefined
  isDefault: boolean
  isLoaded: boolean
}

export const modelsIn = partOf('data', (value) =>
  listOf(value, ({ id, owned_by, context, bytes, is_default, loaded }): LanguageModel | undefined =>
    typeof id === 'string'
      ? {
          id,
          owner: textIn(owned_by),
          context: numberIn(context),
          bytes: numberIn(bytes),
          isDefault: is_default === true,
          isLoaded: loaded === true,
        }
      : undefined,
  ),
)

/** How many there are. */
export const tokenCountIn = partOf('tokens', (value) => (Array.isArray(value) ? value.length : undefined))

export interface NewToken {
  name: string
  token: string
}

export const newTokenIn: Reader<NewToken> = (value) =>
  isRecord(value) && typeof value.name === 'string' && typeof value.token === 'string'
    ? { name: value.name, token: value.token }
    : undefined

export interface FolderEntry {
  name: string
  path: string
  isFolder: boolean
  /** In bytes; -1 where that says nothing. */
  size: number
  /** What it is, where that is neither a plain file nor a plain folder. */
  mark?: string
  /** Why it has nothing to show. */
  unreadable?: string
}

export const entriesIn: Reader<FolderEntry[]> = (value) =>
  listOf(value, ({ name, path, type, size, leads_to }) => {
    if (typeof name !== 'string' || typeof path !== 'string') return undefined
    const kind = { type: textIn(type) ?? '', leads_to: textIn(leads_to) }
    const [mark, why] = [markOf(kind), unreadable(kind)]
    return {
      name,
      path,
      isFolder: opensAsFolder(kind),
      size: numberIn(size) ?? -1,
      ...(mark === undefined ? {} : { mark }),
      ...(why === undefined ? {} : { unreadable: why }),
    }
  })

export const methodsIn: Reader<string[]> = (value) =>
  Array.isArray(value) ? value.filter((name) => typeof name === 'string') : undefined

export interface ToolPage {
  tools: Tool[]
  nextCursor: string | undefined
}

export const toolPageIn: Reader<ToolPage> = (value) => {
  const tools = partOf('tools', (all) => listOf(all, toolIn))(value)
  return tools && { tools, nextCursor: isRecord(value) ? textIn(value.nextCursor) : undefined }
}

function toolIn(given: Record<string, unknown>): Tool | undefined {
  const { name, description, inputSchema, outputSchema, annotations } = given
  if (typeof name !== 'string') return undefined
  return {
    name,
    description: textIn(description) ?? '',
    inputSchema: isRecord(inputSchema) ? inputSchema : {},
    ...(isRecord(outputSchema) ? { outputSchema } : {}),
    ...(isRecord(annotations) ? { annotations: annotations as unknown as ToolAnnotations } : {}),
  }
}

export interface PromptPage {
  prompts: Prompt[]
  nextCursor: string | undefined
}

export const promptPageIn: Reader<PromptPage> = (value) => {
  const prompts = partOf('prompts', (all) => listOf(all, promptIn))(value)
  return prompts && { prompts, nextCursor: isRecord(value) ? textIn(value.nextCursor) : undefined }
}

function promptIn({ name, description, arguments: given }: Record<string, unknown>): Prompt | undefined {
  if (typeof name !== 'string') return undefined
  const taken = listOf(given, (one) =>
    typeof one.name === 'string' ? { name: one.name, required: one.required === true } : undefined,
  )
  return { name, description: textIn(description) ?? '', arguments: taken ?? [] }
}

/** What a prompt says, as one text; undefined where it says nothing. */
export const promptTextIn: Reader<string> = (value) => {
  const said = partOf('messages', (all) =>
    listOf(all, ({ content }) =>
      isRecord(content) ? textOf({ resultType: 'complete', content: [blockIn(content)] }) : undefined,
    ),
  )(value)
  return said?.filter((one) => one !== '').join('\n\n') || undefined
}

/** A tool's result; blocks of kinds that are not known are named. */
export const toolResultIn: Reader<CallToolResult> = (value) =>
  isRecord(value)
    ? {
        resultType: 'complete',
        content: (Array.isArray(value.content) ? value.content : []).map(blockIn),
        ...(value.structuredContent === undefined ? {} : { structuredContent: value.structuredContent }),
        ...(value.isError === true ? { isError: true } : {}),
      }
    : undefined

function blockIn(block: unknown): ContentBlock {
  if (!isRecord(block)) return UNKNOWN_BLOCK
  const { type, text, uri, resource, mimeType } = block
  const isWhole =
    type === 'text'
      ? typeof text === 'string'
      : type === 'resource_link'
        ? typeof uri === 'string'
        : type === 'resource'
          ? isRecord(resource) && typeof resource.uri === 'string' && !isOddText(resource)
          : typeof type === 'string' && typeof mimeType === 'string'
  return isWhole ? (block as unknown as ContentBlock) : UNKNOWN_BLOCK
}

const isOddText = (resource: object): boolean => 'text' in resource && typeof resource.text !== 'string'
const UNKNOWN_BLOCK: ContentBlock = { type: 'text', text: '[content of a kind that luca does not know]' }

/** The text of a file that was read. */
export const fileTextOf = (result: CallToolResult): string =>
  (isRecord(result.structuredContent) ? textIn(result.structuredContent.content) : undefined) ??
  textOf(result)

/** How a PDF begins, also one that is all of letters. */
const PDF = '%PDF-'

/** Whether what was read as a text is none, so that it may be a document. */
export const isNoText = (result: CallToolResult): boolean =>
  result.isError === true || fileTextOf(result).startsWith(PDF)

/** Whether the file goes on after what was read. */
export const hasMore = ({ structuredContent }: CallToolResult): boolean =>
  isRecord(structuredContent) && structuredContent.nextOffset !== undefined

/** The paths that a search by name found. */
export const pathsIn = (result: CallToolResult): string[] =>
  textOf(result)
    .split('\n')
    .filter((path) => path.startsWith('/'))
