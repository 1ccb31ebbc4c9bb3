/** How long a text is for a model: in its own tokens. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { readModelFolder, TOKENIZER_FILE } from '../embedding/model-folder.ts'

/** How pieces are measured. */
export interface Measure {
  /** How many tokens a piece may have. */
  readonly maxTokens: number
  countTokens(text: string): number
}

/** Longer pieces would fill a small model's context, and have no one meaning. */
const MAX_TOKENS = 256
/** Where the model is elsewhere, and its tokens are unknown. */
const DEFAULT_TOKENS = 128
/** Tokenizers with more words than this take more memory than reading has: then tokens are estimated. In bytes. */
const MAX_TOKENIZER = 4 * 1024 * 1024
/** How long a word may be that is counted at once: tokenizers take more than linear time. */
const MAX_WORD = 64
/** How many words are remembered. */
const MAX_REMEMBERED = 50_000
/** Letters of a token, about; models with few words have shorter ones. */
const LETTERS = 4
const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]|[\p{L}\p{M}]+|\p{N}{1,3}|[^\s\p{L}\p{M}\p{N}]/gu

/**
 * Counts by word: tokenizers cut between words whatever stands there, and most words of a text were in the one before. On texts and
 * code the sum was that of the whole, in a tenth of the time.
 */
export function byWord(countTokens: (word: string) => number): (text: string) => number {
  const known = new Map<string, number>()
  const countWord = (word: string): number => {
    let count = known.get(word)
    if (count !== undefined) return count
    count = countTokens(word)
    if (known.size >= MAX_REMEMBERED) known.clear()
    known.set(word, count)
    return count
  }
  return (text) => {
    let sum = 0
    for (const word of text.split(/\s+/))
      for (let at = 0; at < word.length; at += MAX_WORD) sum += countWord(word.slice(at, at + MAX_WORD))
    return sum
  }
}

/** About as many tokens as most models have for a text, rather too many. */
export const estimatedTokens = byWord((word) =>
  (word.match(WORDS) ?? []).reduce((sum, part) => sum + Math.ceil(part.length / LETTERS), 0),
)

/**
 * As the model in this folder measures; about so without one. Rejects with an EmbedderError for a folder without a tokenizer.
 */
export async function openMeasure(folder?: string): Promise<Measure> {
  if (folder === undefined) return { maxTokens: DEFAULT_TOKENS, countTokens: estimatedTokens }
  const { tokenizer, tokenizerConfig, maxTokens, prefix } = readModelFolder(folder)
  if (statSync(join(folder, TOKENIZER_FILE)).size > MAX_TOKENIZER)
    return { maxTokens: Math.min(MAX_TOKENS, maxTokens), countTokens: estimatedTokens }
  const { Tokenizer } = await import('@huggingface/tokenizers')
  const made = new Tokenizer(tokenizer, tokenizerConfig)
  // What begins and ends each text, and what the model wants before one that is searched.
  const around = made.encode(prefix.passage).ids.length
  const countTokens = byWord((word) => made.encode(word, { add_special_tokens: false }).ids.length)
  return { maxTokens: Math.min(MAX_TOKENS, maxTokens - around), countTokens }
}
