/** ConsentedCall → Result: answers what the gateway knows, and sends the rest to the server that it is for. */

import type { PeerRequestHandler } from '../../client/peer-requests.ts'
import { suggestName } from '../../host/suggest.ts'
import { mayNeedConsent } from '../../protocol/calls.ts'
import type { Cancellation } from '../../protocol/cancellation.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import {
  type CacheHint,
  CURRENT_VERSION,
  META,
  METHOD,
  NOTIFICATION,
  PRIVATE_META_PREFIX,
  type Result,
} from '../../protocol/mcp.ts'
import { isRecord, put } from '../../protocol/values.ts'
import type { AnswerRoom } from '../call/answer-room.ts'
import type {
  CallTrace,
  ConsentedCall,
  Drained,
  MirroredHeader,
  ResidentServer,
  Target,
} from '../call/call.ts'
import { namePrefix } from '../call/naming.ts'
import { usableWithin } from '../call/within.ts'
import { isOfOthers } from './addresses.ts'
import type { Backends, CallerRequest } from './backends.ts'
import type { Catalogue, View } from './catalogue.ts'
import { listen } from './listen.ts'
import { createResolve, type Resolve } from './resolve.ts'
import { lookUp, SEARCH_TOOLS } from './tool-search/tools.ts'

/** A method that the gateway answers itself, such as those that change its own state. */
export type LocalMethod = (call: ConsentedCall) => object | Promise<object>

export interface RouterOptions {
  catalogue: Catalogue
  backends: Backends
  /** By method name. */
  local: Readonly<Record<string, LocalMethod>>
  /** Servers that are part of the gateway, as the catalogue has them too. */
  resident: readonly ResidentServer[]
  serverName: string
  /** For long answers of servers. */
  answers: AnswerRoom
  /** Answers what a server of ours asks while it works on a call. */
  peerRequests(call: ConsentedCall, trace: CallTrace): PeerRequestHandler
}

export interface Router {
  /** Finds what a request is about. Throws RpcError. */
  resolve: Resolve
  /** Throws RpcError, or the reason of the call's signal; at once where it need not wait. */
  route(call: ConsentedCall, trace: CallTrace): Result | Promise<Result>
  /** Tells the servers that are awake that a client's session has ended. */
  sessionEnded(session: string): void
  mirroredHeaders(server: string | undefined, tool: string): readonly MirroredHeader[]
  hasServer(server: string): boolean
}

/** The longest time that a server can be given, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1
/** Lists depend on who asks and can change at any time, but clients are notified when they do. */
const LIST_CACHE: CacheHint = { ttlMs: 60_000, cacheScope: 'private' }

type Handler = (call: ConsentedCall, view: View, trace: CallTrace) => Result | Promise<Result>

