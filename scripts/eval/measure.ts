/** Searches texts by words, by meaning and by both, and scores each slice of questions. */
import type { Embedder } from '../../src/search/embedding/embedder.ts'
import { weightsFor } from '../../src/search/query/weights.ts'
import { type SearchedText, SearchedTexts } from '../../src/search/testing/searched-texts.ts'
import { type Collection, QUESTIONS, type Slice, TEXTS } from './collection.ts'
import { DEVELOPMENT } from './development.ts'
import { type Scores, score } from './evaluate.ts'
import { MORE_DEVELOPMENT } from './more-development.ts'

export type Half = 'words' | 'meaning' | 'both'
export const HALVES: readonly Half[] = ['words', 'meaning', 'both']
export const SLICES: readonly Slice[] = ['paraphrase', 'identifier', 'typo', 'language', 'unanswerable']

export interface Measured {
  slice: Slice
  half: Half
  /** The order alone: whatever is closest counts as found. */
  order: Scores
  /** As users get it: where nothing is close enough, nothing is found. */
  shown: Scores
}

export const JUDGING: Collection = { texts: TEXTS, questions: QUESTIONS }
/** By these the weights are chosen; each is searched by itself. */
export const CHOOSING: readonly Collection[] = [DEVELOPMENT, MORE_DEVELOPMENT]

const asFiles = (texts: Collection['texts']): SearchedText[] =>
  Object.entries(texts).map(([name, text]) => ({ path: `/${name}.txt`, text }))

export async function measure(
  embedder: Embedder,
  others: readonly SearchedText[] = [],
  { texts: own, questions }: Collection = JUDGING,
): Promise<Measured[]> {
  const texts = await SearchedTexts.of([...asFiles(own), ...others], embedder)
  const weights = weightsFor(embedder)
  const measured: Measured[] = []
  for (const slice of SLICES)
    for (const half of HALVES) {
      const asked = questions.filter((one) => one.slice === slice)
      if (asked.length === 0) continue
      const by = half === 'both' ? {} : { by: half }
      const order = await score(asked, (question) =>
        texts.search(question, by, { ...weights, threshold: -Infinity, close: -1 }),
      )
      const shown = await score(asked, (question) => texts.search(question, by))
      measured.push({ slice, half, order, shown })
    }
  await texts.close()
  return measured
}
