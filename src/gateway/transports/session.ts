/**
 * A session of a legacy client of MCP: what `initialize` agreed on, what is asked of the client, and how its
 * requests become those of the current revision. What carries it, an HTTP stream or a socket, is not its business.
 * Source: https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle
 */
import type { Cancellation } from '../../protocol/cancellation.ts'
import { notification, type Request, type Response, RpcError } from '../../protocol/jsonrpc.ts'
import {
  type ClientCapabilities,
  type Implementation,
  type InputRequiredResult,
  type InputResponses,
  LATEST_LEGACY_VERSION,
  LEGACY_VERSIONS,
  LOGGING_LEVELS,
  type LoggingLevel,
  META,
  METHOD,
  NOTIFICATION,
  type Result,
} from '../../protocol/mcp.ts'
import { isRecord, textIn } from '../../protocol/values.ts'
import type { ClientFacts, Gate, Inbound, Principal, Say, Toolset, Transport } from '../call/call.ts'
import { CancellableCall } from '../call/cancellable-call.ts'
import { type Held, textBytes } from '../call/memory.ts'
import { withKnownContent } from './older-content.ts'
import { Questions } from './questions.ts'

/** How often one call may ask the client. */
const MAX_ROUNDS = 16
/** Until the client says otherwise (`logging/setLevel`). */
const DEFAULT_LOG_LEVEL: LoggingLevel = 'info'
/** What a session, or a watched resource, takes besides what its client says, in bytes. */
const SESSION_BYTES = 8 * 1024
/** What is kept of what a client says of itself and of what it can do, in characters. */
const MAX_INFO = 4096
const MAX_NAME = 200
const MAX_CAPABILITIES = 16_384
const MAX_WATCHED_URI = 8192
/** Methods of the current revision that the legacy ones do not have. */
const UNKNOWN_HERE: ReadonlySet<string> = new Set([METHOD.discover, METHOD.listen])

/** Where a session stands. */
export interface Endpoint {
  principal: Principal
  transport: Transport
  server: string | undefined
  toolset: Toolset
  /** An opaque id. */
  session: string
}

export interface SessionFacts extends Endpoint {
  version: string
  client: ClientFacts
}

/** What `initialize` agrees on, and the answer to it. Throws INVALID_PARAMS for params that it can't have. */
export async function initialize(
  gate: Gate,
  endpoint: Endpoint,
  params: unknown,
): Promise<{ facts: SessionFacts; result: object }> {
  if (!isRecord(params) || typeof params.protocolVersion !== 'string' || !isRecord(params.capabilities ?? {}))
    throw new RpcError(
      'INVALID_PARAMS',
      'initialize needs params.protocolVersion, capabilities and clientInfo.',
    )
  const version = LEGACY_VERSIONS.find((known) => known === params.protocolVersion) ?? LATEST_LEGACY_VERSION
  const client = {
    capabilities: checkedCapabilities(params.capabilities ?? {}),
    info: isRecord(params.clientInfo) ? keptInfo(params.clientInfo) : undefined,
    logLevel: undefined,
  }
  const offered = await gate.run({
    ...endpoint,
    method: METHOD.discover,
    params: {},
    client,
    signal: new AbortController().signal,
    notify: () => undefined,
  })
  return {
    facts: { ...endpoint, version, client },
    result: {
      protocolVersion: version,
      capabilities: offered.capabilities,
      serverInfo: offered._meta?.[META.serverInfo],
      ...(offered.instructions ? { instructions: offered.instructions } : {}),
    },
  }
}

export class Session {
  readonly facts: SessionFacts
  readonly client: ClientFacts
  readonly #gate: Gate
  /** Says what belongs to no request: changed lists and resources. */
  readonly #tell: Say
  readonly #questions: Questions
  readonly #watched = new Map<string, AbortController>()
  readonly #ended = new AbortController()
  readonly #held: Held