export function createRouter({
  catalogue,
  backends,
  local,
  resident,
  serverName,
  answers,
  peerRequests,
}: RouterOptions): Router {
  const residents = new Map(resident.map((server) => [server.descriptor, server]))
  const methods: Record<string, Handler> = {
    [METHOD.discover]: (_, view) => ({
      resultType: 'complete',
      supportedVersions: [CURRENT_VERSION],
      capabilities: view.capabilities,
      ...(view.instructions ? { instructions: view.instructions } : {}),
      ...LIST_CACHE,
      _meta: { [META.serverInfo]: { name: serverName, title: view.title, version: view.version } },
    }),
    [METHOD.listTools]: (call, view) =>
      page(call, { tools: call.toolset === 'search' ? SEARCH_TOOLS : view.tools }),
    [METHOD.listPrompts]: (call, view) => page(call, { prompts: view.prompts }),
    [METHOD.listResources]: (call, view) => page(call, { resources: view.resources }),
    [METHOD.listResourceTemplates]: (call, view) => page(call, { resourceTemplates: view.resourceTemplates }),
    [METHOD.callTool]: (call, view, trace) =>
      (call.server === undefined && !call.within ? lookUp(call.params, view) : undefined) ??
      forward(
        call,
        trace,
        (server) => ({ ...call.params, name: server.name }),
        () => unknownTool(call, view),
      ),
    [METHOD.getPrompt]: (call, view, trace) =>
      forward(
        call,
        trace,
        (server) => ({ ...call.params, name: server.name }),
        () => unknownPrompt(call, view),
      ),
    [METHOD.readResource]: (call, _, trace) =>
      forward(
        call,
        trace,
        () => ({ ...call.params }),
        () => unknownResource(call.params.uri),
      ),
    [METHOD.complete]: (call, view, trace) =>
      forward(
        call,
        trace,
        ({ name }) => completion(call, name),
        () => unknownReference(call, view),
      ),
    [METHOD.listen]: (call, view) =>
      listen(call, view, catalogue, (server, params, options) =>
        backends
          .get(server, call.principal.user)
          .request(
            METHOD.listen,
            withMeta(call, params),
            { ...options, checkAgain: () => call.checkAgain() },
            {},
          ),
      ),
  }

  return {
    resolve: createResolve(catalogue, Object.keys(local)),
    sessionEnded: (session) => backends.notifyAll(NOTIFICATION.sessionEnded, { session }),
    mirroredHeaders: (server, tool) => catalogue.mirroredHeaders(server, tool),
    hasServer: (server) => catalogue.has(server),
    route(call, trace) {
      const view = catalogue.view(call.server, call.grant)
      if (!view) throw new RpcError('METHOD_NOT_FOUND', `There is no server "${call.server}" here.`)
      const own = Object.hasOwn(local, call.method) ? local[call.method] : undefined
      if (own) return complete(own, call)
      const handler = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined
      if (handler) return handler(call, view, trace)
      // A v1 method goes to its server under its own name.
      return forward(
        call,
        trace,
        () => ({ ...call.params }),
        () => unknownMethod(call.method),
      )
    },
  }

  /** Sends a call on to the server that its target is of; without a target, throws what `unknown` gives. */
  function forward(
    call: ConsentedCall,
    trace: CallTrace,
    paramsFor: (target: Target) => Record<string, unknown>,
    unknown: () => RpcError,
  ): Promise<Result> {
    const { target } = call.resolved
    if (!target) throw unknown()
    const own = residents.get(target.descriptor)
    if (own) return own.answer(call, target, trace)
    return backends
      .get(target.descriptor, call.principal.user)
      .request(
        call.method,
        withMeta(
          call,
          paramsFor(target),
          usableWithin(call.within, catalogue.had(call.grant, target.descriptor)),
        ),
        new Forwarded(call, target.descriptor, answers, trace, peerRequests),
        trace,
      )
  }
}

/** What a server's connection is given of a call; one object without functions of its own, since each call makes one. */
class Forwarded implements CallerRequest {
  readonly signal?: AbortSignal
  readonly cancellation: Cancellation | undefined
  timeoutMs: number | undefined
  readonly #call: ConsentedCall
  readonly #descriptor: Descriptor
  readonly #answers: AnswerRoom
  readonly #trace: CallTrace
  readonly #answerPeer: RouterOptions['peerRequests']
  #peerRequests: PeerRequestHandler | undefined

  constructor(
    call: ConsentedCall,
    descriptor: Descriptor,
    answers: AnswerRoom,
    trace: CallTrace,
    answerPeer: RouterOptions['peerRequests'],
  ) {
    this.#call = call
    this.#descriptor = descriptor
    this.#answers = answers
    this.#trace = trace
    this.#answerPeer = answerPeer
    this.cancellation = call.cancellation
    if (!call.cancellation) this.signal = call.signal
    this.timeoutMs = call.timeoutMs > 0 ? call.timeoutMs : undefined
  }

