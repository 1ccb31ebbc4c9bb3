/** A session of an older client: what `initialize` agreed on, its streams, and what is asked of it. */
import { randomBytes } from 'node:crypto'
import { type Id, notification, type Response, RpcError } from '../../../protocol/jsonrpc.ts'
import { type InputRequest, type LoggingLevel, METHOD, NOTIFICATION } from '../../../protocol/mcp.ts'
import type { ClientFacts, Gate, Principal } from '../../call.ts'
import { EventStream } from './event-stream.ts'

/** How long a person may take to answer what a tool asked, in milliseconds. */
const ANSWER_WITHIN_MS = 10 * 60_000
/** How many streams that have ended are kept for a client that comes back for their last events. */
const MAX_ENDED_STREAMS = 20
/** Until the client says otherwise (`logging/setLevel`). */
const DEFAULT_LOG_LEVEL: LoggingLevel = 'info'

export interface SessionFacts {
  principal: Principal
  server: string | undefined
  version: string
  client: ClientFacts
}

export class Session {
  readonly id = randomBytes(24).toString('base64url')
  readonly principal: Principal
  readonly server: string | undefined
  readonly version: string
  readonly client: ClientFacts
  /** Requests that are being worked on, by the client's id. */
  readonly running = new Map<Id, AbortController>()
  /** What belongs to no request: changed lists and resources. */
  readonly standalone = new EventStream(streamId())
  lastUsed = Date.now()
  readonly #gate: Gate
  readonly #streams = new Map<string, EventStream>([[this.standalone.id, this.standalone]])
  readonly #asked = new Map<string, (response: Response) => void>()
  readonly #watched = new Map<string, AbortController>()
  readonly #ended = new AbortController()
  #nextAsk = 1

  constructor(gate: Gate, facts: SessionFacts) {
    this.#gate = gate
    this.principal = facts.principal
    this.server = facts.server
    this.version = facts.version
    this.client = { ...facts.client, logLevel: DEFAULT_LOG_LEVEL }
    this.#listen(
      { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true },
      this.#ended.signal,
    ).catch(
      () => {}, // it ends with the session
    )
  }

  get isIdle(): boolean {
    return this.running.size === 0 && !this.standalone.isAttached
  }

  /** A stream for one request's notifications, questions and answer. */
  openStream(): EventStream {
    const ended = [...this.#streams.values()].filter((stream) => stream.ended)
    for (const stream of ended.slice(0, Math.max(0, ended.length - MAX_ENDED_STREAMS)))
      this.#streams.delete(stream.id)
    const stream = new EventStream(streamId())
    this.#streams.set(stream.id, stream)
    return stream
  }

  stream(id: string): EventStream | undefined {
    return this.#streams.get(id)
  }

  /** Asks the client for something on a stream, and gives its answer. Throws RpcError if it refuses or is silent. */
  ask(request: InputRequest, stream: EventStream, signal: AbortSignal): Promise<Record<string, unknown>> {
    const id = `ask-${this.#nextAsk++}`
    return new Promise((resolve, reject) => {
      const give = (then: () => void) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        this.#asked.delete(id)
        then()
      }
      const onAbort = () => give(() => reject(signal.reason))
      const timer = setTimeout(
        () =>
          give(() =>
            reject(
              new RpcError(
                'INTERNAL',
                `The client did not answer ${request.method} within ${ANSWER_WITHIN_MS / 60_000} minutes.`,
              ),
            ),
          ),
        ANSWER_WITHIN_MS,
      ).unref()
      signal.addEventListener('abort', onAbort, { once: true })
      this.#asked.set(id, (response) =>
        give(() => {
          if ('error' in response)
            reject(
              new RpcError('INTERNAL', `The client refused ${request.method}: ${response.error.message}`),
            )
          else resolve((response.result ?? {}) as Record<string, unknown>)
        }),
      )
      stream.send({ jsonrpc: '2.0', id, method: request.method, params: request.params ?? {} })
    })
  }

  /** Takes the client's answer to something it was asked; an answer to nothing is dropped. */
  answered(response: Response): void {
    this.#asked.get(String(response.id))?.(response)
  }

  /** Watches a resource until unwatched; resolves once the server has agreed. */
  async watch(uri: string): Promise<void> {
    if (this.#watched.has(uri)) return
    const controller = new AbortController()
    this.#watched.set(uri, controller)
    const signal = AbortSignal.any([controller.signal, this.#ended.signal])
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
      this.unwatch(uri)
      throw error
    }
  }

  unwatch(uri: string): void {
    this.#watched.get(uri)?.abort()
    this.#watched.delete(uri)
  }

  end(): void {
    this.#ended.abort(new Error('The session has ended.'))
    for (const controller of this.running.values()) controller.abort(new Error('The session has ended.'))
    for (const controller of this.#watched.values()) controller.abort()
    for (const stream of this.#streams.values()) stream.end()
  }

  async #listen(
    notifications: object,
    signal: AbortSignal,
    onAcknowledged?: (honoured: { resourceSubscriptions?: string[] }) => void,
  ): Promise<void> {
    await this.#gate.run({
      principal: this.principal,
      transport: 'http',
      server: this.server,
      method: METHOD.listen,
      params: { notifications },
      client: this.client,
      signal,
      notify: (method, params) => {
        if (method === NOTIFICATION.acknowledged) onAcknowledged?.(params.notifications as object)
        else this.standalone.send(notification(method, params))
      },
    })
  }
}

const streamId = () => randomBytes(9).toString('hex')
