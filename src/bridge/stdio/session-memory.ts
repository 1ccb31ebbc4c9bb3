/**
 * What a session of the legacy revisions consists of, so that it can be set up again on a new connection. The
 * current revision has none: each request says all.
 */
import type { Request } from '../../protocol/jsonrpc.ts'
import { canonicalJson, isRecord, textIn } from '../../protocol/values.ts'
import type { OwnRequests, Step } from './own-requests.ts'
import type { Upstream } from './upstream.ts'

export class SessionMemory {
  #initialize: { step: Step; result: Record<string, unknown> } | undefined
  #initialized: string | undefined
  #logLevel: Step | undefined
  readonly #watched = new Map<string, Step>()

  /** Takes a request that the gateway has answered with a result. */
  succeeded({ method, params }: Request, result: unknown): void {
    const step = params === undefined ? { method } : { method, params }
    const uri = (isRecord(params) && textIn(params.uri)) || ''
    if (method === 'initialize' && isRecord(result)) this.#initialize = { step, result }
    else if (method === 'logging/setLevel') this.#logLevel = step
    else if (method === 'resources/subscribe') this.#watched.set(uri, step)
    else if (method === 'resources/unsubscribe') this.#watched.delete(uri)
  }

  /** Takes the text of the client's `notifications/initialized`. */
  confirmed(text: string): void {
    this.#initialized = text
  }

  /** What opens the session, once the client has one. */
  get opening(): Step | undefined {
    return this.#initialize?.step
  }

  /** The capabilities of the gateway, as the client knows them. */
  get capabilities(): unknown {
    return this.#initialize?.result.capabilities
  }

  get watched(): string[] {
    return [...this.#watched.keys()]
  }

  /**
   * Does what the client did once its session was open. `result` is what the gateway answered to the opening this
   * time; where that differs from what the client knows, it is logged.
   */
  resume(upstream: Upstream, own: OwnRequests, result: unknown, log: (line: string) => void): void {
    const fields = this.#differences(result)
    if (fields.length > 0)
      log(`the gateway has changed (${fields.join(', ')}); restart the client to see that`)
    if (this.#initialized !== undefined) upstream.send(this.#initialized)
    for (const step of [...(this.#logLevel ? [this.#logLevel] : []), ...this.#watched.values()])
      own.send(upstream, step, (answer) => {
        if ('error' in answer) log(`${step.method} ended with the interruption: ${answer.error.message}`)
      })
  }

  /** The fields in which a repeated `initialize` is answered differently from the first time. */
  #differences(result: unknown): string[] {
    const told = this.#initialize?.result ?? {}
    const now = isRecord(result) ? result : {}
    return ['protocolVersion', 'capabilities', 'serverInfo', 'instructions'].filter(
      (field) => canonicalJson(told[field] ?? null) !== canonicalJson(now[field] ?? null),
    )
  }
}
