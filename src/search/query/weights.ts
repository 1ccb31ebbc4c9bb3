/** How much words count beside meaning, and from where on something counts as found. Each model has its own. */
import type { Embedder } from '../embedding/embedder.ts'

export interface Weights {
  /** What all words of a question weigh, on the scale of meaning. */
  words: number
  /** What it counts against a text that it is close to others, which are close to any question. */
  crowding: number
  /** Below which meaning is chance: where no text has a word of the question, and the others are as close to it as is usual. */
  threshold: number
  /** How much less is asked for where all words of the question are in some text. */
  presentWords: number
  /** How close texts usually are to a question that they don't answer, and what it counts that they are closer. */
  usualBackground: number
  background: number
  /** How much more is asked for where a name, or an identifier, that is asked about is in no text at all. */
  absentName: number
  absentExact: number
  /** The letters that it knows, where it does not know all: what it makes of texts in others is chance. */
  letters?: RegExp
}

/** Chosen by the questions of scripts/eval/development.ts, and judged by others. */
const BY_MODEL: Readonly<Record<string, Weights>> = {
  'use-lite': {
    words: 0.4,
    crowding: 0.25,
    threshold: 0.39,
    presentWords: 0.2,
    usualBackground: 0.13,
    background: 0.6,
    absentName: 0.2,
    absentExact: 0.25,
    letters: /\p{Script=Latin}/u,
  },
}
/** Of a model that was not measured: as lenient as is of use. */
const OTHERS: Weights = {
  words: 0.4,
  crowding: 0,
  threshold: 0.3,
  presentWords: 0,
  usualBackground: 0,
  background: 0,
  absentName: 0,
  absentExact: 0.25,
}

export const weightsFor = (embedder: Pick<Embedder, 'name'> | undefined): Weights =>
  BY_MODEL[embedder?.name ?? ''] ?? OTHERS
