/**
 * A model that the gateway reaches, on this machine or elsewhere. It embeds within a call alone: texts go with the rights of who calls, and
 * only to where they went when it was chosen.
 */
import { CallError, type GatewayCalls } from '../../protocol/define.ts'
import { type Embedder, EmbedderError, type TextKind } from './embedder.ts'

/** What a call can ask of the gateway's models. */
export type ModelCalls = Pick<GatewayCalls, 'embed' | 'models'>

export interface GatewayModelChoice {
  readonly name: string
  /** Where it was when it was chosen, as the gateway says it. */
  readonly provider: string
  readonly dimensions: number
}

/** Longer texts are cut. Models of meaning read 256 tokens and more. */
export const GATEWAY_TOKENS = 256
/** Of most languages a token has more bytes than that, so that a text has fewer tokens than are counted. */
const BYTES_PER_TOKEN = 3
const CHARACTERS_PER_TOKEN = 16
const TEXTS_AT_ONCE = 32
/** How long a question waits for its vector, and a batch of passages, in milliseconds. */
const QUERY_MS = 10_000
const PASSAGES_MS = 60_000

export class GatewayEmbedder implements Embedder {
  readonly id: string
  readonly name: string
  readonly dimensions: number
  readonly maxTokens = GATEWAY_TOKENS
  readonly textsAtOnce = TEXTS_AT_ONCE
  readonly #choice: GatewayModelChoice
  readonly #calls: ModelCalls | undefined
  #checked: Promise<void> | undefined

  /** Without calls it counts tokens, and can't embed. */
  constructor(choice: GatewayModelChoice, calls?: ModelCalls) {
    this.#choice = choice
    this.#calls = calls
    this.name = choice.name
    this.dimensions = choice.dimensions
    this.id = `gateway:${choice.provider}:${choice.name}:${choice.dimensions}`
  }

  /** The same model for one call. */
  within(calls: ModelCalls): GatewayEmbedder {
    return new GatewayEmbedder(this.#choice, calls)
  }

  countTokens(text: string): number {
    return Math.ceil(Buffer.byteLength(text.trim()) / BYTES_PER_TOKEN)
  }

  async embed(texts: readonly string[], kind: TextKind, signal?: AbortSignal): Promise<Float32Array[]> {
    const vectors: Float32Array[] = texts.map(() => new Float32Array(this.dimensions))
    const asked = [...texts.entries()].filter(([, text]) => text.trim() !== '')
    for (let from = 0; from < asked.length; from += TEXTS_AT_ONCE) {
      const batch = asked.slice(from, from + TEXTS_AT_ONCE)
      const cut = batch.map(([, text]) => text.slice(0, this.maxTokens * CHARACTERS_PER_TOKEN))
      const made = await this.#made(cut, kind, signal)
      for (const [i, [at]] of batch.entries()) vectors[at] = normalised(made[i] ?? [], this.#choice)
    }
    return vectors
  }

  async close(): Promise<void> {}

  async #made(texts: string[], kind: TextKind, signal: AbortSignal | undefined): Promise<number[][]> {
    const calls = this.#calls
    const { name } = this.#choice
    if (!calls) throw new EmbedderError(`The embedding model "${name}" embeds within calls alone.`)
    const late = AbortSignal.timeout(kind === 'query' ? QUERY_MS : PASSAGES_MS)
    const limited = signal ? AbortSignal.any([signal, late]) : late
    try {
      this.#checked ??= this.#check(calls, limited)
      await this.#checked
      return await calls.embed(texts, { model: name, signal: limited })
    } catch (cause) {
      signal?.throwIfAborted()
      if (late.aborted)
        throw new EmbedderError(`The embedding model "${name}" took too long to answer.`, { cause })
      if (cause instanceof CallError)
        throw new EmbedderError(`The embedding model "${name}" gave no vectors: ${cause.message}`, { cause })
      throw cause
    }
  }

  /** Texts must not leave the machine because a name means another model by now. */
  async #check(calls: ModelCalls, signal: AbortSignal): Promise<void> {
    const { name, provider } = this.#choice
    const found = (await calls.models({ signal })).find((model) => model.name === name)
    if (!found)
      throw new EmbedderError(
        `The gateway has no model "${name}" any more; choose one with "luca search models use NAME".`,
      )
    if (found.provider !== provider)
      throw new EmbedderError(
        `The embedding model "${name}" was at "${provider}" when it was chosen and is at "${found.provider}" now; "luca search models use ${name}" uses it there.`,
      )
  }
}

/** A vector of length 1. Throws an EmbedderError where it has another number of dimensions, or numbers that are none. */
function normalised(vector: readonly number[], { name, dimensions }: GatewayModelChoice): Float32Array {
  if (vector.length !== dimensions)
    throw new EmbedderError(
      `The embedding model "${name}" gives ${vector.length} numbers for a text now, and gave ${dimensions} when it was chosen; "luca search models use ${name}" uses it as it is.`,
    )
  const length = Math.hypot(...vector)
  if (!Number.isFinite(length))
    throw new EmbedderError(`The embedding model "${name}" gives numbers that are none.`)
  return Float32Array.from(vector, (value) => (length === 0 ? 0 : value / length))
}
