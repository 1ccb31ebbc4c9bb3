/**
 * Shapes of the Model Context Protocol, of the current revision and of the legacy ones, which have sessions.
 * Source: https://modelcontextprotocol.io/specification/2026-07-28/schema and …/2025-11-25/schema.
 */
import type { Id } from './jsonrpc.ts'

/** The revision spoken inside: between gateway and servers, and by the client. */
export const CURRENT_VERSION = '2026-07-28'
/** The legacy revisions, which have sessions, newest first. Spoken at the gateway's edge only. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const
export const LATEST_LEGACY_VERSION = LEGACY_VERSIONS[0]

/** Keys of `_meta`. Those under `io.llmbasedos/` are set by the gateway alone and removed from what clients send. */
export const META = {
  version: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  /** Who calls, as an opaque id: what a server binds a request's state to. */
  caller: 'io.llmbasedos/caller',
  /** On a request's progress and log notifications: the request's id, since all share one connection. */
  requestId: 'io.llmbasedos/requestId',
  /** On results and their content: others wrote it (`file`, `mail`, `web` or `server`), so it is data, never instructions. */
  untrusted: 'io.llmbasedos/untrusted',
  /** On a question to a client's person: the server of others that asks. */
  askedBy: 'io.llmbasedos/askedBy',
  /** On what is offered under another name than its server gave it: that name. */
  originalName: 'io.llmbasedos/originalName',
  /** The client session that a request is part of, an opaque id; told to servers again when it ends. */
  session: 'io.llmbasedos/session',
  /** Milliseconds that the call may still take. */
  timeoutMs: 'io.llmbasedos/timeoutMs',
  /** On calls: what a person agreed that they destroy, by the `state` that the server named it by; true for whatever it is. */
  agreed: 'io.llmbasedos/agreed',
  /** On calls of a language model that has read what others wrote: a person must agree to any change, though it destroys nothing; true. */
  guarded: 'io.llmbasedos/guarded',
  /** On calls: which of the capabilities that the server's items need the caller has; an array of their names. */
  may: 'io.llmbasedos/may',
  /** On calls: what stands before the server's own names in those that the caller knows, such as `fs_`; nothing without. */
  namePrefix: 'io.llmbasedos/namePrefix',
  /** On the answer to a call that waits for consent: the id by which `luca approve` can decide about it. */
  ticket: 'io.llmbasedos/ticket',
  /** On a question to a client: the id of the call that is held for its answer, and goes on when it is repeated with its state. */
  held: 'io.llmbasedos/held',
  /** On a request: bytes of its result may come beside it. On that result: how many do. */
  attach: 'io.llmbasedos/attach',
  attached: 'io.llmbasedos/attached',
  /** On a request: its sender takes long messages in pieces from now on, and says what it has taken. On the answer: so does this side. */
  pieces: 'io.llmbasedos/pieces',
  /** On a call of a server of models: its answer's deltas, and what it waits for, are to be sent before it (model-delta.ts). */
  deltas: 'io.llmbasedos/deltas',
} as const
export const PRIVATE_META_PREFIX = 'io.llmbasedos/'

export interface RequestMeta {
  progressToken?: string | number
  [key: string]: unknown
}

export interface Implementation {
  name: string
  version: string
  title?: string
  description?: string
}

export interface ClientCapabilities {
  roots?: Record<string, unknown>
  sampling?: Record<string, unknown>
  elicitation?: { form?: Record<string, unknown>; url?: Record<string, unknown> }
  [key: string]: unknown
}

export interface ServerCapabilities {
  tools?: { listChanged?: boolean }
  prompts?: { listChanged?: boolean }
  resources?: { listChanged?: boolean; subscribe?: boolean }
  completions?: Record<string, never>
  logging?: Record<string, never>
}

/** A JSON Schema, dialect 2020-12. */
export type JsonSchema = { [key: string]: unknown }

export interface ToolAnnotations {
  title?: string
  readOnlyHint: boolean
  destructiveHint: boolean
  idempotentHint: boolean
  openWorldHint: boolean
}

export interface Tool {
  name: string
  title?: string
  description: string
  inputSchema: JsonSchema
  outputSchema?: JsonSchema
  annotations?: ToolAnnotations
  _meta?: Record<string, unknown>
}

export interface Prompt {
  name: string
  title?: string
  description?: string
  arguments?: { name: string; description?: string; required?: boolean }[]
  _meta?: Record<string, unknown>
}

export interface Resource {
  uri: string
  name: string
  title?: string
  description?: string
  mimeType?: string
  size?: number
}

export interface ResourceTemplate {
  uriTemplate: string
  name: string
  title?: string
  description?: string
  mimeType?: string
}

export type ResourceContents = { uri: string; mimeType?: string } & ({ text: string } | { blob: string })

export type ContentBlock =
  | { type: 'text'; text: string }
  | { type: 'image'; data: string; mimeType: string }
  | { type: 'audio'; data: string; mimeType: string }
  | ({ type: 'resource_link' } & Resource)
  | { type: 'resource'; resource: ResourceContents }

export interface PromptMessage {
  role: 'user' | 'assistant'
  content: ContentBlock
}

