/** What has come of a message that is not whole yet, counted for its user. While there is no room, no more of it is read. */
import { type RpcError, toRpcError } from '../../protocol/jsonrpc.ts'
import { Growing, type Held, type Memory } from '../call/memory.ts'

/** Below this nothing is counted, in bytes. */
const UNCOUNTED_BYTES = 1024

/** What messages come from. */
export interface Inlet {
  pause(): unknown
  resume(): unknown
}

export class Arriving {
  readonly #held: Held
  readonly #growing: Growing
  readonly #inlet: Inlet
  readonly #refuse: (error: RpcError) => void
  readonly #ended = new AbortController()
  #isWaiting = false

  /** `refuse` is called where there was no room in time; the connection can't be read on. */
  constructor(memory: Memory, user: string, inlet: Inlet, refuse: (error: RpcError) => void) {
    this.#held = memory.hold(user, 'bodies')
    this.#growing = new Growing(this.#held, this.#ended.signal)
    this.#inlet = inlet
    this.#refuse = refuse
  }

  /** To be called once something has come, with all that is held of it. */
  holds(bytes: number): void {
    if (this.#isWaiting) return
    if (bytes <= UNCOUNTED_BYTES) {
      if (this.#held.bytes === 0) return
      this.#held.release()
      this.#growing.done()
    } else if (bytes > this.#held.bytes) void this.#grow(bytes)
  }

  /** The connection has gone. */
  end(): void {
    this.#ended.abort(new Error('The connection has gone.'))
    this.#held.release()
  }

  async #grow(bytes: number): Promise<void> {
    this.#isWaiting = true
    this.#inlet.pause()
    try {
      await this.#growing.to(bytes)
      if (this.#ended.signal.aborted) return this.#held.release()
      this.#isWaiting = false
      this.#inlet.resume()
    } catch (error) {
      this.#held.release()
      if (!this.#ended.signal.aborted) this.#refuse(toRpcError(error))
    }
  }
}
