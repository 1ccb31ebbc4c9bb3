/** What a client was sent and has not read, counted for its user. One that leaves more than its user may have is ended. */
import { withoutRoom } from '../call/answer-room.ts'
import { type Held, type Memory, SMALL_BYTES } from '../call/memory.ts'

/** Below this nothing is counted, in bytes: what is on its way at any time. */
const UNCOUNTED_BYTES = 1024
/** How often it is looked how much was read, in milliseconds. */
const LOOK_EVERY_MS = 100

/** How often an answer was there on its way: as bytes, as a text, as values, and as a text again. */
export const COPIES = 4

/** What answers are written to: a socket, or what stands for one. */
export interface Outlet {
  readonly writableLength: number
  readonly destroyed: boolean
  destroy(): unknown
}

/** Those of whom something is counted, each looked at until it has read it. */
const behind = new Set<Unread>()
let looking: NodeJS.Timeout | undefined

export class Unread {
  readonly #memory: Memory
  readonly #user: string
  readonly #outlet: Outlet
  #held: Held | undefined

  constructor(memory: Memory, user: string, outlet: Outlet) {
    this.#memory = memory
    this.#user = user
    this.#outlet = outlet
  }

  /** To be called once a text of so many characters was written. */
  wrote(length: number): void {
    if (length > SMALL_BYTES) this.#memory.letGo(COPIES * length)
    this.look()
  }

  /** Counts what is unread now. */
  look(): void {
    const bytes = this.#outlet.destroyed ? 0 : this.#outlet.writableLength
    if (bytes <= UNCOUNTED_BYTES) {
      if (this.#held) this.#forget(this.#held)
      return
    }
    const held = this.#hold()
    try {
      held.resize(bytes)
    } catch (error) {
      this.#memory.gaveUp(this.#user, error as Error)
      this.#forget(held)
      this.#outlet.destroy()
    }
  }

  /** Makes room for an answer before it is written. Throws RATE_LIMITED where there is none. */
  expect(bytes: number): void {
    const held = this.#hold()
    try {
      held.resize(held.bytes + bytes)
    } catch (error) {
      this.#memory.letGo(COPIES * bytes)
      throw withoutRoom(error)
    }
  }

  #hold(): Held {
    if (!this.#held) {
      this.#held = this.#memory.hold(this.#user, 'answers')
      behind.add(this)
      looking ??= setInterval(lookAgain, LOOK_EVERY_MS).unref()
    }
    return this.#held
  }

  #forget(held: Held): void {
    this.#held = undefined
    behind.delete(this)
    held.release()
  }
}

function lookAgain(): void {
  for (const unread of behind) unread.look()
  if (behind.size > 0) return
  clearInterval(looking)
  looking = undefined
}