  constructor(gate: Gate, facts: SessionFacts, tell: Say) {
    this.#gate = gate
    this.#questions = new Questions(gate)
    this.#tell = tell
    this.facts = facts
    this.#held = gate.memory.take(facts.principal.user, 'sessions', SESSION_BYTES + sizeOf(facts.client))
    this.client = { ...facts.client, logLevel: DEFAULT_LOG_LEVEL }
    this.#listen(
      { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true },
      this.#ended.signal,
    ).catch(
      () => {}, // it ends with the session
    )
  }

  /**
   * The result of a request, in the legacy shape. What belongs to it and comes before, notifications and
   * questions, goes to `say`. Throws RpcError.
   */
  async answer(
    { method, params: given }: Request,
    cancellation: Cancellation,
    say: Say,
    drained: Inbound['drained'],
  ): Promise<object> {
    const params = (given ?? {}) as Record<string, unknown>
    switch (method) {
      case 'ping':
        return {}
      case 'logging/setLevel':
        if (!LOGGING_LEVELS.includes(params.level as LoggingLevel))
          throw new RpcError('INVALID_PARAMS', `params.level must be one of ${LOGGING_LEVELS.join(', ')}.`)
        this.client.logLevel = params.level as LoggingLevel
        return {}
      case 'resources/subscribe':
        await this.#watch(uriOf(params))
        return {}
      case 'resources/unsubscribe':
        this.#unwatch(uriOf(params))
        return {}
    }
    if (UNKNOWN_HERE.has(method))
      throw new RpcError('METHOD_NOT_FOUND', `There is no method "${method}" in a session.`)
    return this.#run(method, params, cancellation, say, drained)
  }

  /** Takes the client's answer to something it was asked; an answer to nothing is dropped. */
  answered(response: Response): void {
    this.#questions.answered(response)
  }

  end(): void {
    this.#ended.abort(new Error('The session has ended.'))
    this.#gate.sessionEnded(this.facts.session)
    this.#held.release()
    for (const controller of this.#watched.values()) controller.abort()
  }

  /** Runs a request, asking the client whatever its server needs to know, as often as that takes. */
  async #run(
    method: string,
    params: Record<string, unknown>,
    cancellation: Cancellation,
    say: Say,
    drained: Inbound['drained'],
  ): Promise<object> {
    const held = this.#gate.memory.hold(this.facts.principal.user, 'calls')
    try {
      return await this.#runRounds(method, params, cancellation, say, drained, held)
    } finally {
      held.release()
    }
  }

  /** `held` counts what is asked and answered meanwhile. */
  async #runRounds(
    method: string,
    params: Record<string, unknown>,
    cancellation: Cancellation,
    say: Say,
    drained: Inbound['drained'],
    held: Held,
  ): Promise<object> {
    let round: Record<string, unknown> = { ...params, inputResponses: undefined, requestState: undefined }
    for (let n = 0; n < MAX_ROUNDS; n++) {
      const { principal, transport, server, toolset, session } = this.facts
      const result = await this.#gate.run(
        new CancellableCall({
          principal,
          transport,
          server,
          toolset,
          session,
          method,
          cancellation,
          drained,
          params: round,
          client: this.client,
          notify: (name, fields) => say(notification(name, fields)),
        }),
      )
      if (result.resultType !== 'input_required') return asLegacy(result, this.facts.version)
      const { requestState, _meta } = result as InputRequiredResult
      const heldCall = textIn(_meta?.[META.held])
      held.resize(textBytes(JSON.stringify(result)))
      const inputResponses = await this.#ask(
        result as InputRequiredResult,
        params,
        cancellation,
        say,
        held,
      ).catch((error) => {
        if (heldCall !== undefined) this.#gate.leave(heldCall)
        throw error
      })
      // What was decided elsewhere is found by the call as it was, or goes on where it is held.
      const isStateKept = inputResponses !== undefined || heldCall !== undefined
      round = { ...params, inputResponses, requestState: isStateKept ? requestState : undefined }
    }
    throw new RpcError('INTERNAL', `The server asked the client ${MAX_ROUNDS} times and was still not done.`)
  }

  /** Asks the client all that a result asks; undefined where that was decided elsewhere. */
  async #ask(
    { inputRequests = {}, _meta }: InputRequiredResult,
    params: Record<string, unknown>,
    cancellation: Cancellation,
    say: Say,
    held: Held,
  ): Promise<InputResponses | undefined> {
    return this.#questions.askAll(inputRequests, {
      say,
      signal: cancellation.signal,
      client: this.client,
      held,
      progressToken: isRecord(params._meta) ? params._meta.progressToken : undefined,
      ticket: textIn(_meta?.[META.ticket]),
      heldCall: textIn(_meta?.[META.held]),
    })
  }

  /** Watches a resource until unwatched; resolves once the server has agreed. */
  async #watch(uri: string): Promise<void> {
    if (this.#watched.has(uri)) return
    if (uri.length > MAX_WATCHED_URI)
      throw new RpcError(
        'INVALID_PARAMS',
        `A watched resource's URI has ${MAX_WATCHED_URI} characters at most.`,
      )
    const held = this.#gate.memory.take(this.facts.principal.user, 'sessions', SESSION_BYTES + textBytes(uri))
    const controller = new AbortController()
    this.#watched.set(uri, controller)
    const signal = AbortSignal.any([controller.signal, this.#ended.signal])
    signal.addEventListener('abort', () => held.release(), { once: true })
    if (signal.aborted) held.release()
    try {
      await new Promise<void>((resolve, reject) => {
        this.#listen({ resourceSubscriptions: [uri] }, signal, (honoured) => {
          if (honoured.resourceSubscriptions?.length) resolve()
          else
            reject(
              new RpcError(
                'INVALID_PARAMS',
                'This resource does not exist or does not tell of its changes.',
                { data: { uri } },
              ),
            )
        }).catch(reject)
      })
    } catch (error) {
      this.#unwatch(uri)
      throw error
    }
  }

  #unwatch(uri: string): void {
    this.#watched.get(uri)?.abort()
    this.#watched.delete(uri)
  }

  async #listen(
    notifications: object,
    signal: AbortSignal,
    onAcknowledged?: (honoured: { resourceSubscriptions?: string[] }) => void,
  ): Promise<void> {
    await this.#gate.run({
      ...this.#endpoint,
      method: METHOD.listen,
      params: { notifications },
      client: this.client,
      signal,
      notify: (method, params) => {
        if (method !== NOTIFICATION.acknowledged) return this.#tell(notification(method, params))
        onAcknowledged?.(params.notifications as object)
        return undefined
      },
    })
  }

  get #endpoint(): Endpoint {
    const { principal, transport, server, toolset, session } = this.facts
    return { principal, transport, server, toolset, session }
  }
}

