/**
 * Finds tools by words: BM25 (Robertson and Zaragoza, 2009) over their names, titles, descriptions and parameters.
 * A word also finds those that it begins, and one that no tool uses finds the nearest one that is used.
 */
import { suggestName } from '../../../host/suggest.ts'
import type { Tool } from '../../../protocol/mcp.ts'

/** How much a word counts, by where it stands. */
const WEIGHT = { name: 4, title: 2, description: 1, parameter: 1 } as const
/** The parameters of BM25 in common use. */
const K1 = 1.2
const B = 0.75
/** What a word that is only the beginning of another counts. */
const PREFIX_WEIGHT = 0.5
const MIN_PREFIX = 3
/** Descriptions are cut here, in characters: one tool must not take over the index. */
const MAX_DESCRIPTION = 2000
const MAX_QUERY_WORDS = 32
/** Words that say nothing about a tool. */
const STOP_WORDS = new Set(
  'a about an and are as at be been by can could did do does for from had has have how i in is it its me my of on or our please say says should tell that the their there they this to was we were what when where which who why will with would you your'.split(
    ' ',
  ),
)

export interface ToolIndex {
  /** The best first; tools that have nothing of the query are left out. */
  search(query: string): Tool[]
}

export function buildIndex(tools: readonly Tool[]): ToolIndex {
  /** By word: which tools have it, and how much. */
  const postings = new Map<string, Map<number, number>>()
  const lengths: number[] = []
  for (const [i, tool] of tools.entries()) {
    let length = 0
    const add = (text: string, weight: number) => {
      for (const word of wordsOf(text)) {
        length += weight
        let posting = postings.get(word)
        if (!posting) {
          posting = new Map()
          postings.set(word, posting)
        }
        posting.set(i, (posting.get(i) ?? 0) + weight)
      }
    }
    add(tool.name, WEIGHT.name)
    add(tool.title ?? '', WEIGHT.title)
    add(tool.description.slice(0, MAX_DESCRIPTION), WEIGHT.description)
    add(Object.keys((tool.inputSchema.properties ?? {}) as object).join(' '), WEIGHT.parameter)
    lengths.push(length)
  }
  const average = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length)
  const vocabulary = [...postings.keys()].sort()

  return {
    search(query) {
      const scores = new Map<number, number>()
      for (const word of new Set([...wordsOf(query)].slice(0, MAX_QUERY_WORDS)))
        for (const [known, weight] of matches(word)) score(known, weight, scores)
      return [...scores].sort(([a, x], [b, y]) => y - x || a - b).map(([i]) => tools[i] as Tool)
    },
  }

  /** The words of the index that a word of a query means, and how surely. */
  function matches(word: string): [known: string, weight: number][] {
    const found: [string, number][] = postings.has(word) ? [[word, 1]] : []
    if (word.length >= MIN_PREFIX)
      for (let i = firstFrom(vocabulary, word); vocabulary[i]?.startsWith(word); i++)
        if (vocabulary[i] !== word) found.push([vocabulary[i] as string, PREFIX_WEIGHT])
    if (found.length > 0) return found
    const similar = word.length > MIN_PREFIX ? suggestName(word, vocabulary) : undefined
    return similar === undefined ? [] : [[similar, PREFIX_WEIGHT]]
  }

  function score(word: string, weight: number, scores: Map<number, number>): void {
    const posting = postings.get(word) as Map<number, number>
    const rarity = Math.log(1 + (tools.length - posting.size + 0.5) / (posting.size + 0.5))
    for (const [i, frequency] of posting) {
      const norm = K1 * (1 - B + (B * (lengths[i] ?? 0)) / average)
      scores.set(i, (scores.get(i) ?? 0) + (weight * rarity * frequency * (K1 + 1)) / (frequency + norm))
    }
  }
}

/** The words of a text: camelCase and snake_case taken apart, in lower case, without their commonest endings. */
function* wordsOf(text: string): Generator<string> {
  const apart = text.replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2').toLowerCase()
  for (const [word] of apart.matchAll(/[\p{L}\p{N}]+/gu)) if (!STOP_WORDS.has(word)) yield stem(word)
}

const stem = (word: string): string => (word.length > 4 ? word.replace(/(ies|ing|ed|es|s)$/, '') : word)

/** The place of the first word that is not before `word`. */
function firstFrom(sorted: readonly string[], word: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as string) < word) low = middle + 1
    else high = middle
  }
  return low
}
