import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { FsDeps } from '../deps.ts'
import { Options, PathParameter, TextOutput, textReply } from './reply.ts'

export const createDirectory = defineTool({
  name: 'create_directory',
  title: 'Create Directory',
  description: 'Creates a folder, and its parent folders if they are missing. Succeeds if the folder exists.',
  capability: 'fs.write',
  input: Type.Object({ path: PathParameter('The folder.') }, Options),
  output: TextOutput,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async handler({ path }, _, { files }: FsDeps) {
    await files.makeFolder(path)
    return textReply(`Successfully created directory ${path}`)
  },
})
