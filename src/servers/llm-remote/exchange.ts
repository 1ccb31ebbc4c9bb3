/** What is sent to a provider, and its answer. */
import type { ModelProvider } from '../../contracts/model-aliases.ts'

export type Body = Record<string, unknown>

/** A piece of a streamed answer, as the provider sent it. */
export type Chunk = Record<string, unknown>

export interface Target {
  provider: ModelProvider
  /** What the provider calls the model. */
  modelName: string
}
