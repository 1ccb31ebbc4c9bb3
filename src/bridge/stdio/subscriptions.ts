/** What is special about subscriptions: their answer is their end, and a gateway that stops ends them all. */

import type { Id } from '../../protocol/jsonrpc.ts'
import { isId } from '../../protocol/jsonrpc.ts'
import { META } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'

/** A gateway that stops ends subscriptions before it closes the connection; it does so within this, in milliseconds. */
const STOPS_WITHIN_MS = 30_000

/** The id of the subscription that a notification belongs to. */
export function subscriptionOf(params: Record<string, unknown>): Id | undefined {
  const id = isRecord(params._meta) ? params._meta[META.subscriptionId] : undefined
  return isId(id) ? id : undefined
}

/** Ends of subscriptions that reach the client only if the gateway goes on. */
export class HeldEndings {
  readonly #held = new Map<Id, NodeJS.Timeout>()

  hold(id: Id, deliver: () => void): void {
    this.drop(id)
    this.#held.set(id, setTimeout(deliver, STOPS_WITHIN_MS))
  }

  drop(id: Id): void {
    clearTimeout(this.#held.get(id))
    this.#held.delete(id)
  }

  dropAll(): void {
    for (const id of [...this.#held.keys()]) this.drop(id)
  }
}
