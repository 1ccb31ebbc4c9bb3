/** What comes from a provider, held to a bound: it is kept in memory until an answer, or a piece of one, is whole. */
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'

export class Inflow {
  readonly #beyond: () => Error
  #bytes = 0

  /** `beyond` makes the error that reading fails with where more comes than the longest message may have. */
  constructor(beyond: () => Error) {
    this.#beyond = beyond
  }

  /** As the global one; each answer is counted anew. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init)
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
