/** Blocks as tests compare them. */
import type { Block } from '../block.ts'

/** What stands below which headings. */
export const told = (text: string, blocks: Iterable<Block>): [headings: string, content: string][] =>
  [...blocks].map(({ headings, start, end, content }) => [
    headings.join(' › '),
    (content ?? text.slice(start, end)).trim(),
  ])

/** Letters and digits, in the order in which they stand. */
export const wordsIn = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? []
