/** What comes from a provider, held to a bound: it is kept in memory until an answer, or a piece of one, is whole. */
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'

/** As the global one, for addresses alone. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

export class Inflow {
  readonly #fetch: Fetch
  readonly #beyond: () => Error
  #bytes = 0

  /** `beyond` makes the error that reading fails with where more comes than the longest message may have. */
  constructor(fetch: Fetch, beyond: () => Error) {
    this.#fetch = fetch
    this.#beyond = beyond
  }

  /** As the one given; each answer is counted anew. */
  readonly fetch: Fetch = async (url, init) => {
    const response = await this.#fetch(url, init)
    this.passedOn()
    return new Response(response.body && this.#bounded(response.body), response)
  }

  /** A piece was whole: what came so far is not waited on any longer. */
  passedOn(): void {
    this.#bytes = 0
  }

  #bounded(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
    return body.pipeThrough(
      new TransformStream({
        transform: (part, controller) => {
          this.#bytes += part.byteLength
          if (this.#bytes > MAX_MESSAGE_BYTES) controller.error(this.#beyond())
          else controller.enqueue(part)
        },
      }),
    )
  }
}
