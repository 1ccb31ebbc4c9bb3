/**
 * Which era a request belongs to. All transports ask here: HTTP, WebSocket, the UNIX socket and stdio.
 *
 * - `current`: the current revision of MCP, which has no sessions; each request says all in `params._meta`.
 * - `legacy`: a revision of MCP with sessions, which begin with `initialize`.
 * - `v1`: the methods of the older llmbasedos, `mcp.…`, which streams alone take.
 */
import { type Classified, classify } from './jsonrpc.ts'
import { LEGACY_VERSIONS, META, METHOD } from './mcp.ts'
import { isRecord } from './values.ts'

export type Era = 'current' | 'legacy' | 'v1'

/** What is known of a message before it is read. */
export interface Carrier {
  /** Whether it comes within a session: of its connection, or named by a header. */
  readonly inSession: boolean
  /** The headers that came with it; undefined over a stream, whose messages have none. */
  readonly headers?: { readonly version: unknown; readonly method: unknown } | undefined
}

const V1_PREFIX = 'mcp.'

export const isV1Method = (method: unknown): boolean =>
  typeof method === 'string' && method.startsWith(V1_PREFIX)

/** The era of a message; a doubtful one is taken for that whose errors explain themselves best on its transport. */
export function eraOf(
  { method, params }: { readonly method?: unknown; readonly params?: unknown },
  { inSession, headers }: Carrier,
): Era {
  if (claimedVersion(params) !== undefined) return 'current'
  if (headers === undefined && isV1Method(method)) return 'v1'
  if (inSession || method === 'initialize') return 'legacy'
  // Over a stream every error is an answer. Over HTTP the current revision repeats what it says in headers.
  if (headers === undefined) return 'current'
  if (headers.version !== undefined)
    return LEGACY_VERSIONS.some((known) => known === headers.version) ? 'legacy' : 'current'
  return headers.method !== undefined || method === METHOD.discover ? 'current' : 'legacy'
}

/** The version that a request claims in `_meta`, before anything else is checked; undefined without one. */
export const claimedVersion = (params: unknown): unknown => {
  const meta = isRecord(params) ? params._meta : undefined
  return isRecord(meta) ? meta[META.version] : undefined
}

/** Says what a value from a stream is: requests of `v1` may lack the version of JSON-RPC. */
export function classifyAnyEra(value: unknown): Classified {
  const isUnversioned = isRecord(value) && value.jsonrpc === undefined && isV1Method(value.method)
  return classify(isUnversioned ? { ...value, jsonrpc: '2.0' } : value)
}
