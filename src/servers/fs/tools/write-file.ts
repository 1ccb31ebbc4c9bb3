import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { namesNote, Options, PathParameter, TextOutput, textReply } from './reply.ts'

export const writeFile = defineTool({
  name: 'write_file',
  title: 'Write File',
  description:
    'Creates a text file, or replaces an existing one. Writes all of it or nothing. Its folder must exist.',
  capability: 'fs.write',
  input: Type.Object(
    { path: PathParameter('The file.'), content: Type.String({ description: 'The whole text.' }) },
    Options,
  ),
  output: TextOutput,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  asksItself: true,
  stake: ['path'],
  async handler({ path, content }, call, { files }: FsDeps) {
    if (!content.isWellFormed())
      throw new ToolError(
        'The content has half a character in it, which UTF-8 cannot hold; nothing was written.',
      )
    const written = await files.write(path, Buffer.from(content), call)
    return textReply(`Successfully wrote to ${path}`, {}, namesNote(written))
  },
})
