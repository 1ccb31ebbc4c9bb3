import { BlockBuilder, linesOf, type TextBlock } from './block.ts'

/** Paragraphs, with blank lines between. */
export function* readPlain(text: string): Generator<TextBlock> {
  const builder = new BlockBuilder(text)
  for (const line of linesOf(text)) {
    if (line.line.trim() === '') yield* builder.close()
    else builder.add(line)
  }
  yield* builder.close()
}
