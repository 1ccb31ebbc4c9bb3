/** A paragraph may go on in the next column. */
import { joinLines } from './hyphens.ts'
import type { PageBlock } from './page-block.ts'

/** `words` are those that keep their hyphen (`hyphenated`). */
export function acrossColumns(
  columns: readonly (readonly PageBlock[])[],
  words: ReadonlySet<string>,
): PageBlock[] {
  const blocks: PageBlock[] = []
  for (const [first, ...rest] of columns) {
    const last = blocks.at(-1)
    if (first && last && goesOn(last, first))
      blocks[blocks.length - 1] = { ...last, text: joinLines([last.text, first.text], words) }
    else if (first) blocks.push(first)
    blocks.push(...rest)
  }
  return blocks
}

const goesOn = (above: PageBlock, below: PageBlock): boolean =>
  (above.kind === 'paragraph' || above.kind === 'item') &&
  below.kind === 'paragraph' &&
  /^\p{Ll}/u.test(below.text) &&
  /[\p{L}\p{N},;-]$/u.test(above.text)
