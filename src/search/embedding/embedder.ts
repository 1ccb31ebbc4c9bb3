/** What turns texts into vectors, whichever model does it. */

/** A model may treat a question in another way than what is searched. */
export type TextKind = 'query' | 'passage'

export interface Embedder {
  /** Names the model and all that its vectors depend on: those of another id can't be compared with them. */
  readonly id: string
  /** For people. */
  readonly name: string
  readonly dimensions: number
  /** How long a text may be, in the model's own tokens; what is longer is cut off. */
  readonly maxTokens: number
  /** The folder with its tokenizer, for whoever counts tokens in another process; undefined where it has none here. */
  readonly folder?: string | undefined
  /** How many texts it takes best at once; undefined where that depends on how long they take. */
  readonly textsAtOnce?: number
  /** How many tokens of the model a text has. */
  countTokens(text: string): number
  /**
   * A vector of length 1 for each text, in their order; for a text without any word one of zeros, which is close to nothing.
   * Rejects with an EmbedderError, or the signal's reason.
   */
  embed(texts: readonly string[], kind: TextKind, signal?: AbortSignal): Promise<Float32Array[]>
  close(): Promise<void>
}

/** Why a model can't be used, and what to do, for people. */
export class EmbedderError extends Error {
  override readonly name = 'EmbedderError'
}
