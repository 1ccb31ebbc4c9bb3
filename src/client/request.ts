/** A request of ours until it has its answer. */
import type { Cancellable, Cancellation } from '../protocol/cancellation.ts'
import { META, type Result } from '../protocol/mcp.ts'
import type { OuterRequest, PeerRequestHandler, RunningPeerRequest } from './peer-requests.ts'

export interface RequestOptions {
  /** Aborting it tells the server to stop and rejects with the signal's reason. */
  signal?: AbortSignal
  /** The same in place of a signal. */
  cancellation?: Cancellation | undefined
  /** After so many milliseconds it is given up like an aborted one, and rejects with what `late` gives. */
  timeoutMs?: number | undefined
  late?(): Error
  /** Notifications that belong to this request: progress, log messages, subscription events. */
  onNotification?(method: string, params: Record<string, unknown>): unknown
  /**
   * Asked before a long answer is taken from the peer, which keeps it meanwhile: resolves once there is room for so many
   * bytes. What it rejects with, the request does.
   */
  room?(bytes: number): Promise<void> | undefined
  /** How much more time it has where that was lengthened meanwhile, in milliseconds. Asked once its time is over. */
  moreMs?(): number
  /** Answers what the peer asks while it works on this request; without, it can ask nothing. */
  readonly peerRequests?: PeerRequestHandler | undefined
}

/** One object without functions of its own, since each call makes one. */
export class Pending implements Cancellable, OuterRequest {
  readonly id: number
  readonly options: RequestOptions
  readonly progressToken: string | number | undefined
  /** Whether it asked for bytes beside its result. */
  readonly attaches: boolean
  /** What its notifications were long that were taken, and the peer was not told so yet, in characters. */
  taken = 0
  within: Set<RunningPeerRequest> | undefined
  readonly #resolve: (result: Result) => void
  readonly #reject: (error: unknown) => void
  readonly #onGivenUp: (request: Pending, reason: unknown) => void
  /** Called at its end where the peer asked something within it. */
  onEnd: ((request: Pending) => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #onAbort: (() => void) | undefined

  constructor(
    id: number,
    meta: Record<string, unknown>,
    options: RequestOptions,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
    onGivenUp: (request: Pending, reason: unknown) => void,
  ) {
    this.id = id
    this.options = options
    this.progressToken = meta.progressToken as string | number | undefined
    this.attaches = meta[META.attach] === true
    this.#resolve = resolve
    this.#reject = reject
    this.#onGivenUp = onGivenUp
    const { cancellation, signal, timeoutMs } = options
    if (cancellation) cancellation.tell(this)
    else if (signal) {
      this.#onAbort = () => this.cancelled(signal.reason)
      signal.addEventListener('abort', this.#onAbort, { once: true })
    }
    if (timeoutMs !== undefined) this.#timer = setTimeout(late, timeoutMs, this)
  }

  get handler(): PeerRequestHandler | undefined {
    return this.options.peerRequests
  }

  cancelled(reason: unknown): void {
    this.#onGivenUp(this, reason)
  }

  /** Has so many milliseconds more. */
  goOn(moreMs: number): void {
    this.#timer = setTimeout(late, moreMs, this)
  }

  resolve(result: Result): void {
    this.#release()
    this.#resolve(result)
  }

  reject(error: unknown): void {
    this.#release()
    this.#reject(error)
  }

  #release(): void {
    clearTimeout(this.#timer)
    const { cancellation, signal } = this.options
    cancellation?.tellNot(this)
    if (this.within) this.onEnd?.(this)
    if (this.#onAbort) signal?.removeEventListener('abort', this.#onAbort)
  }
}

function late(request: Pending): void {
  const moreMs = request.options.moreMs?.() ?? 0
  if (moreMs > 0) request.goOn(moreMs)
  else request.cancelled(request.options.late?.())
}
