import { type Block, BlockBuilder, linesOf } from './block.ts'

/** Paragraphs, with blank lines between. */
export function readPlain(text: string): Block[] {
  const builder = new BlockBuilder(text)
  for (const line of linesOf(text)) {
    if (line.line.trim() === '') builder.close()
    else builder.add(line)
  }
  builder.close()
  return builder.blocks
}
