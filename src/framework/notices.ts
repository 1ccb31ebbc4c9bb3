/**
 * Notifications to a request's caller before its answer, and how much of them may wait: a window of its own for each
 * request, so that a caller who does not read holds up its own handler alone.
 */
import { WINDOW } from '../protocol/pieces.ts'

/** What may wait beyond the window where a handler does not, in characters, before its call is failed. */
const MAX_WAITING = 1024 * 1024

/** The same over all calls of a process; then those fail that have most of it. */
const MAX_WAITING_IN_ALL = 32 * MAX_WAITING

/** What waits for the callers of all requests, in characters, and for how many of them. */
export interface Untold {
  length: number
  requests: number
}

export class Notices {
  readonly #write: (text: string) => void
  readonly #all: Untold
  /** Written, and not said to be taken. */
  #untaken = 0
  #waiting: string[] = []
  #length = 0
  #freed: PromiseWithResolvers<void> | undefined

  constructor(write: (text: string) => void, all: Untold) {
    this.#write = write
    this.#all = all
  }

  /** Whether notifications wait for the caller to take them. */
  get isBehind(): boolean {
    return this.#waiting.length > 0
  }

  /** Whether as much waits as may; nothing more must be sent then. */
  get isFull(): boolean {
    if (this.#length > MAX_WAITING) return true
    const { length, requests } = this.#all
    return length > MAX_WAITING_IN_ALL && this.#length >= length / requests
  }

  tell(text: string): void {
    if (this.#waiting.length === 0 && this.#hasRoom(text)) return void this.#send(text)
    this.#waiting.push(text)
    this.#waits(this.#length + text.length)
  }

  /** Whether the very same waits to be sent. */
  has(text: string): boolean {
    return this.#waiting.includes(text)
  }

  /** The caller has taken so many characters. */
  taken(length: number): void {
    this.#untaken = Math.max(0, this.#untaken - length)
    let sent = 0
    for (const text of this.#waiting) {
      if (!this.#hasRoom(text)) break
      sent++
      this.#waits(this.#length - text.length)
      this.#send(text)
    }
    if (sent > 0) this.#waiting.splice(0, sent)
    if (this.#keepsUp) this.#free()
  }

  /** Resolves once the caller has taken most of what was sent; undefined where it keeps up. */
  drained(): Promise<void> | undefined {
    if (this.#keepsUp) return undefined
    this.#freed ??= Promise.withResolvers<void>()
    return this.#freed.promise
  }

  /** Nothing more is sent: handlers that wait go on, and wait no more. */
  end(): void {
    this.#waiting = []
    this.#untaken = 0
    this.#waits(0)
    this.#free()
  }

  /** So much waits from now on, in characters. */
  #waits(length: number): void {
    this.#all.requests += Math.sign(length) - Math.sign(this.#length)
    this.#all.length += length - this.#length
    this.#length = length
  }

  get #keepsUp(): boolean {
    return this.#waiting.length === 0 && this.#untaken <= WINDOW / 2
  }

  /** A message that is larger than the window goes alone. */
  #hasRoom(text: string): boolean {
    return this.#untaken === 0 || this.#untaken + text.length <= WINDOW
  }

  #send(text: string): void {
    this.#untaken += text.length
    this.#write(text)
  }

  #free(): void {
    this.#freed?.resolve()
    this.#freed = undefined
  }
}
