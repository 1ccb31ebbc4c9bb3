/** Tells when a server has had nothing to do for a while, so that it need not stay. */
import { ConfigError } from '../host/config/error.ts'
import { numberIn } from '../protocol/values.ts'

const DEFAULT_SECONDS = 60

/** How long a server stays without a connection, in seconds; 0 for always. Throws for a value that is no number. */
export function idleSeconds(env: Readonly<Record<string, string | undefined>>): number {
  const text = env.LLMBDO_IDLE_SECONDS
  if (text === undefined || text === '') return DEFAULT_SECONDS
  const seconds = numberIn(text)
  if (seconds !== undefined && seconds >= 0) return seconds
  throw new ConfigError(
    `LLMBDO_IDLE_SECONDS is "${text}"; it must be a number of seconds, 0 to stay for ever.`,
  )
}

export class IdleTimer {
  readonly #ms: number
  readonly #onIdle: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(seconds: number, onIdle: () => void) {
    this.#ms = seconds * 1000
    this.#onIdle = onIdle
  }

  get isRunning(): boolean {
    return this.#timer !== undefined
  }

  /** There is nothing to do from now on. */
  start(): void {
    this.stop()
    if (this.#ms > 0) this.#timer = setTimeout(this.#onIdle, this.#ms)
  }

  /** There is. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
