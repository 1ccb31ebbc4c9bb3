/** AdmittedCall → Result: answers what the gateway knows, and sends the rest to the server that it is for. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import {
  type CacheHint,
  META,
  METHOD,
  MODERN_VERSION,
  PRIVATE_META_PREFIX,
  type Result,
} from '../../protocol/mcp.ts'
import type { AdmittedCall, CallTrace, MirroredHeader } from '../call.ts'
import type { Backends } from './backends.ts'
import type { Catalogue, Target, View } from './catalogue.ts'
import { listen } from './listen.ts'

/** A method that the gateway answers itself, such as those that change its own state. */
export type LocalMethod = (call: AdmittedCall) => object | Promise<object>

export interface RouterOptions {
  catalogue: Catalogue
  backends: Backends
  /** By method name. */
  local: Readonly<Record<string, LocalMethod>>
  serverName: string
}

export interface Router {
  /** Throws RpcError, or the reason of the call's signal. */
  route(call: AdmittedCall, trace: CallTrace): Promise<Result>
  mirroredHeaders(server: string | undefined, tool: string): readonly MirroredHeader[]
  hasServer(server: string): boolean
}

/** Lists depend on who asks and can change at any time, but a client is told when they do. */
const LIST_CACHE: CacheHint = { ttlMs: 60_000, cacheScope: 'private' }

type Handler = (call: AdmittedCall, view: View, trace: CallTrace) => Result | Promise<Result>

export function createRouter({ catalogue, backends, local, serverName }: RouterOptions): Router {
  const methods: Record<string, Handler> = {
    [METHOD.discover]: (_, view) => ({
      resultType: 'complete',
      supportedVersions: [MODERN_VERSION],
      capabilities: view.capabilities,
      ...(view.instructions ? { instructions: view.instructions } : {}),
      ...LIST_CACHE,
      _meta: { [META.serverInfo]: { name: serverName, title: view.title, version: view.version } },
    }),
    [METHOD.listTools]: (call, view) => page(call, { tools: view.tools }),
    [METHOD.listPrompts]: (call, view) => page(call, { prompts: view.prompts }),
    [METHOD.listResources]: (call, view) => page(call, { resources: view.resources }),
    [METHOD.listResourceTemplates]: (call, view) => page(call, { resourceTemplates: view.resourceTemplates }),
    [METHOD.callTool]: (call, _, trace) => forward(call, named('tools', call), { ...call.params }, trace),
    [METHOD.getPrompt]: (call, _, trace) => forward(call, named('prompts', call), { ...call.params }, trace),
    [METHOD.readResource]: (call, _, trace) =>
      forward(call, resource(call, call.params.uri), { ...call.params }, trace),
    [METHOD.complete]: (call, _, trace) => complete(call, trace),
    [METHOD.listen]: (call, view) =>
      listen(call, view, catalogue, (target, params, options) =>
        backends
          .get(target.descriptor, call.principal.user)
          .request(METHOD.listen, withMeta(call, params), options, {}),
      ),
  }

  return {
    mirroredHeaders: (server, tool) => catalogue.mirroredHeaders(server, tool),
    hasServer: (server) => catalogue.has(server),
    async route(call, trace) {
      const view = catalogue.view(call.server)
      if (!view) throw new RpcError('METHOD_NOT_FOUND', `There is no server "${call.server}" here.`)
      const own = Object.hasOwn(local, call.method) ? local[call.method] : undefined
      if (own) return { resultType: 'complete', ...(await own(call)) }
      const handler = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined
      if (!handler)
        throw new RpcError('METHOD_NOT_FOUND', `There is no method "${call.method.slice(0, 100)}".`)
      return handler(call, view, trace)
    },
  }

  function named(kind: 'tools' | 'prompts', call: AdmittedCall): Target {
    const name = call.params.name
    if (typeof name !== 'string') throw new RpcError('INVALID_PARAMS', 'params.name must be a string.')
    const found = catalogue.find(kind, call.server, name)
    if (!found) throw unknownName(kind, name, call.server)
    return found.target
  }

  function resource(call: AdmittedCall, uri: unknown): Target {
    if (typeof uri !== 'string') throw new RpcError('INVALID_PARAMS', 'params.uri must be a string.')
    const target = catalogue.findResource(call.server, uri)
    if (!target)
      throw new RpcError(
        'INVALID_PARAMS',
        'There is no such resource; resources/list and resources/templates/list show those there are.',
        { data: { uri } },
      )
    return target
  }

  async function forward(
    call: AdmittedCall,
    target: Target,
    params: Record<string, unknown>,
    trace: CallTrace,
  ): Promise<Result> {
    trace.server = target.descriptor.service_name
    trace.target = target.name
    if ('name' in params) params.name = target.name
    const backend = backends.get(target.descriptor, call.principal.user)
    return backend.request(
      call.method,
      withMeta(call, params),
      { signal: call.until, onNotification: (method, given) => relay(call, method, given) },
      trace,
    )
  }

  function complete(call: AdmittedCall, trace: CallTrace): Promise<Result> {
    const ref = call.params.ref as { type?: unknown; name?: unknown; uri?: unknown } | undefined
    if (ref?.type === 'ref/prompt' && typeof ref.name === 'string') {
      const found = catalogue.find('prompts', call.server, ref.name)
      if (!found) throw unknownName('prompts', ref.name, call.server)
      return forward(call, found.target, { ...call.params, ref: { ...ref, name: found.target.name } }, trace)
    }
    if (ref?.type === 'ref/resource') return forward(call, resource(call, ref.uri), { ...call.params }, trace)
    throw new RpcError(
      'INVALID_PARAMS',
      'params.ref must be {"type": "ref/prompt", "name"} or {"type": "ref/resource", "uri"}.',
    )
  }
}