/** What a client says of itself, as far as it is kept: all of it where that is short, else its names, cut. */
function keptInfo(info: Record<string, unknown>): Implementation {
  const text = JSON.stringify(info)
  if (text.length <= MAX_INFO) return info as unknown as Implementation
  const cut = (value: unknown) => (typeof value === 'string' ? ownCopy(value.slice(0, MAX_NAME)) : undefined)
  const { name, title, version } = info
  return { name: cut(name) ?? '', title: cut(title), version: cut(version) ?? '' } as Implementation
}

/** Throws INVALID_PARAMS for more than a session can keep. */
function checkedCapabilities(capabilities: object): ClientCapabilities {
  if (JSON.stringify(capabilities).length > MAX_CAPABILITIES)
    throw new RpcError(
      'INVALID_PARAMS',
      `params.capabilities is longer than ${MAX_CAPABILITIES} characters, the most that is kept of a session; leave out what this gateway does not know.`,
    )
  return capabilities as ClientCapabilities
}

/** What a part of a text would else do is keep all of it. */
const ownCopy = (text: string): string => Buffer.from(text).toString()

const sizeOf = (facts: ClientFacts): number => 4 * textBytes(JSON.stringify(facts))

/** Without what the legacy revisions do not know. */
function asLegacy(result: Result, version: string): object {
  return {
    ...withKnownContent(result, version),
    resultType: undefined,
    ttlMs: undefined,
    cacheScope: undefined,
  }
}

function uriOf(params: Record<string, unknown>): string {
  if (typeof params.uri !== 'string') throw new RpcError('INVALID_PARAMS', 'params.uri must be a string.')
  return params.uri
}
