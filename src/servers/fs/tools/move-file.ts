import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { Options, PathParameter, TextOutput, textReply } from './reply.ts'

export const moveFile = defineTool({
  name: 'move_file',
  title: 'Move File',
  description:
    'Moves or renames a file, folder or link. Never overwrites: fails if the destination exists. The destination is the new path itself, not a folder to move into.',
  capability: 'fs.write',
  input: Type.Object(
    { source: PathParameter('What to move.'), destination: PathParameter('Its new path.') },
    Options,
  ),
  output: TextOutput,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  asksItself: true,
  stake: ['source', 'destination'],
  async handler({ source, destination }, call, { files }: FsDeps) {
    await files.move(source, destination, call)
    return textReply(`Successfully moved ${source} to ${destination}`)
  },
})
