/** Pages, sheets, slides and chapters, as they are asked for in a word, and told of in a sentence. */
import { ToolError } from '../protocol/define.ts'
import type { Document } from './document.ts'

/** Both are included, and counted from 1. */
export interface PartRange {
  first: number
  last: number
}

const PAGES = /^([1-9]\d{0,6})(?:\s*-\s*([1-9]\d{0,6}))?$/

/** Throws a ToolError for what is no page, and no range of some. */
export function partRange(pages: string | undefined): PartRange | undefined {
  if (pages === undefined || pages.trim() === '') return undefined
  const [, first, last = first] = PAGES.exec(pages.trim()) ?? []
  if (first === undefined || Number(last) < Number(first))
    throw new ToolError('pages is a number such as "7", or a range such as "7-9", counted from 1.', {
      kind: 'invalid',
    })
  return { first: Number(first), last: Number(last) }
}

/** How many pages there are, which of them these are, and how the next are asked for. */
export function noteOnParts(
  { parts, next, unread }: { parts?: Document['parts']; next?: number; unread?: string },
  asked: PartRange | undefined,
): string | undefined {
  const last = parts && asked && Math.min(asked.last, parts.count)
  const has =
    parts === undefined
      ? undefined
      : asked === undefined
        ? parts.count === 1
          ? `It has 1 ${parts.kind}.`
          : `It has ${parts.count} ${parts.kind}s; "pages" gives some of them.`
        : asked.first === last
          ? `This is ${parts.kind} ${last} of ${parts.count}.`
          : `These are ${parts.kind}s ${asked.first}-${last} of ${parts.count}.`
  const more =
    next !== undefined
      ? `There is more: call again with offset ${next}${asked && parts ? ` and the same pages` : ''}.`
      : last !== undefined && last < (parts?.count ?? 0)
        ? `The next is pages "${last + 1}".`
        : undefined
  const pictures = unread === undefined ? undefined : `Not all pictures in it were read: ${unread}`
  return [has, pictures, more].filter((note) => note !== undefined).join(' ') || undefined
}