  /** Looked at when a server first asks something; those of others can ask nothing. */
  get peerRequests(): PeerRequestHandler | undefined {
    if (isOfOthers(this.#descriptor)) return undefined
    this.#peerRequests ??= this.#answerPeer(this.#call, this.#trace)
    return this.#peerRequests
  }

  checkAgain(): void {
    this.#call.checkAgain()
  }

  moreMs(): number {
    return this.#call.deadline - performance.now()
  }

  late(): RpcError {
    return tooLate(this.#call.timeoutMs)
  }

  onNotification(method: string, given: Record<string, unknown>): Drained {
    return relay(this.#call, method, given)
  }

  room(bytes: number): Promise<void> | undefined {
    return this.#answers.take(this.#call, bytes)
  }
}

const complete = async (method: LocalMethod, call: ConsentedCall): Promise<Result> => ({
  resultType: 'complete',
  ...(await method(call)),
})

const tooLate = (ms: number): RpcError =>
  new RpcError(
    'INTERNAL',
    `The call took longer than ${ms / 1000} seconds (calls.timeoutSeconds) and was stopped. Whether it took effect is not known.`,
    { data: { limit: 'calls.timeoutSeconds' } },
  )

/** The reference with the name that the server knows. */
function completion(call: ConsentedCall, name: string): Record<string, unknown> {
  const ref = call.params.ref as Record<string, unknown>
  return { ...call.params, ref: ref.type === 'ref/prompt' ? { ...ref, name } : ref }
}

function page(call: ConsentedCall, lists: object): Result {
  // An empty one begins at the beginning, as being absent does.
  if (call.params.cursor !== undefined && call.params.cursor !== '')
    throw new RpcError(
      'INVALID_PARAMS',
      'This cursor is not known here; ask without one, the list is not paged.',
    )
  return { resultType: 'complete', ...lists, ...LIST_CACHE }
}

const unknownMethod = (method: string) =>
  new RpcError('METHOD_NOT_FOUND', `There is no method "${method.slice(0, 100)}", or it is not accessible.`)

const unknownTool = ({ params, server }: ConsentedCall, { tools }: View) =>
  unknownName('tool', params.name, server, tools)

const unknownPrompt = ({ params, server }: ConsentedCall, { prompts }: View) =>
  unknownName('prompt', params.name, server, prompts)

function unknownName(
  noun: 'tool' | 'prompt',
  name: unknown,
  server: string | undefined,
  items: readonly { name: string }[],
): RpcError {
  if (typeof name !== 'string') return new RpcError('INVALID_PARAMS', 'params.name must be a string.')
  const where = server === undefined ? '' : ` in the server "${server}"`
  const meant = suggestName(
    name,
    items.map((item) => item.name),
  )
  const hint = meant ? `did you mean "${meant}"?` : `${noun}s/list lists them.`
  return new RpcError('INVALID_PARAMS', `There is no ${noun} "${name.slice(0, 100)}"${where}; ${hint}`)
}

function unknownResource(uri: unknown): RpcError {
  if (typeof uri !== 'string') return new RpcError('INVALID_PARAMS', 'params.uri must be a string.')
  return new RpcError(
    'INVALID_PARAMS',
    'There is no such resource; resources/list and resources/templates/list show those there are.',
    { data: { uri } },
  )
}

function unknownReference({ params, server }: ConsentedCall, { prompts }: View): RpcError {
  const ref = isRecord(params.ref) ? params.ref : {}
  if (ref.type === 'ref/prompt' && typeof ref.name === 'string')
    return unknownName('prompt', ref.name, server, prompts)
  if (ref.type === 'ref/resource') return unknownResource(ref.uri)
  return new RpcError(
    'INVALID_PARAMS',
    'params.ref must be {"type": "ref/prompt", "name"} or {"type": "ref/resource", "uri"}.',
  )
}

/** The `_meta` that a server gets: the client's own keys, what the client is, and what the gateway alone may say. */
function withMeta(
  call: ConsentedCall,
  params: Record<string, unknown>,
  may: readonly string[] = [],
): Record<string, unknown> {
  const given = params._meta
  const meta: Record<string, unknown> = {}
  if (isRecord(given))
    for (const [key, value] of Object.entries(given))
      if (!key.startsWith(PRIVATE_META_PREFIX)) put(meta, key, value)
  meta[META.version] = CURRENT_VERSION
  meta[META.clientCapabilities] = call.client.capabilities
  if (call.client.info) meta[META.clientInfo] = call.client.info
  if (call.client.logLevel) meta[META.logLevel] = call.client.logLevel
  meta[META.caller] = call.principal.id
  if (call.session !== undefined) meta[META.session] = call.session
  // A call that waits for a person's consent has more time: the gateway ends it.
  if (mayNeedConsent(call.resolved.target?.descriptor.calls)) meta[META.timeoutMs] = LONGEST_MS
  else if (call.timeoutMs > 0) meta[META.timeoutMs] = call.timeoutMs
  if (call.agreed !== undefined) meta[META.agreed] = call.agreed
  if (call.guarded) meta[META.guarded] = true
  const { target } = call.resolved
  const prefix = target && namePrefix(call, target.descriptor.service_name)
  if (prefix) meta[META.namePrefix] = prefix
  if (may.length > 0) meta[META.may] = may
  if (call.attaches) meta[META.attach] = true
  params._meta = meta
  return params
}

/** Passes a server's notification on to the caller, without what only the wire between us needed. */
export function relay(call: ConsentedCall, method: string, given: Record<string, unknown>): Drained {
  const { [META.requestId]: _, ...meta } = (given._meta ?? {}) as Record<string, unknown>
  const { _meta: __, ...params } = given
  return call.notify(method, Object.keys(meta).length > 0 ? { ...params, _meta: meta } : params)
}
