/** The limits of time of one exchange: of each phase, and of the whole. */
import { OutwardError } from './error.ts'

export class TimeLimits {
  /** Aborts with an OutwardError when time is up, or with the caller's own reason. */
  readonly signal: AbortSignal
  readonly #stop = new AbortController()
  readonly #place: string
  readonly #whole: NodeJS.Timeout | undefined
  #phase: NodeJS.Timeout | undefined
  /** Begins the phase that runs from its start. */
  #again: () => void = () => {}

  /** `wholeMs` may be Infinity; `place` is who is waited for, in words. */
  constructor(place: string, wholeMs: number, caller?: AbortSignal | undefined) {
    this.#place = place
    this.signal = caller ? AbortSignal.any([this.#stop.signal, caller]) : this.#stop.signal
    // It alone keeps no process running: an answer that is not read has an end of its own.
    this.#whole = this.#timer(wholeMs, `${place} took more than ${inSeconds(wholeMs)} in all`)?.unref()
  }

  /** Begins a phase, in place of the one before. */
  begin(ms: number, did: string): void {
    this.pause()
    this.#again = () => this.begin(ms, did)
    this.#phase = this.#timer(ms, `${this.#place} ${did} for ${inSeconds(ms)}`)
  }

  /** A sign of life: the phase begins anew. */
  heard(): void {
    if (this.#phase) this.#again()
  }

  /** No phase: the reader is waited for, not the sender. */
  pause(): void {
    clearTimeout(this.#phase)
    this.#phase = undefined
  }

  end(): void {
    this.pause()
    clearTimeout(this.#whole)
  }

  #timer(ms: number, sentence: string): NodeJS.Timeout | undefined {
    if (!Number.isFinite(ms)) return undefined
    const late = () => this.#stop.abort(new OutwardError('timeout', `${sentence}, and was given up.`))
    return setTimeout(late, ms)
  }
}

const inSeconds = (ms: number) => `${ms / 1000} seconds`
