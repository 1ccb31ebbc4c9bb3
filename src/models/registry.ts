/** The models that `luca model pull` knows by name: `registry.json`, and what its fields mean. */
import type { ModelKind } from './describe.ts'
import registry from './registry.json' with { type: 'json' }

export interface RegistryEntry {
  /** How it is asked for, and its file's name without the suffix. */
  name: string
  kind: ModelKind
  summary: string
  url: string
  /** Of the file, in bytes, rounded: for people, and to see beforehand whether there is room. Not compared. */
  size: number
  /** Of the file, in hex; null where it is not known for certain. Then whatever comes is taken, and its digest shown. */
  sha256: string | null
  licence: string
  /** The context that it was trained for, in tokens. */
  context: number
  /** How its chat template writes tool calls; null where it knows none. */
  tools: 'hermes' | 'llama3' | 'mistral' | 'granite' | null
  /** What it takes in memory with a context of 8192 tokens (2048 for embeddings), or its longest, in bytes, rounded up. */
  memory: number
}

/** By the memory that they need. */
export const REGISTRY: readonly RegistryEntry[] = (registry.models as RegistryEntry[]).toSorted(
  (a, b) => a.memory - b.memory,
)
