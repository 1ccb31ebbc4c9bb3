/** How much words count beside meaning, and from where on something counts as found. Each model has its own. */
import type { Embedder } from '../embedding/embedder.ts'

export interface Weights {
  /** What all words of a question weigh, on the scale of meaning. */
  words: number
  /** What it counts against a text that it is closer than is usual to others, which are close to any question. */
  crowding: number
  usualCrowding: number
  /** What it counts against a text of few letters, for each time that it has half of what says enough. */
  brevity: number
  /** From where on a text is close: its meaning is named as a reason, and it is shown after a better one. */
  close: number
  /** Whether something answers is judged by what is particular about the question, and not by what it shares with others. */
  isParticular: boolean
  /** How close the best must be for anything to be found, among some dozens of texts that have no word of the question. */
  threshold: number
  /** How much less is asked for where all words of the question are in some text. */
  presentWords: number
  /** How much more is asked for each time that texts are twice as many: the closest of many is closer by chance alone. */
  manyTexts: number
  /** How much more is asked for where a name, or an identifier, that is asked about is in no text at all. */
  absentName: number
  absentExact: number
  /** The letters that it knows, each, where it does not know all: what it makes of texts in others is chance. */
  letters?: RegExp
}

/** Chosen by the questions of scripts/eval/development.ts and more-development.ts, and judged by others. */
const BY_MODEL: Readonly<Record<string, Weights>> = {
  'use-lite': {
    words: 0.4,
    crowding: 0.35,
    usualCrowding: 0.5,
    brevity: 0.04,
    close: 0.39,
    isParticular: true,
    threshold: 0.295,
    presentWords: 0.15,
    manyTexts: 0.007,
    absentName: 0.15,
    absentExact: 0.25,
    letters: /\p{Script=Latin}/gu,
  },
}
/** Of a model that was not measured: as lenient as is of use. */
const OTHERS: Weights = {
  words: 0.4,
  crowding: 0,
  usualCrowding: 0,
  brevity: 0,
  close: 0.3,
  isParticular: false,
  threshold: 0.3,
  presentWords: 0,
  manyTexts: 0,
  absentName: 0,
  absentExact: 0.25,
}

export const weightsFor = (embedder: Pick<Embedder, 'name'> | undefined): Weights =>
  BY_MODEL[embedder?.name ?? ''] ?? OTHERS
