import { type Block, BlockBuilder, linesOf } from './block.ts'

/** Paragraphs, with blank lines between. */
export function* readPlain(text: string): Generator<Block> {
  const builder = new BlockBuilder()
  for (const line of linesOf(text)) {
    if (line.line.trim() === '') yield* builder.close()
    else builder.add(line)
  }
  yield* builder.close()
}
