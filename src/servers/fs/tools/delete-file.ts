import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { Options, PathParameter, TextOutput, textReply } from './reply.ts'

export const deleteFile = defineTool({
  name: 'delete_file',
  title: 'Delete File',
  description:
    'Deletes a file, an empty folder, or with recursive a folder and its content. Deletes a symbolic link itself, never its target. This cannot be undone.',
  capability: 'fs.delete',
  input: Type.Object(
    {
      path: PathParameter('What to delete.'),
      recursive: Type.Optional(
        Type.Boolean({ default: false, description: 'Delete a folder with its content.' }),
      ),
    },
    Options,
  ),
  output: TextOutput,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  asksItself: true,
  stake: ['path'],
  async handler({ path, recursive = false }, call, { files }: FsDeps) {
    await files.remove(path, recursive, call)
    return textReply(`Successfully deleted ${path}`)
  },
})
