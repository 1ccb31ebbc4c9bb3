/**
 * What the gateway asks the client in a session. Ids begin anew with each connection, so the client is given ids
 * that do not: a late answer must never reach another question.
 */
import type { Id, Response } from '../../protocol/jsonrpc.ts'

export class Questions {
  /** The client's id → the gateway's. */
  readonly #open = new Map<string, Id>()
  #connection = 0

  /** The id that the client is given for a question. */
  ask(id: Id): string {
    const shown = this.#shown(id)
    this.#open.set(shown, id)
    return shown
  }

  /** The client's answer as the gateway knows it; undefined where nothing on this connection was asked. */
  answered(response: Response): Response | undefined {
    const shown = response.id
    const id = typeof shown === 'string' ? this.#open.get(shown) : undefined
    if (typeof shown !== 'string' || id === undefined) return undefined
    this.#open.delete(shown)
    return { ...response, id }
  }

  /** The client's id of a question that the gateway takes back. */
  takenBack(id: Id): string {
    const shown = this.#shown(id)
    this.#open.delete(shown)
    return shown
  }

  /** The connection has ended: gives the client's ids of questions whose answers are no longer needed. */
  ended(): string[] {
    const ids = [...this.#open.keys()]
    this.#open.clear()
    this.#connection++
    return ids
  }

  #shown(id: Id): string {
    return `${this.#connection}:${String(id)}`
  }
}
