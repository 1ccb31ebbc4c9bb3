/**
 * Room for the long answers of servers: each is taken from its server only when there is some, and holds it until its
 * caller has taken it. One user has at most half of it while others wait, so that who reads nothing holds up himself.
 */
import { Room } from '../../protocol/room.ts'
import type { Inbound } from './call.ts'

/** In bytes. An answer is there several times while it is put into its caller's shape, but one after the other. */
export const ROOM_BYTES = 24 * 1024 * 1024

/** What a call has of it. */
interface Share {
  bytes: number
  /** Aborted when the call has ended. */
  readonly ended: AbortController
}

export class AnswerRoom {
  readonly #room = new Room(ROOM_BYTES)
  readonly #shares = new WeakMap<Inbound, Share>()

  /** Resolves once an answer of so many bytes may come; undefined where it may at once. Rejects when the call ends. */
  take(call: Inbound, bytes: number): Promise<void> | undefined {
    const { user } = call.principal
    const share = this.#shares.get(call) ?? { bytes: 0, ended: new AbortController() }
    this.#shares.set(call, share)
    const hold = () => {
      if (share.ended.signal.aborted) this.#room.give(bytes, user)
      else share.bytes += bytes
    }
    const waiting = this.#room.take(bytes, user, share.ended.signal)
    if (waiting) return waiting.then(hold)
    hold()
    return undefined
  }

  /** A call has ended. Its share is given back once its caller has taken the answer, which is written within this turn. */
  ended(call: Inbound): void {
    const share = this.#shares.get(call)
    if (!share) return
    share.ended.abort(new Error('The call has ended.'))
    const giveBack = () => this.#room.give(share.bytes, call.principal.user)
    setImmediate(() => {
      const taken = call.taken?.()
      if (taken) taken.then(giveBack)
      else giveBack()
    })
  }
}
