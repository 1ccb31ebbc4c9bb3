/** Counts how well questions are answered. */
import type { NamedHit } from '../../src/search/testing/searched-texts.ts'
import type { EvalQuestion } from './collection.ts'

/** How well some questions were answered; each from 0 to 1. */
export interface Scores {
  questions: number
  /** The first ten hits, by how far up the right ones are. Source: doi.org/10.1145/582415.582418 */
  ndcg: number
  /** One by the place of the first right hit among ten. */
  mrr: number
  /** Right ones among the first five, of those there are. */
  recall: number
  /** Those of which the first hit is right. */
  first: number
  /** Those for which something is found at all. */
  found: number
}

/** `search` gives the best ten, and `nameOf` what a question calls one of them. */
export async function score(
  questions: readonly EvalQuestion[],
  search: (question: string) => Promise<readonly NamedHit[]>,
): Promise<Scores> {
  const each = await Promise.all(
    questions.map(async ({ question, answers }) =>
      scoreOf(
        (await search(question)).map(({ path }) => nameOf(path)),
        answers,
      ),
    ),
  )
  const mean = (of: (one: Omit<Scores, 'questions'>) => number) =>
    each.reduce((sum, one) => sum + of(one), 0) / each.length
  return {
    questions: questions.length,
    ndcg: mean(({ ndcg }) => ndcg),
    mrr: mean(({ mrr }) => mrr),
    recall: mean(({ recall }) => recall),
    first: mean(({ first }) => first),
    found: mean(({ found }) => found),
  }
}

/** Texts have their names as a heading of nothing: only the file is called so, which is not searched. */
export const nameOf = (path: string): string => path.replace(/^.*\//, '').replace(/\.[^.]*$/, '')

function scoreOf(names: readonly string[], answers: readonly string[]): Omit<Scores, 'questions'> {
  const found = names.length > 0 ? 1 : 0
  if (answers.length === 0) return { ndcg: 0, mrr: 0, recall: 0, first: 0, found }
  const right = names.map((name) => answers.includes(name))
  const ideal = answers.slice(0, 10).reduce((sum, _, i) => sum + gain(i), 0)
  return {
    ndcg: right.reduce((sum, is, i) => sum + (is ? gain(i) : 0), 0) / ideal,
    mrr: right.includes(true) ? 1 / (right.indexOf(true) + 1) : 0,
    recall: right.slice(0, 5).filter(Boolean).length / Math.min(5, answers.length),
    first: right[0] ? 1 : 0,
    found,
  }
}

const gain = (place: number): number => 1 / Math.log2(place + 2)
