/** As much of a document as is asked for. */
import type { Block, Document } from './document.ts'
import { markdownOf, textOf } from './markdown.ts'

export type As = 'markdown' | 'text' | 'blocks'

export interface PageWanted {
  as: As
  /** Where to begin, in characters, or in blocks where these are asked for; `next` of the page before. */
  offset: number
  /** About how much, in characters. */
  limit: number
}

export interface Page {
  content?: string
  blocks?: Block[]
  /** Where the next page begins; absent at the end. */
  next?: number
}

/** Reads no further than needed. Throws what the document does. */
export async function pageOf(document: Document, { as, offset, limit }: PageWanted): Promise<Page> {
  if (as === 'blocks') return await blocksPage(document, offset, limit)
  const pieces = as === 'markdown' ? markdownOf(document) : textOf(document)
  const end = offset + limit
  const held: string[] = []
  let at = 0
  for await (const piece of pieces) {
    const from = Math.max(0, offset - at)
    at += piece.length
    if (from < piece.length) held.push(piece.slice(from))
    if (at > end) return cutOff(held.join(''), offset, limit)
  }
  return { content: held.join('') }
}

/** About as much of a text as `limit` says, which begins at `offset` of another: it ends with a line or a word where one ends in the second half. */
export function cutOff(text: string, offset: number, limit: number): { content: string; next?: number } {
  if (text.length <= limit) return { content: text }
  const end = Math.max(text.lastIndexOf('\n', limit), 0)
  const word = Math.max(text.lastIndexOf(' ', limit), 0)
  const border = [end, word, limit].find((one) => one >= limit / 2) ?? limit
  const content = text.slice(0, text.charCodeAt(border - 1) >> 10 === 0b110110 ? border + 1 : border)
  return { content, next: offset + content.length }
}

async function blocksPage(document: Document, offset: number, limit: number): Promise<Page> {
  const blocks: Block[] = []
  let count = 0
  let length = 0
  for await (const block of document.blocks()) {
    if (count++ < offset) continue
    length += JSON.stringify(block).length
    if (blocks.length > 0 && length > limit) return { blocks, next: offset + blocks.length }
    blocks.push(block)
  }
  return { blocks }
}
