/** Requests of the bridge's own on the client's connection, whose answers the client must not see. */
import { randomUUID } from 'node:crypto'
import type { Id, Response } from '../../protocol/jsonrpc.ts'
import type { Upstream } from './upstream.ts'

/** A request without its id. */
export interface Step {
  method: string
  params?: unknown
}

export class OwnRequests {
  readonly #open = new Map<Id, (answer: Response) => void>()
  /** No client has such ids. */
  readonly #prefix = `luca-${randomUUID()}-`
  #next = 1

  /** Sends one; it has no answer if the connection ends. */
  send(upstream: Upstream, step: Step, then: (answer: Response) => void): void {
    const id = `${this.#prefix}${this.#next++}`
    this.#open.set(id, then)
    upstream.send(JSON.stringify({ jsonrpc: '2.0', id, ...step }))
  }

  /** Takes an answer, if it is for one of these. */
  take(answer: Response): boolean {
    const then = this.#open.get(answer.id)
    this.#open.delete(answer.id)
    then?.(answer)
    return then !== undefined
  }

  forget(): void {
    this.#open.clear()
  }
}