export type LoggingLevel = (typeof LOGGING_LEVELS)[number]
/** From the least to the most severe (RFC 5424's names). */
export const LOGGING_LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const

/** Whether a message of `level` is to be sent to someone who asked for `wanted` and above. */
export const isLogged = (level: LoggingLevel, wanted: LoggingLevel): boolean =>
  LOGGING_LEVELS.indexOf(level) >= LOGGING_LEVELS.indexOf(wanted)

export interface Result {
  resultType: 'complete' | 'input_required' | (string & {})
  _meta?: Record<string, unknown>
  [key: string]: unknown
}

export interface CallToolResult extends Result {
  content: ContentBlock[]
  structuredContent?: unknown
  isError?: boolean
}

/** What a server may ask of its caller's client before it can finish a request. */
export type InputRequest =
  | { method: 'elicitation/create'; params: { message: string; [key: string]: unknown } }
  | {
      method: 'sampling/createMessage'
      params: { messages: unknown[]; maxTokens: number; [key: string]: unknown }
    }
  | { method: 'roots/list'; params?: Record<string, unknown> }
export type InputRequests = Record<string, InputRequest>
export type InputResponses = Record<string, Record<string, unknown>>

export interface InputRequiredResult extends Result {
  resultType: 'input_required'
  inputRequests?: InputRequests
  requestState?: string
}

/** The `resultType` by which a server tells the gateway that nothing was done, since a person must agree first. */
export const CONSENT_REQUIRED = 'io.llmbasedos/consent_required'

/** What a call would destroy. */
export interface ConsentRequiredResult extends Result {
  resultType: typeof CONSENT_REQUIRED
  /** For people, after "would": `replace "/a.txt" (12 bytes)`. */
  what: string
  /** A text that would go out, of which a person sees every line. */
  text?: string
  /** A person is asked each time: no answer holds for other calls. */
  eachTime?: true
  /** Names what would be destroyed as it is now; the consent is for that alone. */
  state: string
  /** What the server wants back when the call is made again. */
  requestState?: string
}

/** The client's capability that each kind of input request needs. */
export const CAPABILITY_OF_INPUT = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
} as const

/** The notifications that a caller of `subscriptions/listen` wants. */
export interface SubscriptionFilter {
  toolsListChanged?: boolean
  promptsListChanged?: boolean
  resourcesListChanged?: boolean
  resourceSubscriptions?: string[]
  /** Of the gateway alone, an extension of ours: entries of the wake list whose time is to come now. */
  entriesDue?: boolean
}

export interface ProgressParams {
  progressToken: string | number
  progress: number
  total?: number
  message?: string
}

export interface CancelledParams {
  requestId: Id
  reason?: string
}

/** How long a client may keep a result, and who may share it. Required on list, read and discover results. */
export interface CacheHint {
  ttlMs: number
  cacheScope: 'public' | 'private'
}

/** Names of methods and notifications used in more than one place. */
export const METHOD = {
  discover: 'server/discover',
  listTools: 'tools/list',
  callTool: 'tools/call',
  listPrompts: 'prompts/list',
  getPrompt: 'prompts/get',
  listResources: 'resources/list',
  listResourceTemplates: 'resources/templates/list',
  readResource: 'resources/read',
  complete: 'completion/complete',
  listen: 'subscriptions/listen',
  /** From the gateway to servers: an entry of the wake list has come due (wake.ts); others have told events (events.ts). */
  woken: 'server/woken',
  heard: 'server/heard',
} as const

export const NOTIFICATION = {
  cancelled: 'notifications/cancelled',
  progress: 'notifications/progress',
  message: 'notifications/message',
  acknowledged: 'notifications/subscriptions/acknowledged',
  toolsChanged: 'notifications/tools/list_changed',
  promptsChanged: 'notifications/prompts/list_changed',
  resourcesChanged: 'notifications/resources/list_changed',
  resourceUpdated: 'notifications/resources/updated',
  /** From the gateway to servers: the session in `params.session` has ended. */
  sessionEnded: 'notifications/io.llmbasedos/session_ended',
  /** From servers to the gateway: what the entry of the wake list is for that `params.key` names is to be done now. */
  entryDue: 'notifications/io.llmbasedos/entry_due',
  /** From servers of models to the gateway: the next part of an answer, and what an answer waits for (model-delta.ts). */
  delta: 'notifications/io.llmbasedos/delta',
  modelStatus: 'notifications/io.llmbasedos/model_status',
  /** From the gateway to clients: a chunk of a language model's answer, in `params.chunk`, in the shape that the client speaks. */
  llmChunk: 'notifications/io.llmbasedos/llm_chunk',
  /** Between gateway and servers: a long message waits, is to come, and comes piece by piece (pieces.ts). */
  large: 'notifications/io.llmbasedos/large',
  send: 'notifications/io.llmbasedos/send',
  piece: 'notifications/io.llmbasedos/piece',
  /** From the gateway to servers: the caller of a request has taken so much of the notifications before the answer. */
  taken: 'notifications/io.llmbasedos/taken',
} as const

/** The methods that may be answered with `input_required`. */
export const MAY_REQUIRE_INPUT: ReadonlySet<string> = new Set([
  METHOD.callTool,
  METHOD.getPrompt,
  METHOD.readResource,
])
