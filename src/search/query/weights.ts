/** How much words count beside meaning, and from where on something counts as found. Each model has its own. */
import type { Embedder } from '../embedding/embedder.ts'

export interface Weights {
  /** What all words of a question weigh, on the scale of meaning. */
  words: number
  /** Below which meaning is chance. */
  threshold: number
  /** How much more is asked for where a name, or an identifier, that is asked about is in no text at all. */
  absentName: number
  absentExact: number
  /** The letters that it knows, where it does not know all: what it makes of texts in others is chance. */
  letters?: RegExp
}

/** Measured by `make eval`, which says what they should be. */
const BY_MODEL: Readonly<Record<string, Weights>> = {
  'use-lite': {
    words: 0.4,
    threshold: 0.355,
    absentName: 0.1,
    absentExact: 0.25,
    letters: /\p{Script=Latin}/u,
  },
}
/** Of a model that was not measured: as lenient as is of use. */
const OTHERS: Weights = { words: 0.4, threshold: 0.3, absentName: 0, absentExact: 0.25 }

export const weightsFor = (embedder: Pick<Embedder, 'name'> | undefined): Weights =>
  BY_MODEL[embedder?.name ?? ''] ?? OTHERS
