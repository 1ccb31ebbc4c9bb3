/** Blocks as tests compare them. */
import { HeadingPath } from '../../headings.ts'
import type { TextBlock } from '../block.ts'

/** What stands below which headings. */
export function told(blocks: Iterable<TextBlock>): [headings: string, text: string][] {
  const path = new HeadingPath()
  return [...blocks].map((block) => [path.of(block).join(' › '), block.text.trim()])
}

/** Letters and digits, in the order in which they stand. */
export const wordsIn = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? []
