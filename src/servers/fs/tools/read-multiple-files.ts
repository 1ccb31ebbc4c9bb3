import { defineTool, type ToolContext, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import type { Files } from '../files.ts'
import { MAX_TEXT_BYTES } from '../limits.ts'
import { TWICE } from '../opening.ts'
import { decodeText, tooLongEscaped } from '../text/decode.ts'
import { Options, PathParameter, READ_ONLY, TextOutput, textReply } from './reply.ts'
import { asSpelled } from './spelling.ts'

export const readMultipleFiles = defineTool({
  name: 'read_multiple_files',
  title: 'Read Multiple Files',
  description: `Reads several UTF-8 text files at once, up to ${MAX_TEXT_BYTES} bytes together. Each follows its path. A file that can't be read is reported in its place.`,
  capability: 'fs.read',
  input: Type.Object(
    {
      paths: Type.Array(PathParameter('A file.'), { minItems: 1, maxItems: 1000, description: 'The files.' }),
    },
    Options,
  ),
  output: TextOutput,
  annotations: READ_ONLY,
  untrusted: 'file',
  async handler({ paths: asked }, call, { files }: FsDeps) {
    const spelled = asked.map((path) => asSpelled(files, path))
    const paths = spelled.map(({ path }) => path)
    await call.room(TWICE * Math.min(MAX_TEXT_BYTES, await sizeOf(paths, files, call)))
    const parts: string[] = []
    let left = MAX_TEXT_BYTES
    for (const [index, path] of paths.entries()) {
      call.signal.throwIfAborted()
      const { part, size } = await readOne(path, left, files, call)
      parts.push(part)
      left -= size
      call.progress(index + 1, paths.length)
    }
    const text = parts.join('\n---\n')
    if (tooLongEscaped(text))
      throw new ToolError('These files together are too long for one reply. Read fewer at once.')
    return textReply(text, {}, ...spelled.map(({ respelled }) => respelled))
  },
})

/** The bytes of those that can be read, as far as a reply has room. */
async function sizeOf(paths: readonly string[], files: Files, { signal }: ToolContext): Promise<number> {
  let bytes = 0
  for (const path of paths) {
    signal.throwIfAborted()
    if (bytes > MAX_TEXT_BYTES) break
    try {
      await using file = await files.open(path)
      bytes += file.size
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
    }
  }
  return bytes
}

async function readOne(
  path: string,
  left: number,
  files: Files,
  call: ToolContext,
): Promise<{ part: string; size: number }> {
  try {
    await using file = await files.open(path)
    const bytes = await file.read(0, left + 1)
    if (bytes.length > left)
      throw new ToolError(
        (tool) =>
          `${file.size} bytes are too many for this reply. Read it alone, with ${tool('read_text_file')} and its ranges.`,
      )
    return { part: `${path}:\n${decodeText(bytes, path)}\n`, size: bytes.length }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    return { part: `${path}: Error - ${error.messageFor(call.nameOf, call.may)}`, size: 0 }
  }
}
