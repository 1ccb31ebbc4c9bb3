/**
 * Room for the long answers of servers, out of what their caller's user may have (memory.ts): each is taken from its server
 * only when there is some, and holds its place until its caller has taken it. Of a user's answers one session has a share,
 * so that a client that reads nothing holds up its own.
 */
import { RpcError, toRpcError } from '../../protocol/jsonrpc.ts'
import { Room } from '../../protocol/room.ts'
import type { Inbound } from './call.ts'
import type { Held, Memory } from './memory.ts'

/** The part of a user's memory that answers may take, and the part of that for one session. One answer comes whatever its length. */
const OF_USER = 1 / 4
const OF_SESSION = 1 / 4
/** What an answer is longer in its caller's shape, in bytes. */
const SHAPE_BYTES = 1024

/** What a call has of it. */
interface Share {
  readonly room: Room
  readonly session: string
  bytes: number
  /** The same in the account of its user, until it counts there as what its client has not read. */
  readonly held: Held[]
  /** Aborted when the call has ended. */
  readonly ended: AbortController
}

export class AnswerRoom {
  readonly #memory: Memory
  readonly #waitMs: number
  /** By user. */
  readonly #rooms = new Map<string, Room>()
  readonly #shares = new WeakMap<Inbound, Share>()

  /** An answer waits `waitMs` at most for memory that its user's other things have, by when no client is left that takes nothing. */
  constructor(memory: Memory, waitMs: number) {
    this.#memory = memory
    this.#waitMs = waitMs
  }

  /**
   * Resolves once an answer of so many bytes may come; undefined where it may at once. Rejects when the call ends, or with
   * RATE_LIMITED where there is no memory in time.
   */
  take(call: Inbound, bytes: number): Promise<void> | undefined {
    const share = this.#shareOf(call)
    const held = this.#memory.hold(call.principal.user, 'answers')
    const turn = share.room.take(bytes, share.session, share.ended.signal)
    if (turn) return turn.then(() => this.#enter(share, held, bytes))
    return this.#enter(share, held, bytes)
  }

  /**
   * A call has ended. Its answer is written within this turn, and counts from then on as what is not read; its place is given
   * back once it was.
   */
  ended(call: Inbound): void {
    const share = this.#shares.get(call)
    if (!share) return
    share.ended.abort(new Error('The call has ended.'))
    for (const held of share.held) held.release()
    const giveBack = () => share.room.give(share.bytes, share.session)
    setImmediate(() => {
      const drained = call.drained?.()
      if (drained) drained.then(giveBack)
      else giveBack()
    })
  }

  /** An answer has its place among those of its user, and needs the memory. */
  #enter(share: Share, held: Held, bytes: number): Promise<void> | undefined {
    if (share.ended.signal.aborted) return void share.room.give(bytes, share.session)
    share.bytes += bytes
    share.held.push(held)
    return held.fits(bytes + SHAPE_BYTES) ? undefined : this.#wait(share, held, bytes + SHAPE_BYTES)
  }

  async #wait({ ended }: Share, held: Held, bytes: number): Promise<void> {
    const late = AbortSignal.timeout(this.#waitMs)
    try {
      await held.roomFor(bytes, AbortSignal.any([ended.signal, late]))
    } catch (error) {
      ended.signal.throwIfAborted()
      throw withoutRoom(late.aborted ? this.#memory.refusal(held, bytes) : error)
    }
    if (ended.signal.aborted) held.release()
  }

  #shareOf(call: Inbound): Share {
    let share = this.#shares.get(call)
    if (!share) {
      const room = this.#roomOf(call.principal.user)
      share = { room, session: sessionOf(call), bytes: 0, held: [], ended: new AbortController() }
      this.#shares.set(call, share)
    }
    return share
  }

  #roomOf(user: string): Room {
    let room = this.#rooms.get(user)
    if (!room) {
      const bytes = this.#memory.perCallerBytes * OF_USER
      room = new Room(bytes, bytes * OF_SESSION)
      this.#rooms.set(user, room)
    }
    return room
  }
}

/** Calls without a session are distinguished by what their client calls itself: several may have one token. */
const sessionOf = ({ session, principal, client }: Inbound): string =>
  session ?? JSON.stringify([principal.id, client.info?.name])

/** The error for an answer for which there is no memory. */
export function withoutRoom(error: unknown): RpcError {
  const { message, data, code } = toRpcError(error)
  return new RpcError(code, `The call was made, but there is no memory for its answer. ${message}`, { data })
}