function page(call: AdmittedCall, lists: object): Result {
  if (call.params.cursor !== undefined)
    throw new RpcError(
      'INVALID_PARAMS',
      'This cursor was not given here; ask without one, the list comes in one piece.',
    )
  return { resultType: 'complete', ...lists, ...LIST_CACHE }
}

function unknownName(kind: 'tools' | 'prompts', name: string, server: string | undefined): RpcError {
  const noun = kind === 'tools' ? 'tool' : 'prompt'
  const where = server === undefined ? '' : ` in the server "${server}"`
  return new RpcError(
    'INVALID_PARAMS',
    `There is no ${noun} "${name.slice(0, 100)}"${where}; ${kind}/list shows those there are.`,
  )
}

/** The `_meta` that a server gets: the client's own keys, what the client is, and what the gateway alone may say. */
function withMeta(call: AdmittedCall, params: Record<string, unknown>): Record<string, unknown> {
  const given = params._meta
  const meta: Record<string, unknown> = {}
  if (typeof given === 'object' && given !== null)
    for (const [key, value] of Object.entries(given))
      if (!key.startsWith(PRIVATE_META_PREFIX)) meta[key] = value
  meta[META.version] = MODERN_VERSION
  meta[META.clientCapabilities] = call.client.capabilities
  if (call.client.info) meta[META.clientInfo] = call.client.info
  if (call.client.logLevel) meta[META.logLevel] = call.client.logLevel
  meta[META.caller] = call.principal.id
  if (call.timeoutMs > 0) meta[META.timeoutMs] = call.timeoutMs
  params._meta = meta
  return params
}

/** Passes a server's notification on to the caller, without what only the wire between us needed. */
export function relay(call: AdmittedCall, method: string, given: Record<string, unknown>): void {
  const { [META.requestId]: _, ...meta } = (given._meta ?? {}) as Record<string, unknown>
  const { _meta: __, ...params } = given
  call.notify(method, Object.keys(meta).length > 0 ? { ...params, _meta: meta } : params)
}
